import { limits } from "../limits.ts";

/** How much of what waits or is known, by name: what may explain that a heap grows. */
export type Backlogs = ReadonlyMap<string, number>;

/**
 * What adapters hold, from pairs of counters: `adapter.sms.outbox_held` counts what was taken in,
 * `adapter.sms.outbox_let_go` what was given away. Any adapter can tell of its own queues like that.
 */
export function heldBacklogs(counters: Iterable<readonly [string, number]>): Map<string, number> {
  const held = new Map<string, number>();
  for (const [name, count] of counters) {
    const [, base, way] = /^(?:adapter\.)?(.+)_(held|let_go)$/.exec(name) ?? [];
    if (base === undefined || (held.size >= limits.heapBacklogs && !held.has(base))) continue;
    held.set(base, (held.get(base) ?? 0) + (way === "held" ? count : -count));
  }
  return held;
}

/** A backlog whose course is that of the heap. */
export interface Explanation {
  readonly name: string;
  /** Share of the variance of the floors that it explains, 0 to 1 (coefficient of determination). */
  readonly share: number;
  /** Bytes of the heap for each of it. */
  readonly bytesEach: number;
}

/** One floor, and what waited then. */
export interface BackloggedFloor {
  readonly bytes: number;
  readonly backlogs: Backlogs;
}

/** The backlog that explains the floors best; undefined when none explains most of their course. */
export function explain(floors: readonly BackloggedFloor[]): Explanation | undefined {
  let best: Explanation | undefined;
  for (const name of floors.at(-1)?.backlogs.keys() ?? []) {
    const found = explainedBy(name, floors);
    if (found && found.share > (best?.share ?? leastShare)) best = found;
  }
  return best;
}

/** Below this share the heap has a course of its own. */
const leastShare = 0.8;
/** No text, message, session or device takes more of the heap, in bytes: more is no backlog. */
const mostBytesEach = 32_768;

/** Linear regression of the floors on the backlog. */
function explainedBy(name: string, floors: readonly BackloggedFloor[]): Explanation | undefined {
  const counts = floors.map(({ backlogs }) => backlogs.get(name) ?? 0);
  const sizes = floors.map(({ bytes }) => bytes);
  const [meanCount, meanSize] = [mean(counts), mean(sizes)];
  let [both, ofCount, ofSize] = [0, 0, 0];
  for (const [index, count] of counts.entries()) {
    const [more, larger] = [count - meanCount, (sizes[index] ?? 0) - meanSize];
    both += more * larger;
    ofCount += more ** 2;
    ofSize += larger ** 2;
  }
  if (ofCount === 0 || ofSize === 0) return undefined;
  const bytesEach = both / ofCount;
  if (bytesEach <= 0 || bytesEach > mostBytesEach) return undefined;
  return { name, share: both ** 2 / (ofCount * ofSize), bytesEach };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
