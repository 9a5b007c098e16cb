import { limits } from "../limits.ts";

/**
 * Delays between attempts: half a second, doubled each time up to a minute, half of each random so
 * that many gateways do not knock at once.
 */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The delay before the next attempt, in ms. */
  next(): number {
    const whole = Math.min(limits.retryFirstMs * 2 ** this.#attempts, limits.retryCeilingMs);
    this.#attempts += 1;
    return whole / 2 + (whole / 2) * this.#random();
  }

  /** The last attempt led to something lasting: the next delay is the first again. */
  reset(): void {
    this.#attempts = 0;
  }
}
