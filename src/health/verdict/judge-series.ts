import type { Floor, Point } from "../trace/heap-run.ts";
import { compareModels, type Comparison, type Model } from "./models.ts";
import { megabyte, prepare, type Prepared } from "./observations.ts";

/** What can leak: the heap, what its objects hold outside, and what neither accounts for. */
export type SeriesName = "heap" | "external" | "native";

/** What is thought of one series. */
export interface SeriesJudgement {
  readonly series: SeriesName;
  readonly verdict: "ok" | "growing" | "leak" | "insufficient";
  /** How likely it is that the series still grows, 0 to 1. */
  readonly probability: number;
  /** Growth at the end in bytes per hour, and the bounds of its 95 % interval; 0 when it rests. */
  readonly rate: number;
  readonly rateLow: number;
  readonly rateHigh: number;
  /** Growth in bytes per hour above which this data would have shown it; undefined without floors. */
  readonly leastVisibleRate: number | undefined;
  /** Since when it has been growing, in ms since the process started. */
  readonly sinceMs: number;
  /** The curve that is believed, in bytes at each of the points. */
  readonly model: Model | undefined;
  readonly prepared: Prepared;
}

/** A time of a process: when it was looked at, and how exactly its sizes are known. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly quantumBytes: number;
}

/** With fewer floors than this there is no course. */
const leastPoints = 5;
/**
 * Probability of growth from which it is called a leak. Resident memory moves for many reasons of the
 * system's own, so that of it more is asked.
 */
const leakProbability: Readonly<Record<SeriesName, number>> = {
  heap: 2 / 3,
  external: 2 / 3,
  native: 0.95,
};
/** With a tenth of the time less it must have been possible already: what is new is not yet a leak. */
const earlierShare = 0.9;
const earlierProbability = 0.27;
/** Standard errors between the growth and 0. */
const leastErrors = 3;
const earlierErrors = 2;
/** How much more it must have grown than it ever fell. */
const timesLargestFall = 1.5;
/** Growth that V8 and malloc may cause by themselves: bytes, and a share of the level. */
const immaterial: Readonly<
  Record<SeriesName, { readonly megabytes: number; readonly share: number }>
> = {
  heap: { megabytes: 1, share: 0.06 },
  external: { megabytes: 0.5, share: 0.1 },
  native: { megabytes: 6, share: 0.1 },
};
/** When even this share of the level could have come unseen, nothing is known. */
const unseenShare = 0.5;

export function judgeSeries(
  series: SeriesName,
  points: readonly (Floor | Point)[],
  span: Span,
): SeriesJudgement {
  const prepared = prepareSeries(series, points, span);
  const comparison = prepared.points.length < leastPoints ? undefined : compareModels(prepared);
  const least = leastGrowth(series, prepared);
  const perHour = (megabyte * 3_600_000) / prepared.unitMs;
  const leastVisible = comparison && leastVisibleGrowth(comparison, least);
  const isLeak =
    comparison !== undefined &&
    isMaterial(comparison, least) &&
    comparison.probability >= leakProbability[series] &&
    wasPossible(series, points, span);
  const verdict = isLeak ? "leak" : judgeOther(comparison, prepared, least, leastVisible);
  const isGrowing = verdict === "leak" || verdict === "growing";
  const model = isGrowing ? comparison?.growing : comparison?.resting;
  const rate = isGrowing && model ? model.growth * perHour : 0;
  const spread = model ? intervalErrors * model.growthError * perHour : 0;
  return {
    series,
    verdict,
    probability: comparison?.probability ?? 0,
    rate,
    rateLow: Math.max(rate - spread, 0),
    rateHigh: rate + spread,
    leastVisibleRate: leastVisible === undefined ? undefined : leastVisible * perHour,
    sinceMs: prepared.startMs + (model?.shape.lastKnot ?? 0) * prepared.unitMs,
    model,
    prepared,
  };
}

/** Half the width of a 95 % interval of a normal distribution. */
const intervalErrors = 1.96;

function prepareSeries(
  series: SeriesName,
  points: readonly (Floor | Point)[],
  span: Span,
): Prepared {
  return prepare(points, { ...span, mayFall: series === "heap" });
}

function leastGrowth(series: SeriesName, { sizes }: Prepared): number {
  const { megabytes, share } = immaterial[series];
  return Math.max(megabytes, median(sizes) * share);
}

/** Whether it has grown by more than noise, V8 and its own earlier falls explain. */
function isMaterial({ growing }: Comparison, least: number): boolean {
  if (!growing) return false;
  const grown = growing.growth * (1 - growing.shape.lastKnot);
  return (
    growing.growth >= leastErrors * growing.growthError &&
    grown >= least &&
    grown >= timesLargestFall * largestFall(growing.folded)
  );
}

/** Whether what was known a tenth of the time earlier did not speak against it. */
function wasPossible(
  series: SeriesName,
  points: readonly (Floor | Point)[],
  { startMs, endMs, quantumBytes }: Span,
): boolean {
  const untilMs = startMs + (endMs - startMs) * earlierShare;
  const before = points.filter(({ atMs }) => atMs <= untilMs);
  const prepared = prepareSeries(series, before, { startMs, endMs: untilMs, quantumBytes });
  if (prepared.points.length < leastPoints) return true;
  const earlier = compareModels(prepared);
  if (!earlier?.growing) return false;
  const { growth, growthError } = earlier.growing;
  return earlier.probability >= earlierProbability && growth >= earlierErrors * growthError;
}

function judgeOther(
  comparison: Comparison | undefined,
  prepared: Prepared,
  least: number,
  leastVisible: number | undefined,
): "ok" | "growing" | "insufficient" {
  if (!comparison || leastVisible === undefined) return "insufficient";
  const { growing, probability } = comparison;
  if (growing && probability >= 0.5) {
    const grown = growing.growth * (1 - growing.shape.lastKnot);
    if (grown >= least && growing.growth >= earlierErrors * growing.growthError) return "growing";
  }
  return leastVisible > unseenShare * median(prepared.sizes) ? "insufficient" : "ok";
}

/**
 * Growth per unit of time that could not have stayed unseen. Of a linear trend the smallest visible
 * one lies some standard errors above the one that was found; a leak that began late shows by less,
 * and what is not material is not called a leak at all.
 */
function leastVisibleGrowth({ growing, resting, linear }: Comparison, least: number): number {
  const highest = [growing, resting, linear].map((model) =>
    model ? Math.max(model.growth, 0) + visibleErrors * model.growthError : 0,
  );
  const spread = Math.max(...resting.folded) - Math.min(...resting.folded);
  return Math.max(...highest, spread, lateFactor * least);
}

/** Errors of the first and the second kind both below 1 in 500. */
const visibleErrors = 6;
/** A leak is looked for that began no later than half of the time ago. */
const lateFactor = 2;

/** The largest fall of three neighbours' lowest: single floors may hold garbage. */
function largestFall(sizes: Float64Array): number {
  let [highest, largest] = [-Infinity, 0];
  for (let index = 0; index < sizes.length; index++) {
    const lowest = Math.min(...sizes.subarray(Math.max(index - 1, 0), index + 2));
    highest = Math.max(highest, lowest);
    largest = Math.max(largest, highest - lowest);
  }
  return largest;
}

function median(values: Float64Array): number {
  return values.toSorted()[values.length >> 1] ?? 0;
}
