import type { HeapFigures } from "../heap-floor.ts";
import { limits } from "../limits.ts";
import { explain, type BackloggedFloor, type Backlogs, type Explanation } from "./backlogs.ts";
import type { Floor, Point } from "./trace/heap-run.ts";
import { Thinned } from "./trace/thinned.ts";
import { judgeSeries, type SeriesJudgement } from "./verdict/judge-series.ts";
import type { Severity, Verdict } from "./verdict/judge.ts";

/** What is thought of the heap of one thread. Sizes in bytes, rates in bytes per hour. */
export interface HeapOpinion {
  readonly verdict: Verdict;
  /** By its growth alone. */
  readonly severity: Severity;
  /** The series that decides. */
  readonly decisive: SeriesJudgement;
  readonly leastVisibleRate: number | undefined;
  /** Time until the heap is full at the rate of growth, in s; undefined when it does not grow. */
  readonly fullInS: number | undefined;
  readonly windowS: number;
  readonly explanation: Explanation | undefined;
}

/** When a heap is looked at, what waits then, and resident memory that is not of V8 in bytes. */
interface Moment {
  readonly atMs: number;
  readonly backlogs: Backlogs;
  readonly nativeBytes?: number;
}

/** The lowest that was seen in a while, of each series. */
interface Look extends Moment {
  readonly minors: number;
  readonly floorBytes: number;
  readonly externalBytes: number;
}

/** A floor with what waited then. */
type WatchedFloor = Floor & BackloggedFloor;

/** Watches the heap of one thread through its floors; its own memory has a limit. */
export class HeapWatch {
  readonly #floors = new Thinned<WatchedFloor>(limits.heapFloors);
  readonly #external = new Thinned<Point>(limits.heapFloors);
  readonly #native = new Thinned<Point>(limits.heapFloors);
  #startMs: number | undefined;
  #last: HeapFigures | undefined;
  /** The lowest floor of the current while, which is kept when the while is over. */
  #lowest: Look | undefined;
  /** Whiles that are kept, and how many of them it was not judged by yet. */
  #kept = 0;
  #news = 0;
  /** How often in a row it looked like a leak. */
  #leaks = 0;
  #opinion: HeapOpinion | undefined;

  /** How urgent it is: a heap that is nearly full needs no judgement to be critical. */
  get severity(): Severity {
    if (this.#last && isNearlyFull(this.#last)) return "critical";
    return this.#opinion?.severity ?? "none";
  }

  /** What is thought of it; undefined before it was judged. */
  get opinion(): HeapOpinion | undefined {
    return this.#opinion;
  }

  /** What is said of it; while too little is known it is being learned, for a day. */
  verdict(atMs: number): Verdict {
    if (this.#opinion) return this.#opinion.verdict;
    return atMs - this.startMs < learningMs ? "learning" : "insufficient";
  }

  /** When it was first looked at, in ms of the clock that `see` is given. */
  get startMs(): number {
    return this.#startMs ?? 0;
  }

  /**
   * Takes the figures of now. Of each while the lowest floor is kept: under load there are many, and
   * some hold garbage.
   */
  see(figures: HeapFigures, now: Moment): void {
    const { atMs } = now;
    this.#startMs ??= atMs;
    // A thread that was started anew is another heap.
    if (this.#last && isAnew(figures, this.#last)) this.#forget(atMs);
    const isNew = figures.isFloor && isOther(figures, this.#last);
    this.#last = figures;
    if (!isNew) return;
    if (this.#lowest && whileOf(this.#lowest.atMs) !== whileOf(atMs)) this.#keep(this.#lowest);
    this.#lowest = lower(this.#lowest, lookOf(figures, now));
  }

  /** Judges it anew where there is something new; takes tens of ms. */
  judge(atMs: number): void {
    if (!this.#last || this.#news === 0 || this.#kept < leastKept) return;
    this.#news = 0;
    const span = { startMs: this.startMs, endMs: atMs, quantumBytes: 1 };
    const floors = this.#floors.read();
    const native = this.#native.read();
    const heap = judgeSeries("heap", floors, span);
    const all = [
      heap,
      judgeSeries("external", this.#external.read(), span),
      ...(native.length === 0 ? [] : [judgeSeries("native", native, span)]),
    ];
    const explanation = isGrowing(heap) ? this.#explain(floors, span) : undefined;
    // What explains the heap says nothing of the others: these are heard first then.
    const suspects = explanation ? [...all.slice(1), heap] : all;
    const decisive = suspects.find(isSurelyLeak) ?? heap;
    const isExplained = decisive === heap && explanation !== undefined;
    const fullInS = fullIn(decisive, this.#last);
    const isLeak = isSurelyLeak(decisive);
    this.#leaks = isLeak ? Math.min(this.#leaks + 1, leastLeaks + 1) : Math.max(this.#leaks - 1, 0);
    // What was called a leak is not taken back at the first doubt.
    if (!isLeak && this.#leaks >= leastLeaks && this.#opinion?.verdict === "leak") return;
    const isDayKnown = atMs - this.startMs >= learningMs || (fullInS ?? Infinity) < criticalS;
    const isSure = this.#leaks >= leastLeaks && isDayKnown && !isExplained;
    const verdict = wordOf(decisive, isSure, atMs - this.startMs);
    this.#opinion = {
      verdict,
      severity: severityOf(verdict, fullInS),
      decisive,
      leastVisibleRate: highest(all),
      fullInS,
      windowS: (atMs - this.startMs) / 1_000,
      explanation: isExplained ? explanation : undefined,
    };
  }

  #keep({ atMs, backlogs, minors, floorBytes, externalBytes, nativeBytes }: Look): void {
    this.#lowest = undefined;
    this.#kept++;
    this.#news++;
    this.#floors.push({ atMs, bytes: floorBytes, allocatedBytes: minors * minorBytes, backlogs });
    this.#external.push({ atMs, bytes: externalBytes });
    if (nativeBytes !== undefined) this.#native.push({ atMs, bytes: nativeBytes });
  }

  /** What explains the growth, if what remains without it does not grow. */
  #explain(
    floors: readonly WatchedFloor[],
    span: { startMs: number; endMs: number; quantumBytes: number },
  ): Explanation | undefined {
    const explanation = explain(floors);
    if (!explanation) return undefined;
    const { name, bytesEach } = explanation;
    const rest = floors.map((floor) => ({
      ...floor,
      bytes: floor.bytes - (floor.backlogs.get(name) ?? 0) * bytesEach,
    }));
    return isGrowing(judgeSeries("heap", rest, span)) ? undefined : explanation;
  }

  #forget(atMs: number): void {
    for (const series of [this.#floors, this.#external, this.#native]) series.clear();
    [this.#startMs, this.#opinion, this.#lowest] = [atMs, undefined, undefined];
    this.#kept = this.#news = this.#leaks = 0;
  }
}

/** Each collection of the young part stands for about as much that was allocated; only ratios matter. */
const minorBytes = 1_048_576;
/** As long as there is too little to judge a new process by, it is being learned, in ms. */
const learningMs = 24 * 3_600_000;
/** Less than this until the heap is full is critical, in s; and so is a heap that nearly is. */
const criticalS = 24 * 3_600;
const nearlyFull = 0.9;

/** Of this length is a while, in ms; with fewer of them a start is not over. */
const whileMs = 10 * 60_000;
const leastKept = 8;
/**
 * Judged again and again for years, by chance it looks like a leak at times: not so surely, and not so
 * often in a row.
 */
const leastProbability = 0.95;
const leastLeaks = 3;

function whileOf(atMs: number): number {
  return Math.floor(atMs / whileMs);
}

function lookOf({ minors, floorBytes, externalBytes }: HeapFigures, now: Moment): Look {
  return { ...now, minors, floorBytes, externalBytes };
}

function lower(before: Look | undefined, now: Look): Look {
  if (!before) return now;
  const { externalBytes, nativeBytes } = before;
  const lowest = now.floorBytes < before.floorBytes ? now : before;
  return {
    ...lowest,
    externalBytes: Math.min(externalBytes, now.externalBytes),
    ...(nativeBytes !== undefined &&
      now.nativeBytes !== undefined && { nativeBytes: Math.min(nativeBytes, now.nativeBytes) }),
  };
}

/** What is counted since the start of a thread never becomes less in it. */
function isAnew(now: HeapFigures, before: HeapFigures): boolean {
  return now.majors < before.majors || now.minors < before.minors || now.pausedMs < before.pausedMs;
}

function isOther(now: HeapFigures, before: HeapFigures | undefined): boolean {
  return now.majors !== before?.majors || now.floorBytes !== before.floorBytes;
}

function isSurelyLeak({ verdict, probability }: SeriesJudgement): boolean {
  return verdict === "leak" && probability >= leastProbability;
}

function isGrowing({ verdict }: SeriesJudgement): boolean {
  return verdict === "leak" || verdict === "growing";
}

/**
 * A leak is called one when it stays one, over a whole day unless the heap is full before: half a day
 * that grows may be a morning. And a backlog is growth that may end, no leak.
 */
function wordOf({ verdict }: SeriesJudgement, isSure: boolean, forMs: number): Verdict {
  if (verdict === "leak") return isSure ? "leak" : "growing";
  return verdict === "insufficient" && forMs < learningMs ? "learning" : verdict;
}

function fullIn(
  { rate, series }: SeriesJudgement,
  { limitBytes, usedBytes }: HeapFigures,
): number | undefined {
  if (rate <= 0 || series !== "heap") return undefined;
  return (Math.max(limitBytes - usedBytes, 0) / rate) * 3_600;
}

function isNearlyFull({ usedBytes, limitBytes, isFloor }: HeapFigures): boolean {
  return isFloor && usedBytes > limitBytes * nearlyFull;
}

function severityOf(verdict: Verdict, fullInS: number | undefined): Severity {
  if (verdict === "leak" && fullInS !== undefined && fullInS < criticalS) return "critical";
  return verdict === "leak" || verdict === "growing" ? "watch" : "none";
}

function highest(all: readonly SeriesJudgement[]): number | undefined {
  const rates = all.map(({ leastVisibleRate }) => leastVisibleRate);
  return rates.reduce((most, rate) =>
    most === undefined || rate === undefined ? undefined : Math.max(most, rate),
  );
}
