import { getHeapStatistics } from "node:v8";

/** What several owners may keep in memory together, in bytes. */
export class MemoryBudget {
  readonly #most: number;
  #used = 0;

  /** @param heapShare how much of the heap it may be at most: a small machine has a small one */
  constructor(mostBytes: number, heapShare: number) {
    this.#most = Math.min(mostBytes, getHeapStatistics().heap_size_limit * heapShare);
  }

  get used(): number {
    return this.#used;
  }

  get isExceeded(): boolean {
    return this.#used > this.#most;
  }

  /** Whether so many more bytes fit. */
  fits(bytes: number): boolean {
    return this.#used + bytes <= this.#most;
  }

  /** @param bytes negative when something is given up */
  add(bytes: number): void {
    this.#used += bytes;
  }
}
