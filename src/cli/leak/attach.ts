import { writeFile } from "node:fs/promises";
import { isKoineError, ProtocolError, reasonOf } from "../../errors.ts";
import type { ExitCode } from "../../exit-code.ts";
import { TraceReader } from "../../health/trace/trace-reader.ts";
import type { Context } from "../context.ts";
import { Inspector } from "./inspector.ts";
import { codeOf, judgeWatched, show, type ReportOptions } from "./judge-trace.ts";

export interface AttachOptions extends ReportOptions {
  readonly record?: string;
  /** How long it is watched, and how often a full collection is forced, in ms. */
  readonly for: number;
  readonly every: number;
  readonly port: number;
}

/**
 * `koine leak attach PID`: judges a running program by floors that the inspector forces, and leaves
 * it as it was. Only its main thread is looked at.
 */
export async function attach(
  pid: number,
  options: AttachOptions,
  context: Context,
): Promise<ExitCode> {
  const clock = context.clock(1);
  const stop = new AbortController();
  void context.stopRequested().then(() => stop.abort());
  const lines: string[] = [];
  const reader = new TraceReader();
  const keep = (line: string): void => {
    reader.push(line);
    if (options.record !== undefined) lines.push(line);
  };
  {
    const { port } = options;
    await using inspector = await Inspector.attach(pid, {
      port,
      clock,
      signal: (number) => context.signal(number, "SIGUSR1"),
    });
    keep(String(await inspector.evaluate(metaExpression)));
    const untilMs = clock.monotonic() + options.for;
    while (clock.monotonic() < untilMs && !stop.signal.aborted) {
      const startedMs = clock.monotonic();
      if (!(await look(inspector, keep, context))) break;
      const tookMs = clock.monotonic() - startedMs;
      await sleep(Math.max(options.every, tookMs / mostShare) - tookMs, stop.signal);
    }
  }
  const report = judgeWatched(`process ${pid}`, reader);
  await show(report, options, context);
  // Last: what minutes have shown is not lost to a full disk.
  if (options.record !== undefined) await write(options.record, lines);
  return codeOf([report.verdict]);

  async function sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** A collection may take this share of the program's time at most, whatever the interval. */
const mostShare = 0.02;

/** One floor; false when the program has ended meanwhile, or answers no more. */
async function look(
  inspector: Inspector,
  keep: (line: string) => void,
  { complain }: Context,
): Promise<boolean> {
  try {
    await inspector.call("HeapProfiler.collectGarbage");
    keep(String(await inspector.evaluate(sampleExpression)));
    return true;
  } catch (error) {
    if (!isKoineError(error, "link")) throw error;
    complain(`${error.message}: judged by what was seen until then`);
    return false;
  }
}

async function write(file: string, lines: readonly string[]): Promise<void> {
  try {
    await writeFile(file, `${lines.join("\n")}\n`);
  } catch (cause) {
    throw new ProtocolError(`Cannot write "${file}": ${reasonOf(cause)}`, { cause });
  }
}

/** Lines of a recording, made in the program. */
const metaExpression = `(() => {
  const v8 = require("node:v8");
  return JSON.stringify({
    type: "meta", pid: process.pid, thread: 0,
    node: process.version, heapLimit: v8.getHeapStatistics().heap_size_limit,
  });
})()`;
const sampleExpression = `(() => {
  const v8 = require("node:v8");
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const heap = v8.getHeapStatistics();
  return JSON.stringify({
    type: "sample", pid: process.pid, thread: 0, t: performance.now(), floor: true,
    rss, heapTotal, heapUsed, external, arrayBuffers,
    contexts: heap.number_of_native_contexts, detached: heap.number_of_detached_contexts,
    spaces: Object.fromEntries(v8.getHeapSpaceStatistics().map((space) =>
      [space.space_name.replace(/_space$/, ""), space.space_used_size])),
  });
})()`;
