import { setTimeout as delay } from "node:timers/promises";

/** A timer that was started; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as everything in Koine sees it. Injected, so that tests advance it by hand; this file is the
 * only one that may read the real clock.
 */
export interface Clock {
  /** Wall time in ms since 1970. May jump: a Pi has no battery clock. Never for intervals. */
  now(): number;
  /** Ms since some start. Never jumps, never goes back. For intervals and deadlines. */
  monotonic(): number;
  /** Whether `now` is plausible: not the time of a clock that was never set. */
  synced(): boolean;
  /** Calls `run` once after `ms`. Does not keep the process alive. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` every `ms` until cancelled. Does not keep the process alive. */
  every(ms: number, run: () => void): Timer;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Wall time before this is a clock that was never set (2026-01-01, before the first release). */
const plausibleSinceMs = Date.UTC(2026, 0, 1);

/** The longest delay a Node timer takes; longer ones would fire at once. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * The real clock. `scale` > 1 makes time run that much faster, for tests of the whole daemon only
 * (`--time-scale`): an hour's silence then takes 3600/scale seconds.
 * @param startedAtMs since when time runs faster, in ms since 1970: the same in every thread
 */
export function systemClock(scale = 1, startedAtMs = Date.now()): Clock {
  const origin = performance.now();
  const monotonic = (): number => (performance.now() - origin) * scale;
  const now =
    scale === 1 ? Date.now : (): number => startedAtMs + (Date.now() - startedAtMs) * scale;
  const real = (ms: number): number => Math.min(Math.max(ms, 0) / scale, maxTimerMs);

  return {
    now,
    monotonic,
    synced: () => now() >= plausibleSinceMs,
    after(ms, run) {
      const timer = setTimeout(run, real(ms));
      timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
    every(ms, run) {
      const timer = setInterval(run, real(ms));
      timer.unref();
      return { cancel: () => clearInterval(timer) };
    },
    async sleep(ms, signal) {
      try {
        await delay(real(ms), undefined, signal ? { signal } : {});
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : error;
      }
    },
  };
}
