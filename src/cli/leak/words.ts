import type { HeapHistory } from "../../health/trace/heap-run.ts";
import type { SeriesName } from "../../health/verdict/judge-series.ts";
import type { Judgement } from "../../health/verdict/judge.ts";
import { painter } from "../style.ts";
import type { Report } from "./report.ts";

/** The report for a person: the answer in a sentence, what it rests on, and what to do next. */
export function reportLines(report: Report, colours: boolean): readonly string[] {
  const { history, judgement, verdict } = report;
  const paint = painter(colours);
  const style = verdict === "leak" ? "red" : verdict === "ok" ? "green" : "yellow";
  return [
    `${paint("bold", paint(style, verdict.toUpperCase()))}  ${answer(history, judgement)}`,
    "",
    `  ${sparkline(history.floors.map(({ bytes }) => bytes))}`,
    ...facts(report).map((line) => `  ${line}`),
    "",
    `  ${advice(history, judgement)}`,
  ];
}

function floorCount({ floors: { length } }: HeapHistory): string {
  return `${length} ${length === 1 ? "floor" : "floors"}`;
}

/** More floors than this are not too few. */
const fewFloors = 12;

const things: Readonly<Record<SeriesName, string>> = {
  heap: "the heap",
  external: "what is held outside the heap, such as Buffers,",
  native: "the memory outside V8",
};

function answer(history: HeapHistory, { verdict, decisive, leastVisibleRate }: Judgement): string {
  const sure = `${Math.floor(Math.min(decisive.probability, 0.999) * 1_000) / 10} % sure`;
  const { rate, rateLow, rateHigh, series } = decisive;
  const grows = `${things[series]} grows by ${size(rate)} an hour (${size(rateLow)} to ${size(rateHigh)})`;
  const isHeapAlone = history.external.length === 0;
  const where = isHeapAlone ? "in the heap" : "of any kind";
  const visible =
    leastVisibleRate === undefined
      ? "nothing can be said of how small a leak would have shown"
      : `a leak of more than ${size(leastVisibleRate)} an hour ${where} would have shown`;
  const during = duration(history.endMs - history.startMs);
  switch (verdict) {
    case "leak":
      return `This program leaks: ${grows}, and does not come to rest; ${sure}.`;
    case "growing":
      return `This program grows, and it is not sure yet that it will not stop: ${grows}.`;
    case "ok":
      return `No leak ${isHeapAlone ? "in the heap " : ""}in ${during}: what stays after collections has come to rest; ${visible}.`;
    default:
      return `Nothing can be said yet: ${during} with ${floorCount(history)} ${history.floors.length < fewFloors ? "is too little" : "is too restless"}; ${visible}.`;
  }
}

function facts({ source, history, judgement, counts, others, isCut }: Report): readonly string[] {
  const { floors, isolate, limitBytes, pauses } = history;
  const [first, last] = [floors[0], floors.at(-1)];
  const hours = judgement.hoursToExhaustion;
  const named = source.startsWith("process ") ? source : `${source}: process ${history.pid}`;
  const place = isolate === "main" ? "main thread" : `isolate ${isolate}`;
  const collected = `${history.majors} major and ${history.minors} minor collections, ${floorCount(history)}`;
  const lines = [`${named}, ${place}, ${duration(history.endMs - history.startMs)}, ${collected}`];
  if (first && last) {
    lines.push(
      `after major collections ${size(first.bytes)} at first, ${size(last.bytes)} at last`,
    );
  }
  if (history.ranOut) lines.push("it died of a full heap");
  if (limitBytes !== undefined && hours !== undefined) {
    lines.push(
      `the limit of ${size(limitBytes)} is reached in about ${duration(hours.mid * 3_600_000)}`,
    );
  }
  const usual = pauses.quantile(0.5);
  if (usual !== undefined) {
    lines.push(
      `collections paused it for ${milliseconds(usual)} at the median, ${milliseconds(pauses.longestMs)} at most`,
    );
  }
  if (history.external.length === 0) {
    lines.push("memory outside the heap, such as Buffers, is not shown by this format");
  }
  const telling = others.filter(({ history: one }) => one.majors >= 5);
  for (const one of telling.slice(0, isolatesShown)) {
    lines.push(
      `also isolate ${one.history.isolate} of process ${one.history.pid}: ${one.judgement.verdict}`,
    );
  }
  if (telling.length > isolatesShown) lines.push(`and ${telling.length - isolatesShown} more`);
  if (counts.unparsed > 0) lines.push(`${counts.unparsed} lines of the trace are torn or unknown`);
  if (counts.isolatesDropped > 0) lines.push("there are more isolates than are told apart");
  if (isCut) lines.push("the packed file ends too early; what is there was read");
  return lines;
}

const isolatesShown = 4;

function advice(history: HeapHistory, { verdict, decisive }: Judgement): string {
  switch (verdict) {
    case "leak":
      return decisive.series === "heap"
        ? "Next: take two heap snapshots some time apart (node --heapsnapshot-signal=SIGUSR2) and compare what there is more of in the second one."
        : "Next: look for Buffers, streams and native handles that are opened and never closed; heap snapshots show who holds them.";
    case "growing":
      return "Next: run it longer under the same load; a cache that fills comes to rest, a leak does not.";
    case "ok":
      return "Next: nothing. To find smaller leaks, run it longer.";
    default:
      return history.majors < fewMajors
        ? "Next: run it longer or under more load, or let floors be forced: koine leak attach <pid>."
        : "Next: run it longer, under steady load.";
  }
}

const fewMajors = 8;

/** The floors as a line of blocks, the lowest and the highest at their ends of the scale. */
export function sparkline(values: readonly number[], width = 48): string {
  if (values.length === 0) return "(no major collection)";
  const columns = Math.min(width, values.length);
  const lows = Array.from({ length: columns }, (_, column) =>
    Math.min(
      ...values.slice(
        Math.floor((column * values.length) / columns),
        Math.max(Math.floor(((column + 1) * values.length) / columns), 1),
      ),
    ),
  );
  const [low, high] = [Math.min(...lows), Math.max(...lows)];
  const range = Math.max(high - low, high * flatShare, 1);
  return lows.map((value) => blocks[Math.floor(((value - low) / range) * 7.99)] ?? "").join("");
}

const blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** Differences below this share of the level are drawn flat. */
const flatShare = 0.05;

/** A size in bytes for a person. */
export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.round(bytes / 1e3)} kB`;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function duration(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 2) return `${Math.round(ms / 1_000)} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 72 * 60
    ? `${Math.round(minutes / 60)} h`
    : `${Math.round(minutes / 1_440)} days`;
}
