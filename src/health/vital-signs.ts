import type { Clock } from "../clock.ts";
import { reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AdapterState } from "../model/bridge.ts";
import type { Store } from "../store/store.ts";

export interface VitalSignsOptions {
  /** Real time, at whatever speed the worlds run. */
  readonly clock: Clock;
  readonly store: Pick<Store, "get" | "write">;
  /** Resolves when a message has gone through the broker; undefined where that is another's. */
  readonly echo: (() => Promise<void>) | undefined;
  readonly adapters: () => readonly { readonly name: string; readonly state: AdapterState }[];
}

/** What one look at the daemon itself has found; times in ms of real time. */
export interface Vitals {
  /** Whether it works. A new start would help where it does not. */
  readonly healthy: boolean;
  /** Why it does not work. */
  readonly troubles: readonly string[];
  /** What is wrong outside, where a new start does not help: an adapter that is down, a full disk. */
  readonly warnings: readonly string[];
  /** The longest time the event loop stood still since the look before. */
  readonly loopLagMs: number;
  /** Through the embedded broker and back; null where there is none, or no answer. */
  readonly busMs: number | null;
  /** Until the store has answered; null where it has not. */
  readonly storeMs: number | null;
}

const markKey = "meta/vital-signs";

/** Whether the daemon itself works: the event loop, the broker, the store. For whoever supervises it. */
export class VitalSigns {
  readonly #options: VitalSignsOptions;
  readonly #listeners = new Set<(vitals: Vitals) => void>();
  #underWay: Promise<Vitals> | undefined;
  /** What was asked and has not answered: it is not asked a second time. */
  readonly #unanswered = new Map<string, Promise<Answer>>();
  #lagMs = 0;
  #beatAt: number;
  #writtenAt = -Infinity;

  constructor(options: VitalSignsOptions) {
    this.#options = options;
    this.#beatAt = options.clock.monotonic();
  }

  /** Looks every ten seconds, the first time at once, until the returned function is called. */
  start(): () => void {
    const { clock } = this.#options;
    this.#beatAt = clock.monotonic();
    const beats = clock.every(limits.vitalsBeatMs, () => this.#beat());
    const looks = clock.every(limits.vitalsEveryMs, () => void this.look());
    void this.look();
    return () => {
      beats.cancel();
      looks.cancel();
    };
  }

  /** Calls the listener after each look. */
  onLook(listener: (vitals: Vitals) => void): void {
    this.#listeners.add(listener);
  }

  /** Looks now, or waits for the look that is under way. Never rejects. */
  look(): Promise<Vitals> {
    this.#underWay ??= this.#look().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #look(): Promise<Vitals> {
    const { echo } = this.#options;
    const [bus, store] = await Promise.all([
      echo === undefined ? undefined : this.#timed("the broker", echo),
      this.#timed("the store", () => this.#askStore()),
    ]);
    // Timers are late where the loop stood still, so what is counted is when they came.
    this.#beat();
    const loopLagMs = Math.round(this.#lagMs);
    this.#lagMs = 0;
    const troubles = [
      ...(loopLagMs > limits.vitalsLagMs
        ? [`the event loop stood still for ${(loopLagMs / 1_000).toFixed(1)} s`]
        : []),
      ...(bus === undefined ? [] : troublesOf("the broker", bus)),
      ...troublesOf("the store", store),
    ];
    const vitals: Vitals = {
      healthy: troubles.length === 0,
      troubles,
      warnings: this.#warnings(store),
      loopLagMs,
      busMs: bus?.tookMs ?? null,
      storeMs: store.tookMs ?? null,
    };
    for (const listener of this.#listeners) listener(vitals);
    return vitals;
  }

  #beat(): void {
    const now = this.#options.clock.monotonic();
    this.#lagMs = Math.max(this.#lagMs, now - this.#beatAt - limits.vitalsBeatMs);
    this.#beatAt = now;
  }

  /** Reads; now and then writes, too. */
  async #askStore(): Promise<void> {
    const { clock, store } = this.#options;
    if (clock.monotonic() - this.#writtenAt < limits.vitalsWriteEveryMs) {
      await store.get(markKey);
      return;
    }
    await store.write([{ key: markKey, value: String(clock.now()) }]);
    this.#writtenAt = clock.monotonic();
  }

  #warnings({ refusal }: Answer): string[] {
    const down = this.#options
      .adapters()
      .filter(({ state }) => state !== "online")
      .map(({ name, state }) => `adapter ${name} is ${state}`);
    return [...down, ...(refusal === undefined ? [] : [`the disk refuses: ${refusal}`])];
  }

  /** The answer of a part, also the late one to an earlier question; none in time is empty. */
  async #timed(part: string, ask: () => Promise<void>): Promise<Answer> {
    const { clock } = this.#options;
    const from = clock.monotonic();
    const asked =
      this.#unanswered.get(part) ??
      ask()
        .then(
          () => ({ tookMs: clock.monotonic() - from }),
          (error: unknown) => ({ refusal: reasonOf(error) }),
        )
        .finally(() => this.#unanswered.delete(part));
    this.#unanswered.set(part, asked);
    const given = new AbortController();
    const late = clock.sleep(limits.vitalsAnswerMs, given.signal).then(
      () => ({}),
      () => ({}),
    );
    try {
      return await Promise.race([asked, late]);
    } finally {
      given.abort();
    }
  }
}

/** How long it took, or why it was refused; neither, when there was no answer. */
interface Answer {
  readonly tookMs?: number;
  readonly refusal?: string;
}

function troublesOf(part: string, { tookMs, refusal }: Answer): string[] {
  if (tookMs !== undefined || refusal !== undefined) return [];
  return [`${part} did not answer within ${limits.vitalsAnswerMs / 1_000} s`];
}
