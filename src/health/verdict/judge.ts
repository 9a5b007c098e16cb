import type { HeapHistory, Point } from "../trace/heap-run.ts";
import { judgeSeries, type SeriesJudgement, type SeriesName } from "./judge-series.ts";

export type Verdict = "learning" | "ok" | "growing" | "leak" | "insufficient";
export type Severity = "none" | "watch" | "critical";

/** What is thought of one isolate of one start of a process. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** The one that decides: the worst, and of equals the first. */
  readonly decisive: SeriesJudgement;
  readonly all: readonly SeriesJudgement[];
  /** The smallest growth in bytes per hour that this data would have shown, of all that it shows. */
  readonly leastVisibleRate: number | undefined;
  /** The heap at its last floor, or after its last collection. */
  readonly floorBytes: number;
  /** Hours until the heap is full at the highest, the estimated and the lowest rate; undefined if never. */
  readonly hoursToExhaustion:
    | { readonly low: number; readonly mid: number; readonly high: number | undefined }
    | undefined;
}

/** The heap is nearly full above this share of its limit. */
const nearlyFull = 0.9;
/** Less than this to live is urgent, in hours. */
const criticalHours = 24;

export function judge(history: HeapHistory): Judgement {
  const all = judgeAll(history);
  const decisive = all.reduce((worst, one) =>
    rank(one.verdict) > rank(worst.verdict) ? one : worst,
  );
  const floorBytes = history.floors.at(-1)?.bytes ?? history.lastBytes;
  const hoursToExhaustion = hoursLeft(decisive, floorBytes, history.limitBytes);
  return {
    verdict: decisive.verdict,
    severity: severityOf(decisive, hoursToExhaustion?.mid, history),
    decisive,
    all,
    leastVisibleRate:
      decisive.verdict === "leak" ? decisive.leastVisibleRate : leastVisibleRate(all, history),
    floorBytes,
    hoursToExhaustion,
  };
}

function judgeAll(history: HeapHistory): readonly [SeriesJudgement, ...SeriesJudgement[]] {
  const { external, native } = history;
  const others: readonly (readonly [SeriesName, readonly Point[]])[] = [
    ["external", external],
    ["native", native],
  ];
  return [
    judgeHeap(history),
    ...others
      .filter(([, points]) => points.length > 0)
      .map(([series, points]) =>
        judgeSeries(series, points, { ...history, quantumBytes: coarseBytes }),
      ),
  ];
}

/** What is outside the heap is counted in pages, or rounded to KB. */
const coarseBytes = 4_096;

/**
 * A process that died of a full heap is judged by its life before that: near the limit V8 collects
 * so often that the heap, over time, seems to come to rest.
 */
function judgeHeap(history: HeapHistory): SeriesJudgement {
  const { floors, ranOut } = history;
  if (!ranOut) return judgeSeries("heap", floors, history);
  const highest = Math.max(...floors.map(({ bytes }) => bytes));
  const full = floors.findIndex(({ bytes }) => bytes > highest * nearlyFull);
  const before = floors.slice(0, full + 1);
  return judgeSeries("heap", before, { ...history, endMs: before.at(-1)?.atMs ?? history.endMs });
}

function rank(verdict: Verdict): number {
  return ["insufficient", "learning", "ok", "growing", "leak"].indexOf(verdict);
}

function hoursLeft(
  { series, rate, rateLow, rateHigh, verdict }: SeriesJudgement,
  floorBytes: number,
  limitBytes: number | undefined,
): Judgement["hoursToExhaustion"] {
  if (limitBytes === undefined || series !== "heap" || rate <= 0) return undefined;
  if (verdict !== "leak" && verdict !== "growing") return undefined;
  const left = Math.max(limitBytes - floorBytes, 0);
  return {
    low: left / rateHigh,
    mid: left / rate,
    high: rateLow > 0 ? left / rateLow : undefined,
  };
}

function severityOf(
  { verdict }: SeriesJudgement,
  hours: number | undefined,
  { ranOut, limitBytes, floors }: HeapHistory,
): Severity {
  const floorBytes = floors.at(-1)?.bytes ?? 0;
  if (ranOut || (limitBytes !== undefined && floorBytes > limitBytes * nearlyFull))
    return "critical";
  if (hours !== undefined && hours < criticalHours && verdict === "leak") return "critical";
  return verdict === "leak" || verdict === "growing" ? "watch" : "none";
}

/**
 * Where there are no floors a leak is bounded by what was in use after any collection: it cannot have
 * grown by more than that.
 */
function leastVisibleRate(
  all: readonly SeriesJudgement[],
  { startMs, endMs, peakBytes }: HeapHistory,
): number | undefined {
  const hours = (endMs - startMs) / 3_600_000;
  const unseen = hours > 0 && peakBytes > 0 ? peakBytes / hours : undefined;
  const rates = all.map(({ leastVisibleRate: rate }) => rate ?? unseen);
  return rates.reduce((highest, rate) =>
    highest === undefined || rate === undefined ? undefined : Math.max(highest, rate),
  );
}
