import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Courier } from "../core/courier.ts";
import type { KnownDevices } from "../core/known-devices.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { SteadyTime } from "../core/steady-time.ts";
import type { Counters } from "../counters.ts";
import { scalarSchema } from "../model/state.ts";
import { sameValue } from "../model/scalar.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import { dialogueLimits as limits } from "./limits.ts";

/** Something that was started and is to end by itself. */
const timerSchema = z.object({
  device: z.string(),
  key: z.string(),
  /** What it was set to, and what ends it. */
  on: scalarSchema,
  off: scalarSchema,
  /** Id of the target, and of the person who has started it. */
  target: z.string(),
  person: z.string(),
  /** In steady time. */
  untilMs: z.number(),
  /** When the device had told its state before it was started, as the bus says it. */
  before: z.string().default(""),
  /** The device has said since that it is on, and since when it says that it is off, in steady time. */
  isSeen: z.boolean(),
  offSinceMs: z.number().optional(),
  /** How often it was tried in vain to end it. */
  failures: z.number(),
});
export type Timer = z.infer<typeof timerSchema>;

/** Something that is started now. */
type NewTimer = Omit<Timer, "untilMs" | "before" | "isSeen" | "offSinceMs" | "failures"> & {
  readonly forMs: number;
};

const prefix = "dialogue/timer/";

export interface TimersOptions {
  readonly courier: Courier;
  readonly devices: KnownDevices;
  readonly writer: PatientWriter;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly time: SteadyTime;
  /** Told once when a device does not let itself be ended. */
  readonly failed: (timer: Timer) => void;
}

/** Ends what people have started, when its time is over, also after a restart. */
export class Timers {
  readonly #options: TimersOptions;
  readonly #timers: KeptMap<Timer>;
  readonly #ending = new Set<string>();
  #sweeping: { cancel(): void } | undefined;

  private constructor(options: TimersOptions, timers: KeptMap<Timer>) {
    this.#options = options;
    this.#timers = timers;
  }

  static async load(options: TimersOptions & { readonly store: Store }): Promise<Timers> {
    return new Timers(
      options,
      await KeptMap.load(options.store, prefix, timerSchema, options.counters),
    );
  }

  start(): void {
    this.#sweeping = this.#options.clock.every(limits.timerSweepMs, () => this.#sweep());
  }

  stop(): void {
    this.#sweeping?.cancel();
  }

  /** Whether there is room for one more. */
  get isFull(): boolean {
    return this.#timers.size >= limits.timers;
  }

  /** Starts one; the change makes it last. */
  add({ forMs, ...timer }: NewTimer): Change {
    const untilMs = this.#options.time.now() + forMs;
    const before = this.#toldAt(timer);
    return this.#timers.set(keyOf(timer), {
      ...timer,
      untilMs,
      before,
      isSeen: false,
      failures: 0,
    });
  }

  /** What was started ends in another way. */
  end(device: string, key: string): readonly Change[] {
    const name = keyOf({ device, key });
    return this.#timers.has(name) ? [this.#timers.delete(name)] : [];
  }

  get(device: string, key: string): Timer | undefined {
    return this.#timers.get(keyOf({ device, key }));
  }

  /** One that was there before; the change makes it last. */
  putBack(timer: Timer): Change {
    return this.#timers.set(keyOf(timer), timer);
  }

  /** What a person has started, newest last. */
  startedBy(person: string): readonly Timer[] {
    const mine = this.#timers.values().filter((timer) => timer.person === person);
    return mine.map((timer) => ({ ...timer, isSeen: timer.isSeen || this.#isOn(timer) }));
  }

  #sweep(): void {
    const { clock, time } = this.#options;
    for (const [key, timer] of this.#timers.entries()) {
      if (this.#hasEnded(key, timer) || this.#ending.has(key)) continue;
      // A wall clock that is set meanwhile is right: it was off for longer than was known.
      const isDue = Math.max(time.now(), clock.synced() ? clock.now() : 0) >= timer.untilMs;
      if (isDue) void this.#finish(key, timer);
    }
  }

  /** It was seen on, and is off for a while: whatever is started later is none of this timer's business. */
  #hasEnded(key: string, timer: Timer): boolean {
    const { devices, writer, time } = this.#options;
    const state = devices.get(timer.device)?.state;
    const value = state?.[timer.key];
    if (value == null || state?._q?.[timer.key] !== undefined) return false;
    const isOff = sameValue(value, timer.off);
    if (!timer.isSeen) {
      if (this.#isOn(timer)) void writer.write([this.#timers.set(key, { ...timer, isSeen: true })]);
      return false;
    }
    if (!isOff) {
      const { offSinceMs, ...rest } = timer;
      if (offSinceMs !== undefined) void writer.write([this.#timers.set(key, rest)]);
      return false;
    }
    const offSinceMs = timer.offSinceMs ?? time.now();
    if (timer.offSinceMs === undefined) {
      void writer.write([this.#timers.set(key, { ...timer, offSinceMs })]);
    }
    if (time.now() - offSinceMs < limits.timerOffMs) return false;
    void writer.write(this.end(timer.device, timer.key));
    return true;
  }

  /** Whether the device has said since it was started that it is on. */
  #isOn(timer: Timer): boolean {
    const state = this.#options.devices.get(timer.device)?.state;
    const value = state?.[timer.key];
    if (value == null || state?._q?.[timer.key] !== undefined) return false;
    return sameValue(value, timer.on) && this.#toldAt(timer) !== timer.before;
  }

  #toldAt({ device, key }: Pick<Timer, "device" | "key">): string {
    const state = this.#options.devices.get(device)?.state;
    return state?._t?.[key] ?? state?._ts ?? "";
  }

  async #finish(key: string, timer: Timer): Promise<void> {
    const { courier, devices, writer, counters, clock, failed } = this.#options;
    // A device that is gone may come back, and still be on.
    if (!devices.get(timer.device)) return;
    this.#ending.add(key);
    const values = { [timer.key]: timer.off };
    const id = `until-${timer.untilMs}-${timer.failures}-${timer.device}`.slice(0, idLength);
    const wish = { device: timer.device, id, by: "timer", values };
    const result = await courier.send(wish, limits.answerMs);
    // Another one may have taken its place meanwhile.
    const now = this.#timers.get(key);
    if (now?.untilMs !== timer.untilMs) {
      this.#ending.delete(key);
      return;
    }
    if (result?.status === "done") {
      this.#ending.delete(key);
      void writer.write(this.end(timer.device, timer.key));
      return;
    }
    counters.add("dialogue.timers_failed");
    const next = { ...now, failures: now.failures + 1 };
    void writer.write([this.#timers.set(key, next)]);
    if (next.failures === 1) failed(next);
    clock.after(limits.timerRetryMs, () => this.#ending.delete(key));
  }
}

/** As long as the `_id` of a command may be. */
const idLength = 64;

function keyOf({ device, key }: Pick<Timer, "device" | "key">): string {
  return `${device}/${key}`;
}
