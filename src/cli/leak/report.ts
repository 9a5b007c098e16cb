import type { HeapHistory } from "../../health/trace/heap-run.ts";
import type { TraceCounts } from "../../health/trace/trace-reader.ts";
import { judge, type Judgement, type Verdict } from "../../health/verdict/judge.ts";

/** What is said of a whole trace: of each isolate, and of the one that decides. */
export interface Report {
  readonly source: string;
  readonly verdict: Verdict;
  /** Of the isolate that decides. */
  readonly history: HeapHistory;
  readonly judgement: Judgement;
  readonly others: readonly IsolateReport[];
  readonly counts: TraceCounts;
  /** Whether a packed file ended too early. */
  readonly isCut: boolean;
}

interface IsolateReport {
  readonly history: HeapHistory;
  readonly judgement: Judgement;
}

/** Undefined when the trace holds no collection and no sample. */
export function reportOf(
  source: string,
  read: {
    readonly histories: readonly HeapHistory[];
    readonly counts: TraceCounts;
    readonly isCut: boolean;
  },
): Report | undefined {
  const isolates = read.histories
    .filter(({ majors, minors, lastBytes }) => majors + minors > 0 || lastBytes > 0)
    .map((history) => ({ history, judgement: judge(history) }));
  const decisive = mostTelling(isolates);
  if (!decisive) return undefined;
  return {
    source,
    verdict: decisive.judgement.verdict,
    ...decisive,
    others: isolates.filter((one) => one !== decisive),
    counts: read.counts,
    isCut: read.isCut,
  };
}

/**
 * The one that leaks, or grows; of the others the one of which the most is known. What is native is so
 * for the whole process, with the heaps of its other threads: those are asked first.
 */
function mostTelling(isolates: readonly IsolateReport[]): IsolateReport | undefined {
  for (const verdict of ["leak", "growing"] as const) {
    const found = isolates.filter(({ judgement }) => judgement.verdict === verdict);
    const inHeap = found.find(({ judgement }) => judgement.decisive.series !== "native");
    if (inHeap ?? found[0]) return inHeap ?? found[0];
  }
  return isolates[0];
}

/** The report as one JSON object; sizes in bytes, rates in bytes per hour, times as named. */
export function reportJson(report: Report): Record<string, unknown> {
  const { source, counts, isCut, others } = report;
  return {
    source,
    ...isolateJson(report),
    isolates: others.map(isolateJson),
    linesUnparsed: counts.unparsed,
    linesRepeated: counts.repeated,
    linesCut: counts.linesCut,
    isolatesDropped: counts.isolatesDropped,
    isCut,
  };
}

function isolateJson({ history, judgement }: IsolateReport): Record<string, unknown> {
  const { decisive, all } = judgement;
  const hours = (history.endMs - history.startMs) / 3_600_000;
  const { pauses } = history;
  return {
    verdict: judgement.verdict,
    severity: judgement.severity,
    series: decisive.series,
    confidence: decisive.probability,
    ratePerHourBytes: decisive.rate,
    rateLowPerHourBytes: decisive.rateLow,
    rateHighPerHourBytes: decisive.rateHigh,
    minDetectableRatePerHourBytes: judgement.leastVisibleRate ?? null,
    sinceMs: decisive.sinceMs,
    model: decisive.model?.shape.name ?? null,
    floorBytes: judgement.floorBytes,
    limitBytes: history.limitBytes ?? null,
    hoursToExhaustion: judgement.hoursToExhaustion ?? null,
    ranOutOfMemory: history.ranOut,
    pid: history.pid,
    isolate: history.isolate,
    majors: history.majors,
    minors: history.minors,
    windowHours: hours,
    majorsPerHour: hours > 0 ? history.majors / hours : null,
    gcPauseP50Ms: pauses.quantile(0.5) ?? null,
    gcPauseP99Ms: pauses.quantile(0.99) ?? null,
    gcPauseMaxMs: pauses.longestMs,
    gcTimeShare: hours > 0 ? pauses.totalMs / (history.endMs - history.startMs) : null,
    contexts: history.contexts ?? null,
    detachedContexts: history.detachedContexts ?? null,
    judged: all.map((one) => ({
      series: one.series,
      verdict: one.verdict,
      confidence: one.probability,
      ratePerHourBytes: one.rate,
      minDetectableRatePerHourBytes: one.leastVisibleRate ?? null,
    })),
  };
}
