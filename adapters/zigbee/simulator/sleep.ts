import type { Clock, Timer } from "koine/adapter";

/** How long a parent keeps what is meant for a sleeping child, in ms: Zigbee §3.6.1.9, as TI has it. */
const indirectMs = 7_680;

/** When a device hears what is sent to it: one that sleeps only for a while after it spoke or looked. */
export class Sleep {
  readonly #clock: Clock;
  readonly #sleeps: boolean;
  /** Monotonic ms until which it listens. */
  #awakeUntil = 0;
  /** What waits at its parent, and who waits for it to arrive. */
  #held: (() => void)[] = [];
  #poll: Timer | undefined;

  constructor(clock: Clock, sleeps: boolean) {
    this.#clock = clock;
    this.#sleeps = sleeps;
  }

  get isAwake(): boolean {
    return !this.#sleeps || this.#clock.monotonic() < this.#awakeUntil;
  }

  /** It listens for so long from now on, in ms, and takes what waits for it. */
  wakeFor(ms: number): void {
    this.#awakeUntil = Math.max(this.#awakeUntil, this.#clock.monotonic() + ms);
    this.#take();
  }

  /** It asks its parent so often whether something waits, in ms. */
  pollEvery(ms: number): void {
    this.stopPolling();
    this.#poll = this.#clock.every(ms, () => this.#take());
  }

  stopPolling(): void {
    this.#poll?.cancel();
  }

  /** It listens no more until it has something to say. */
  deepen(): void {
    this.stopPolling();
    this.#awakeUntil = 0;
  }

  /** Resolves to whether it woke before its parent threw away what it kept. */
  async wakes(): Promise<boolean> {
    return new Promise((resolve) => {
      const arrive = (): void => resolve(true);
      this.#held.push(arrive);
      this.#clock.after(indirectMs, () => {
        this.#held = this.#held.filter((one) => one !== arrive);
        resolve(false);
      });
    });
  }

  #take(): void {
    for (const arrive of this.#held.splice(0)) arrive();
  }
}
