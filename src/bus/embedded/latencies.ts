/** How many of the newest are looked at. */
const window = 512;

/** The newest durations of something that happens often, in ms. */
export class Latencies {
  readonly #newest: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#newest[this.#next] = ms;
    this.#next = (this.#next + 1) % window;
  }

  /** The duration that this share of them stays within; 0 when there was none. */
  quantile(share: number): number {
    const sorted = this.#newest.toSorted((a, b) => a - b);
    return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  }
}
