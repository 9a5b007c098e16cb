import type { Clock, Timer } from "../clock.ts";
import type { Store } from "../store/store.ts";
import type { PatientWriter } from "./patient-writer.ts";

const key = "meta/steady-time";
/** How often it is noted how late it is, in ms. */
const noteMs = 60_000;

/**
 * Time for what is to happen later, in ms as since 1970: it runs on while the wall clock is set, and does
 * not go back over a restart by more than a minute. A Pi has no battery clock, and may believe after a
 * power cut that it is an hour ago.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #writer: PatientWriter;
  readonly #startMs: number;
  readonly #origin: number;
  #noting: Timer | undefined;

  private constructor(clock: Clock, writer: PatientWriter, startMs: number) {
    this.#clock = clock;
    this.#writer = writer;
    this.#startMs = startMs;
    this.#origin = clock.monotonic();
  }

  static async load(store: Store, clock: Clock, writer: PatientWriter): Promise<SteadyTime> {
    const noted = Number((await store.get(key)) ?? 0);
    return new SteadyTime(clock, writer, Math.max(clock.now(), noted));
  }

  now(): number {
    return this.#startMs + this.#clock.monotonic() - this.#origin;
  }

  start(): void {
    this.#note();
    this.#noting = this.#clock.every(noteMs, () => this.#note());
  }

  /** Notes it once more, and ends. */
  stop(): void {
    this.#noting?.cancel();
    this.#note();
  }

  #note(): void {
    void this.#writer.write([{ key, value: String(Math.round(this.now())) }]);
  }
}
