import type { Clock, Timer } from "../clock.ts";
import type { Store } from "../store/store.ts";
import type { PatientWriter } from "./patient-writer.ts";

const key = "meta/clock";
/** How often it is noted how late it is, in ms. */
const markMs = 60_000;

/**
 * Notes how late it is. A Pi has no battery clock: after a power cut it may be earlier than before, and
 * what was to happen in five minutes would happen in an hour.
 */
export class ClockMark {
  /** By how much the clock went back since it was last noted, in ms; 0 where it did not. */
  readonly backMs: number;
  readonly #clock: Clock;
  readonly #writer: PatientWriter;
  #marking: Timer | undefined;

  private constructor(backMs: number, clock: Clock, writer: PatientWriter) {
    this.backMs = backMs;
    this.#clock = clock;
    this.#writer = writer;
  }

  static async load(store: Store, clock: Clock, writer: PatientWriter): Promise<ClockMark> {
    const noted = Number((await store.get(key)) ?? 0);
    return new ClockMark(Math.max(0, noted - clock.now()), clock, writer);
  }

  start(): void {
    this.#mark();
    this.#marking = this.#clock.every(markMs, () => this.#mark());
  }

  /** Notes it once more, and ends. */
  stop(): void {
    this.#marking?.cancel();
    this.#mark();
  }

  #mark(): void {
    void this.#writer.write([{ key, value: String(this.#clock.now()) }]);
  }
}
