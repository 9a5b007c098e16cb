import type { Clock, Timer } from "../../src/clock.ts";

interface Due {
  at: number;
  readonly run: () => void;
  readonly every?: number;
}

/** A clock that stands still until a test moves it. Starts on 2026-11-25 at noon UTC. */
export class ManualClock implements Clock {
  wallMs = Date.UTC(2026, 10, 25, 12);
  isSynced = true;
  /** Lets what a timer set off finish, before the next one. */
  settle: () => Promise<void> = turns;
  #monotonicMs = 0;
  readonly #timers = new Set<Due>();

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  synced(): boolean {
    return this.isSynced;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#monotonicMs + ms, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#monotonicMs + ms, run, every: ms });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      signal?.addEventListener("abort", stop);
    });
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves time on, running what is due in order, and lets everything settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonicMs + ms;
    await this.settle();
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#moveTo(due.at);
      if (due.every === undefined) this.#timers.delete(due);
      else due.at += due.every;
      due.run();
      await this.settle();
    }
    this.#moveTo(end);
    await this.settle();
  }

  #next(end: number): Due | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.toSorted((a, b) => a.at - b.at)[0];
  }

  #moveTo(ms: number): void {
    this.wallMs += ms - this.#monotonicMs;
    this.#monotonicMs = ms;
  }

  #add(due: Due): Timer {
    this.#timers.add(due);
    return { cancel: () => this.#timers.delete(due) };
  }
}

/** Lets promises and immediates finish what is under way. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
