import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LinkError, ProtocolError, reasonOf } from "../../errors.ts";
import type { ExitCode } from "../../exit-code.ts";
import { readTraceFile, type ReadTrace } from "../../health/trace/read-trace.ts";
import { limits } from "../../limits.ts";
import type { Context } from "../context.ts";
import { codeOf, judgeWatched, show, type ReportOptions } from "./judge-trace.ts";

export interface LeakRunOptions extends ReportOptions {
  /** File that keeps the recording. */
  readonly record?: string;
  /** How often a full collection is forced, in ms. */
  readonly every: number;
  /** After how long the program is asked to stop, in ms; undefined: when it ends by itself. */
  readonly for?: number;
}

/**
 * `koine leak run -- node app.js`: runs a program as it is, with a recorder preloaded, and judges it
 * when it ends. Its output goes where it would go; with `--json` its standard output goes to the
 * standard error, so that the verdict stands alone.
 */
export async function leakRun(
  command: readonly string[],
  options: LeakRunOptions,
  context: Context,
): Promise<ExitCode> {
  const folder = options.record === undefined ? await context.throwAwayDirectory() : undefined;
  // The program may start others elsewhere, as "npm start" does.
  const file = resolve(options.record ?? join(folder?.path ?? ".", "recording.jsonl"));
  try {
    await prepare(file);
    const ended = await runProgram(command, file, options, context);
    const { reader, isCut } = await recorded(file, command, ended);
    const report = judgeWatched(command.join(" "), reader, isCut);
    await show(report, options, context);
    if (ended !== "0") context.complain(`The program ended with ${ended}`);
    return codeOf([report.verdict]);
  } finally {
    await folder?.remove();
  }
}

/** Makes the file empty, before the program runs for nothing. */
async function prepare(file: string): Promise<void> {
  try {
    await using _ = await open(file, "w", 0o600);
  } catch (cause) {
    throw new ProtocolError(`Cannot write "${file}": ${reasonOf(cause)}`, { cause });
  }
}

/** The recorder that the other program loads: a module without imports of ours. */
const recorder = new URL(
  import.meta.url.endsWith(".ts") ? "../../health/recorder.ts" : "../../health/recorder.js",
  import.meta.url,
);

/** How it ended: its exit code, or the signal. */
async function runProgram(
  [program = "", ...args]: readonly string[],
  file: string,
  options: LeakRunOptions,
  context: Context,
): Promise<string> {
  const before = context.env["NODE_OPTIONS"] ?? "";
  const env = {
    ...context.env,
    NODE_OPTIONS: `${before} --import ${recorder.href}`.trim(),
    KOINE_RECORD_FILE: file,
    KOINE_RECORD_EVERY_MS: String(options.every),
  };
  const output = options.json === true ? 2 : "inherit";
  const child = spawn(program, args, { env, stdio: ["inherit", output, "inherit"] });
  const ended = new Promise<string>((tell, fail) => {
    child.once("error", (cause) => {
      fail(new LinkError(`Cannot run "${program}": ${reasonOf(cause)}`, { cause }));
    });
    child.once("exit", (code, signal) => tell(signal ?? String(code)));
  });
  const clock = context.clock(1);
  const over = new AbortController();
  const wished = Promise.race([
    context.stopRequested(),
    ...(options.for === undefined ? [] : [clock.sleep(options.for, over.signal)]),
  ]);
  const stop = async (): Promise<void> => {
    await wished;
    await signalAll(file, child.pid, "SIGTERM", context);
    await clock.sleep(limits.watchedStopMs, over.signal);
    await signalAll(file, child.pid, "SIGKILL", context);
  };
  // Once it has ended nobody waits for the rest.
  stop().catch(() => {});
  try {
    return await ended;
  } finally {
    over.abort();
  }
}

/** The program itself, and those it has started that are recorded: "npm start" does not tell its own. */
async function signalAll(
  file: string,
  own: number | undefined,
  name: "SIGTERM" | "SIGKILL",
  { signal }: Context,
): Promise<void> {
  const recording = await readFile(file, "utf8");
  const starts = recording.matchAll(/^\{"type":"meta","pid":(\d+),/gm);
  const pids = new Set([...starts].map(([, pid]) => Number(pid)));
  if (own !== undefined) pids.add(own);
  for (const pid of pids) {
    try {
      signal(pid, name);
    } catch {
      // It has ended already.
    }
  }
}

async function recorded(
  file: string,
  command: readonly string[],
  ended: string,
): Promise<ReadTrace> {
  const read = await readTraceFile(file);
  if (read.reader.counts.collections + read.reader.counts.samples > 0) return read;
  throw new ProtocolError(
    `"${command.join(" ")}" wrote no recording and ended with ${ended}: is it a program of Node 20 or later that ran for a while?`,
  );
}
