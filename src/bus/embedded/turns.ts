/**
 * Counts turns of the event loop, as far as somebody asks. What is put off with `setImmediate` in one
 * turn is done two turns later at the latest.
 */
export class Turns {
  #number = 0;
  #isCounting = false;

  get now(): number {
    if (!this.#isCounting) {
      this.#isCounting = true;
      setImmediate(() => {
        this.#number += 1;
        this.#isCounting = false;
      });
    }
    return this.#number;
  }
}
