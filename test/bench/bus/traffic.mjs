/// <reference types="node" />

/** After so long nothing more is expected to come. */
const patienceMs = 10_000;

const ignore = () => {};

/** What has come from the broker, over all clients. */
export class Traffic {
  received = 0;
  acked = 0;
  /** Whoever looks into every payload. @type {((payload: Buffer) => void) | undefined} */
  payload;
  /** Sends more when something has come. */
  #pump = ignore;
  /** Looks whether all has come. */
  #check = ignore;

  /**
   * What came in one chunk.
   * @param {number} received
   * @param {number} acked
   */
  came(received, acked) {
    this.received += received;
    this.acked += acked;
    this.#pump();
    this.#check();
  }

  /** Counts from the start. */
  clear() {
    [this.received, this.acked, this.#pump, this.#check] = [0, 0, ignore, ignore];
  }

  /**
   * Calls `pump` now, and whenever something has come.
   * @param {() => void} pump
   */
  drive(pump) {
    this.#pump = pump;
    pump();
  }

  /**
   * Resolves when `isDone`, or without that when nothing comes any more.
   * @param {() => boolean} isDone
   * @returns {Promise<void>}
   */
  until(isDone) {
    return new Promise((resolve) => {
      let before = 0;
      const patience = setInterval(() => {
        const now = this.received + this.acked;
        if (now === before) finish();
        before = now;
      }, patienceMs);
      const finish = () => {
        clearInterval(patience);
        this.#check = ignore;
        resolve(undefined);
      };
      this.#check = () => {
        if (isDone()) finish();
      };
      this.#check();
    });
  }
}
