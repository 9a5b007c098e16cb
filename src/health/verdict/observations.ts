import { at } from "./at.ts";
import type { Floor, Point } from "../trace/heap-run.ts";
import type { Observations } from "./models.ts";

/** A series of sizes over a time, made ready to be judged. */
export interface Prepared extends Observations {
  /** The points themselves, after merging and warm-up; in ms and bytes. */
  readonly points: readonly Point[];
  /** Length of a unit of time, and when the first begins, in ms. */
  readonly unitMs: number;
  readonly startMs: number;
}

/** Sizes are fitted in megabytes: numbers near 1 keep the sums exact. */
export const megabyte = 1_048_576;

/** Share of the time at the beginning that is warming up. */
const warmUpShare = 0.12;
/** Collections of the whole heap that follow each other at once are one, in ms. */
const mergeMs = 800;
/** More points than this tell no more, and take longer. */
const mostPoints = 72;
/** What V8 gave back at once by throwing away code that is not run: 1.3 to 1.5 MB were seen. */
const largestFallMegabytes = 2;

export function prepare(
  points: readonly (Point | Floor)[],
  given: {
    readonly startMs: number;
    readonly endMs: number;
    readonly quantumBytes: number;
    readonly mayFall: boolean;
  },
): Prepared {
  const spanMs = Math.max(given.endMs - given.startMs, 1);
  const settledMs = given.startMs + spanMs * warmUpShare;
  const merged = mergeClose(points).filter(({ atMs }) => atMs >= settledMs);
  const kept = thin(merged, mostPoints);
  const startMs = kept[0]?.atMs ?? settledMs;
  const unitMs = Math.max((kept.at(-1)?.atMs ?? given.endMs) - startMs, 1);
  const times = Float64Array.from(kept, ({ atMs }) => (atMs - startMs) / unitMs);
  return {
    points: kept,
    unitMs,
    startMs,
    times,
    sizes: Float64Array.from(kept, ({ bytes }) => bytes / megabyte),
    load: loadOf(kept),
    steps: stepsOf(times),
    leastDeviation: Math.max(given.quantumBytes / megabyte / 2, 0.02),
    largestFall: given.mayFall ? largestFallMegabytes : 0,
  };
}

/** Of those that follow each other at once the lowest stays. */
function mergeClose<P extends Point>(points: readonly P[]): readonly P[] {
  const merged: P[] = [];
  for (const point of points) {
    const last = merged.at(-1);
    if (!last || point.atMs - last.atMs >= mergeMs) merged.push(point);
    else if (point.bytes < last.bytes) merged[merged.length - 1] = point;
  }
  return merged;
}

/** The lowest of each of so many equal times. */
function thin<P extends Point>(points: readonly P[], most: number): readonly P[] {
  const [first, last] = [points[0], points.at(-1)];
  if (points.length <= most || !first || !last) return points;
  const blockMs = (last.atMs - first.atMs) / most;
  const lowest = new Map<number, P>();
  for (const point of points) {
    const block = Math.min(Math.floor((point.atMs - first.atMs) / blockMs), most - 1);
    const before = lowest.get(block);
    if (!before || point.bytes < before.bytes) lowest.set(block, point);
  }
  return [...lowest.values()];
}

/** How much was allocated per time before each point, as a share of the mean; undefined if unknown. */
function loadOf(points: readonly (Point | Floor)[]): Float64Array | undefined {
  const rates: number[] = [];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (!("allocatedBytes" in point) || (before && !("allocatedBytes" in before))) return undefined;
    if (!before || !("allocatedBytes" in before)) continue;
    rates.push((point.allocatedBytes - before.allocatedBytes) / (point.atMs - before.atMs));
  }
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  if (!(mean > 0) || rates.every((rate) => Math.abs(rate - mean) < mean * 0.02)) return undefined;
  // By how much it is more, not how much more: what loads a lot once does not outweigh all the rest.
  return Float64Array.from([mean, ...rates], (rate) => Math.log(Math.max(rate / mean, leastLoad)));
}

/** Less load than this share of the mean is none. */
const leastLoad = 0.02;

function stepsOf(times: Float64Array): Float64Array {
  const steps = times.map((time, index) => (index === 0 ? 0 : time - at(times, index - 1)));
  const usual = steps.slice(1).toSorted()[(steps.length - 1) >> 1] ?? 1;
  return steps.map((step) => step / (usual || 1));
}
