/** Pauses of collections in a histogram: its memory does not grow, its quantiles are within 8 %. */
export class Pauses {
  readonly #counts = new Uint32Array(steps);
  #count = 0;
  #totalMs = 0;
  #longestMs = 0;

  add(pauseMs: number): void {
    const step = Math.round(
      Math.log(Math.max(pauseMs, shortestMs) / shortestMs) / Math.log(factor),
    );
    const index = Math.min(step, steps - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count++;
    this.#totalMs += pauseMs;
    this.#longestMs = Math.max(this.#longestMs, pauseMs);
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  get longestMs(): number {
    return this.#longestMs;
  }

  /** The pause in ms that the given share of all is not longer than; undefined when there was none. */
  quantile(share: number): number | undefined {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return undefined;
    for (const [step, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(shortestMs * factor ** step, this.#longestMs);
    }
    return this.#longestMs;
  }
}

const shortestMs = 0.01;
const factor = 1.16;
/** Up to about 25 minutes. */
const steps = 128;
