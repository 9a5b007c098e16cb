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
  readonly severity: Severity;
  /** The series that decides. */
  readonly decisive: SeriesJudgement;
  readonly leastVisibleRate: number | undefined;
  /** Time until the heap is full at the rate of growth, in s; undefined when it does not grow. */
  readonly fullInS: number | undefined;
  readonly windowS: number;
  readonly explanation: Explanation | undefined;
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
  /** Floors that came since it was judged. */
  #news = 0;
  #opinion: HeapOpinion | undefined;

  /** What is thought of it; undefined before it was judged. */
  get opinion(): HeapOpinion | undefined {
    return this.#opinion;
  }

  /** When it was first looked at, in ms of the clock that `see` is given. */
  get startMs(): number {
    return this.#startMs ?? 0;
  }

  /** Takes the figures of now, and keeps them where a floor has come; resident memory in bytes. */
  see(
    figures: HeapFigures,
    now: { readonly atMs: number; readonly backlogs: Backlogs; readonly nativeBytes?: number },
  ): void {
    const { atMs, backlogs, nativeBytes } = now;
    this.#startMs ??= atMs;
    const isNew = figures.isFloor && isOther(figures, this.#last);
    // A thread that was started anew is another heap.
    if (this.#last && figures.majors < this.#last.majors) this.#forget(atMs);
    this.#last = figures;
    if (!isNew) return;
    this.#news++;
    const allocatedBytes = figures.minors * minorBytes;
    this.#floors.push({ atMs, bytes: figures.floorBytes, allocatedBytes, backlogs });
    this.#external.push({ atMs, bytes: figures.externalBytes });
    if (nativeBytes !== undefined) this.#native.push({ atMs, bytes: nativeBytes });
  }

  /** Judges it anew where there is something new; takes tens of ms. */
  judge(atMs: number): void {
    if (!this.#last || this.#news === 0) return;
    this.#news = 0;
    const span = { startMs: this.startMs, endMs: atMs, quantumBytes: 1 };
    const floors = this.#floors.read();
    const heap = judgeSeries("heap", floors, span);
    const others = [
      judgeSeries("external", this.#external.read(), span),
      ...(this.#native.read().length === 0
        ? []
        : [judgeSeries("native", this.#native.read(), span)]),
    ];
    const explanation = isGrowing(heap) ? this.#explain(floors, span) : undefined;
    const all = [heap, ...others];
    const decisive =
      all.find(({ verdict }) => verdict === "leak") ??
      all.find(({ verdict }) => verdict === "growing") ??
      heap;
    const fullInS = fullIn(decisive, this.#last);
    const verdict = wordOf(decisive, explanation !== undefined, atMs - this.startMs);
    this.#opinion = {
      verdict,
      severity: severityOf(verdict, fullInS, this.#last),
      decisive,
      leastVisibleRate: highest(all),
      fullInS,
      windowS: (atMs - this.startMs) / 1_000,
      explanation: decisive === heap ? explanation : undefined,
    };
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
    [this.#startMs, this.#opinion, this.#news] = [atMs, undefined, 0];
  }
}

/** Each collection of the young part stands for about as much that was allocated; only ratios matter. */
const minorBytes = 1_048_576;
/** As long as there is too little to judge a new process by, it is being learned, in ms. */
const learningMs = 24 * 3_600_000;
/** Less than this until the heap is full is critical, in s; and so is a heap that nearly is. */
const criticalS = 24 * 3_600;
const nearlyFull = 0.9;

function isOther(now: HeapFigures, before: HeapFigures | undefined): boolean {
  return now.majors !== before?.majors || now.floorBytes !== before.floorBytes;
}

function isGrowing({ verdict }: SeriesJudgement): boolean {
  return verdict === "leak" || verdict === "growing";
}

/** A backlog is growth that may end; it is no leak. */
function wordOf(
  { verdict, series }: SeriesJudgement,
  isExplained: boolean,
  forMs: number,
): Verdict {
  if (verdict === "leak" && series === "heap" && isExplained) return "growing";
  return verdict === "insufficient" && forMs < learningMs ? "learning" : verdict;
}

function fullIn(
  { rate, series }: SeriesJudgement,
  { limitBytes, usedBytes }: HeapFigures,
): number | undefined {
  if (rate <= 0 || series !== "heap") return undefined;
  return (Math.max(limitBytes - usedBytes, 0) / rate) * 3_600;
}

function severityOf(
  verdict: Verdict,
  fullInS: number | undefined,
  { usedBytes, limitBytes }: HeapFigures,
): Severity {
  if (usedBytes > limitBytes * nearlyFull) return "critical";
  if (verdict === "leak" && fullInS !== undefined && fullInS < criticalS) return "critical";
  return verdict === "leak" || verdict === "growing" ? "watch" : "none";
}

function highest(all: readonly SeriesJudgement[]): number | undefined {
  const rates = all.map(({ leastVisibleRate }) => leastVisibleRate);
  return rates.reduce((most, rate) =>
    most === undefined || rate === undefined ? undefined : Math.max(most, rate),
  );
}
