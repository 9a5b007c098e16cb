import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Courier } from "../core/courier.ts";
import type { KnownDevices } from "../core/known-devices.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
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
  /** Ms since 1970. */
  untilMs: z.number(),
  /** The device has said that it is on. */
  isSeen: z.boolean(),
  /** How often it was tried in vain to end it. */
  failures: z.number(),
});
export type Timer = z.infer<typeof timerSchema>;

const prefix = "dialogue/timer/";

export interface TimersOptions {
  readonly courier: Courier;
  readonly devices: KnownDevices;
  readonly writer: PatientWriter;
  readonly clock: Clock;
  readonly counters: Counters;
  /** By how much the clock went back since the last run, in ms. */
  readonly clockBackMs: number;
  /** Told once when a device does not let itself be ended. */
  readonly failed: (timer: Timer) => void;
}

/** Ends what people have started, when its time is over, also after a restart. */
export class Timers {
  readonly #options: TimersOptions;
  readonly #timers: KeptMap<Timer>;
  /** When each ends by the clock that never jumps, in monotonic ms: a wall clock may go back. */
  readonly #ends = new Map<string, number>();
  readonly #ending = new Set<string>();
  #sweeping: { cancel(): void } | undefined;

  private constructor(options: TimersOptions, timers: KeptMap<Timer>) {
    this.#options = options;
    this.#timers = timers;
    const { clockBackMs: backMs, writer } = options;
    if (backMs > 0) {
      void writer.write(timers.map((one) => ({ ...one, untilMs: one.untilMs - backMs })));
    }
    for (const [key, timer] of timers.entries()) this.#plan(key, timer);
  }

  static async load(options: TimersOptions & { readonly store: Store }): Promise<Timers> {
    return new Timers(options, await KeptMap.load(options.store, prefix, timerSchema));
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
  add(timer: Omit<Timer, "isSeen" | "failures">): Change {
    const key = keyOf(timer);
    const full = { ...timer, isSeen: false, failures: 0 };
    this.#plan(key, full);
    return this.#timers.set(key, full);
  }

  /** What was started ends in another way. */
  end(device: string, key: string): readonly Change[] {
    const name = keyOf({ device, key });
    this.#ends.delete(name);
    return this.#timers.has(name) ? [this.#timers.delete(name)] : [];
  }

  /** What a person has started, newest last. */
  startedBy(person: string): readonly Timer[] {
    return this.#timers.values().filter((timer) => timer.person === person);
  }

  #plan(key: string, { untilMs }: Timer): void {
    const { clock } = this.#options;
    this.#ends.set(key, clock.monotonic() + Math.max(0, untilMs - clock.now()));
  }

  #sweep(): void {
    const { clock } = this.#options;
    for (const [key, timer] of this.#timers.entries()) {
      if (this.#hasEnded(key, timer) || this.#ending.has(key)) continue;
      const isDue = clock.now() >= timer.untilMs || clock.monotonic() >= (this.#ends.get(key) ?? 0);
      if (isDue) void this.#finish(key, timer);
    }
  }

  /** It was seen on, and is off: whatever is started later is none of this timer's business. */
  #hasEnded(key: string, timer: Timer): boolean {
    const { devices, writer } = this.#options;
    const state = devices.get(timer.device)?.state;
    const value = state?.[timer.key];
    if (value == null || state?._q?.[timer.key] !== undefined) return false;
    if (!timer.isSeen && sameValue(value, timer.on)) {
      void writer.write([this.#timers.set(key, { ...timer, isSeen: true })]);
    }
    const isOver = timer.isSeen && sameValue(value, timer.off);
    if (isOver) void writer.write(this.end(timer.device, timer.key));
    return isOver;
  }

  async #finish(key: string, timer: Timer): Promise<void> {
    const { courier, devices, writer, counters, clock, failed } = this.#options;
    if (!devices.get(timer.device)) return void writer.write(this.end(timer.device, timer.key));
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
