/**
 * How much a guest may say between two beats. A loop that never lets the thread breathe also never
 * gets a new allowance: it cannot flood the daemon until it is found to hang.
 */
export class Allowance {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Whether one more may be said. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  renew(): void {
    this.#left = this.#most;
  }
}
