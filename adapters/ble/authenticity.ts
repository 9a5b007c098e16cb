import type { Sequence } from "./decoders/decoder.ts";
import { limits } from "./limits.ts";

/** What the counter of an encrypted frame says of it. */
export type Freshness =
  | "new"
  /** The same frame again. */
  | "copy"
  /** Overtaken by a newer one. */
  | "late"
  /** Older than what was heard: recorded and sent again, or the sender has started anew. */
  | "replayed";

/**
 * Whether encrypted frames of one sender are new. Its counter only ever goes up; it starts again when
 * it is full, or when the sender has lost its power: that is believed when several frames have come
 * whose counters go up from there.
 */
export class Counters {
  #last: number | undefined;
  /** Counters that went up after one that went back. */
  #proof: number[] = [];

  /** @param last what was heard in an earlier run */
  constructor(last?: number) {
    this.#last = last;
  }

  /** The highest counter that was believed. */
  get last(): number | undefined {
    return this.#last;
  }

  judge({ value, bits }: Sequence): Freshness {
    const last = this.#last;
    if (last === undefined) return this.#accept(value);
    if (value === last) return "copy";
    const size = 2 ** bits;
    const ahead = (value - last + size) % size;
    // Up, or over the top: the first half of the way round is forward.
    if (value > last || (ahead < limits.lateCopies && last > value)) return this.#accept(value);
    if (last - value <= limits.lateCopies && this.#proof.length === 0) {
      return this.#suspect(value, "late");
    }
    return this.#suspect(value, "replayed");
  }

  #accept(value: number): Freshness {
    this.#last = value;
    this.#proof = [];
    return "new";
  }

  #suspect(value: number, verdict: Freshness): Freshness {
    const newest = this.#proof.at(-1);
    if (value === newest) return "late";
    this.#proof = newest !== undefined && value > newest ? [...this.#proof, value] : [value];
    return this.#proof.length > limits.restartProof ? this.#accept(value) : verdict;
  }
}
