import { writeFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { isKoineError, ProtocolError, reasonOf } from "../../errors.ts";
import { exitCode, type ExitCode } from "../../exit-code.ts";
import { readTrace, readTraceFile, type ReadTrace } from "../../health/trace/read-trace.ts";
import type { TraceReader } from "../../health/trace/trace-reader.ts";
import type { Verdict } from "../../health/verdict/judge.ts";
import type { Context } from "../context.ts";
import { plot } from "./plot.ts";
import { reportJson, reportOf, type Report } from "./report.ts";
import { reportLines } from "./words.ts";

export interface ReportOptions {
  readonly json?: boolean;
  /** File for a drawing. */
  readonly svg?: string;
}

/** `koine leak FILE…|-`: judges each trace; the worst verdict decides how the command ends. */
export async function judgeTraces(
  files: readonly string[],
  options: ReportOptions,
  context: Context,
): Promise<ExitCode> {
  // Nothing that is read lives long: a young generation that does not grow takes 10 MB less.
  setFlagsFromString("--semi-space-growth-factor=1");
  const verdicts: Verdict[] = [];
  let failed = false;
  for (const file of files) {
    const isInput = file === "-";
    try {
      const report = await judgeTrace(isInput ? "standard input" : file, () =>
        isInput ? readTrace(context.input()) : readTraceFile(file),
      );
      await show(report, options, context);
      verdicts.push(report.verdict);
    } catch (error) {
      if (!isKoineError(error, "protocol")) throw error;
      context.complain(error.message);
      failed = true;
    }
  }
  return failed ? exitCode.badInput : codeOf(verdicts);
}

/** @throws ProtocolError when it cannot be read, or holds no trace */
async function judgeTrace(name: string, read: () => Promise<ReadTrace>): Promise<Report> {
  try {
    const { reader, isCut } = await read();
    return judgeReader(name, reader, isCut);
  } catch (cause) {
    if (isKoineError(cause, "protocol")) throw cause;
    throw new ProtocolError(`Cannot read "${name}": ${reasonOf(cause)}`, { cause });
  }
}

/** @throws ProtocolError when nothing of a trace was read */
function judgeReader(name: string, reader: TraceReader, isCut: boolean): Report {
  const { counts } = reader;
  const report = reportOf(name, { histories: reader.read(), counts, isCut });
  if (report) return report;
  const why =
    counts.lines === 0
      ? "it is empty"
      : `none of its ${counts.lines} lines is a garbage collection${counts.unparsed > 0 ? `, ${counts.unparsed} are torn or of an unknown form` : ""}`;
  throw new ProtocolError(
    `"${name}" is no trace of V8: ${why}. Expected is what "node --trace-gc" prints, with or without --trace-gc-verbose or --trace-gc-nvp, or a recording of "koine leak run --record"`,
  );
}

/**
 * Judges what was recorded of a program that was watched.
 * @throws ProtocolError when it ended before anything could be measured
 */
export function judgeWatched(name: string, reader: TraceReader, isCut = false): Report {
  const { counts } = reader;
  const report = reportOf(name, { histories: reader.read(), counts, isCut });
  if (report) return report;
  throw new ProtocolError(
    `Nothing was measured of "${name}": it was watched for too short a time. Let it run for longer, or measure more often with --every`,
  );
}

export async function show(
  report: Report,
  { json, svg }: ReportOptions,
  { print, colours }: Context,
): Promise<void> {
  if (json === true) print(JSON.stringify(reportJson(report)));
  else for (const line of reportLines(report, colours)) print(line);
  if (svg === undefined) return;
  try {
    await writeFile(svg, plot(report.source, report.history, report.judgement));
  } catch (cause) {
    throw new ProtocolError(`Cannot write "${svg}": ${reasonOf(cause)}`, { cause });
  }
}

/** 1 for a leak, 2 where it is not decided, 0 when all are well. */
export function codeOf(verdicts: readonly Verdict[]): ExitCode {
  if (verdicts.includes("leak")) return exitCode.negative;
  return verdicts.every((verdict) => verdict === "ok") ? exitCode.ok : exitCode.undecided;
}
