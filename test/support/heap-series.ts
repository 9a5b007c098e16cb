import { HeapRun, type HeapHistory } from "../../src/health/trace/heap-run.ts";
import { megabyte } from "../../src/health/verdict/observations.ts";
import type { Chance } from "./chance.ts";

/** A number of a normal distribution with mean 0 and deviation 1 (Box and Muller, 1958). */
export function normal(chance: Chance): number {
  const radius = Math.sqrt(-2 * Math.log(1 - chance.next()));
  return radius * Math.cos(2 * Math.PI * chance.next());
}

/** Errors that follow each other, of the given deviation and correlation of neighbours. */
export function autoregressive(
  chance: Chance,
  count: number,
  { deviation, correlation }: { readonly deviation: number; readonly correlation: number },
): Float64Array {
  const fresh = Math.sqrt(1 - correlation ** 2);
  let error = normal(chance);
  return Float64Array.from({ length: count }, (_, index) => {
    if (index > 0) error = correlation * error + fresh * normal(chance);
    return deviation * error;
  });
}

/** A made-up process: what its heap holds after each of so many major collections. */
export interface Course {
  /** In megabytes, at a time from 0 to 1. */
  readonly size: (time: number, index: number) => number;
  readonly floors: number;
  readonly hours: number;
  readonly limitMegabytes?: number;
  /** Bytes allocated per floor, compared with the usual; 1 where it is not given. */
  readonly load?: (index: number) => number;
}

export function historyOf({ size, floors, hours, limitMegabytes, load }: Course): HeapHistory {
  const run = new HeapRun({ pid: 700, isolate: "0x1", quantumBytes: megabyte / 10 });
  if (limitMegabytes !== undefined) run.limitBytes = limitMegabytes * megabyte;
  let before = 0;
  for (let index = 0; index < floors; index++) {
    const time = index / (floors - 1);
    // As a trace writes it down: one decimal of a megabyte.
    const after = Math.round(10 * Math.max(size(time, index), 1)) / 10;
    const allocated = 40 * (load?.(index) ?? 1);
    run.collected({
      atMs: 1_000 + time * hours * 3_600_000,
      isMajor: true,
      beforeBytes: (before + allocated) * megabyte,
      afterBytes: after * megabyte,
      pauseMs: 5,
    });
    before = after;
  }
  return run.read();
}
