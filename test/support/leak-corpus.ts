import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { reportOf } from "../../src/cli/leak/report.ts";
import { TraceReader } from "../../src/health/trace/trace-reader.ts";

/** What is known of a log of the corpus, independent of what any judge thinks of it. */
const labelSchema = z.object({
  id: z.string(),
  file: z.string(),
  format: z.enum(["plain", "verbose", "nvp", "jsonl"]),
  durationS: z.number(),
  leaky: z.boolean(),
  /** Whether its format shows what leaks. */
  visible: z.boolean(),
  /** Whether there is enough of it: major collections, and growth of three standard errors. */
  judgeable: z.boolean(),
  /** When it began to leak, as a share of the time. */
  onset: z.number().nullish(),
  ratePerHourBytes: z.number().nullish(),
  /** Whether a part of it says nothing. */
  noPrefix: z.boolean().optional(),
});

type Label = z.infer<typeof labelSchema>;

const folder = new URL("../fixtures/leak/", import.meta.url);

export function readLabels(): readonly Label[] {
  const text = readFileSync(new URL("labels.json", folder), "utf8");
  return z.array(labelSchema).parse(JSON.parse(text));
}

/** Lines of a log of the corpus. */
export function readLog({ file }: Label): readonly string[] {
  return gunzipSync(readFileSync(new URL(file, folder)))
    .toString("latin1")
    .split("\n");
}

/** The first part of a log: up to the first line whose own time is later than this share of all. */
export function cut(lines: readonly string[], label: Label, share: number): readonly string[] {
  const pattern = label.format === "jsonl" ? recordedTime : tracedTime;
  const untilMs = share * label.durationS * 1_000;
  const end = lines.findIndex((line) => Number(pattern.exec(line)?.[1] ?? 0) > untilMs);
  return end < 0 ? lines : lines.slice(0, end);
}

const recordedTime = /"t":([\d.]+)/;
const tracedTime = /\[\d+:0x[0-9a-f]+(?::\d+)?\]\s+(\d+) ms:/;

/** What `koine leak` answers. */
interface Answer {
  /** "error" when it is taken for no trace. */
  readonly answer: "leak" | "clean" | "abstained" | "error";
  /** In bytes per hour. */
  readonly rate: number;
  readonly leastVisibleRate: number | undefined;
}

export function answerOf(lines: readonly string[]): Answer {
  const reader = new TraceReader();
  for (const line of lines) reader.push(line);
  const report = reportOf("log", {
    histories: reader.read(),
    counts: reader.counts,
    isCut: false,
  });
  if (!report) return { answer: "error", rate: 0, leastVisibleRate: undefined };
  const { decisive, leastVisibleRate } = report.judgement;
  const { rate } = decisive;
  if (report.verdict === "leak") return { answer: "leak", rate, leastVisibleRate };
  const isUndecided = report.verdict === "insufficient" || report.verdict === "learning";
  return { answer: isUndecided ? "abstained" : "clean", rate, leastVisibleRate };
}

export interface Scored {
  readonly label: Label;
  readonly answer: Answer;
}

/**
 * Logs that leak and cannot be judged stay out of precision and recall. On the others that leak
 * anything but "leak" is a miss; on clean ones abstaining is right, and failing is a false alarm.
 */
export function scoreAll(scored: readonly Scored[]): {
  readonly precision: number;
  readonly recall: number;
  readonly missed: readonly string[];
  readonly falseAlarms: readonly string[];
} {
  const counted = scored.filter(({ label }) => label.judgeable || !label.leaky);
  const leaky = counted.filter(({ label }) => label.leaky);
  const missed = leaky.filter(({ answer }) => answer.answer !== "leak").map(idOf);
  const falseAlarms = counted
    .filter(({ label, answer }) => !label.leaky && ["leak", "error"].includes(answer.answer))
    .map(idOf);
  const found = leaky.length - missed.length;
  return {
    precision: found / Math.max(found + falseAlarms.length, 1),
    recall: found / Math.max(leaky.length, 1),
    missed,
    falseAlarms,
  };
}

/** Of the leaks that show in their format and were not found: those faster than the stated bound. */
export function boundsOf(scored: readonly Scored[]): {
  readonly stated: number;
  readonly unstated: readonly string[];
  readonly dishonest: readonly string[];
} {
  const unfound = scored.filter(
    ({ label, answer }) =>
      label.leaky && label.visible && answer.answer !== "leak" && (label.ratePerHourBytes ?? 0) > 0,
  );
  const stated = unfound.filter(({ answer }) => (answer.leastVisibleRate ?? 0) > 0);
  return {
    stated: stated.length,
    unstated: unfound.filter((one) => !stated.includes(one)).map(idOf),
    dishonest: stated
      .filter(
        ({ label, answer }) =>
          (answer.leastVisibleRate ?? 0) < (label.ratePerHourBytes ?? Infinity),
      )
      .map(idOf),
  };
}

/** By what factor the rates of the leaks that were found are wrong, in either direction. */
export function rateFactors(scored: readonly Scored[]): readonly number[] {
  return scored.flatMap(({ label: { leaky, ratePerHourBytes }, answer: { answer, rate } }) => {
    if (!leaky || answer !== "leak" || !(rate > 0) || !((ratePerHourBytes ?? 0) > 0)) return [];
    return [2 ** Math.abs(Math.log2(rate / (ratePerHourBytes ?? rate)))];
  });
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function idOf({ label }: Scored): string {
  return label.id;
}
