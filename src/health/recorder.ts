/**
 * Loaded into another program by `NODE_OPTIONS=--import`: writes down its collections, and how much
 * memory it holds just after a full one that is forced at intervals. Prints nothing, keeps nothing
 * running, and never throws into the program.
 */
import fs from "node:fs";
import perfHooks from "node:perf_hooks";
import v8 from "node:v8";
import vm from "node:vm";
import workerThreads from "node:worker_threads";

/** A collection may take this share of the time at most, whatever the interval. */
const mostShare = 0.02;

const file = process.env["KOINE_RECORD_FILE"];
const everyMs = Number(process.env["KOINE_RECORD_EVERY_MS"]);
if (file !== undefined && everyMs > 0) record(file, everyMs);

function record(path: string, intervalMs: number): void {
  const output = openFile(path);
  if (output === undefined) return;
  const who = `"pid":${process.pid},"thread":${workerThreads.threadId}`;
  const write = (type: string, fields: string): void => {
    try {
      fs.writeSync(output, `{"type":"${type}",${who},${fields}}\n`);
    } catch {
      // A full disk is no fault of the program that is watched.
    }
  };
  const { heap_size_limit: heapLimit } = v8.getHeapStatistics();
  write("meta", `"node":"${process.version}","heapLimit":${heapLimit}`);
  const observer = new perfHooks.PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind = 0 } = (entry as { detail?: { kind?: number } }).detail ?? {};
      const [t, ms] = [entry.startTime.toFixed(1), entry.duration.toFixed(3)];
      write("gc", `"t":${t},"kind":${kind},"ms":${ms}`);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const collect = collector();
  let waitMs = intervalMs;
  const look = (): void => {
    const startedAt = perfHooks.performance.now();
    collect?.();
    const tookMs = perfHooks.performance.now() - startedAt;
    write("sample", sampleOf(collect !== undefined));
    waitMs = Math.max(intervalMs, tookMs / mostShare);
    setTimeout(look, waitMs).unref();
  };
  setTimeout(look, waitMs).unref();
}

/** Undefined where it may not be written: that is no fault of the program that is watched. */
function openFile(path: string): number | undefined {
  try {
    return fs.openSync(path, "a", 0o600);
  } catch {
    return undefined;
  }
}

/** What collects the whole heap; undefined where V8 does not give it. */
function collector(): (() => void) | undefined {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("typeof gc === 'function' ? gc : undefined");
  return typeof collect === "function" ? () => void collect() : undefined;
}

function sampleOf(isFloor: boolean): string {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { number_of_native_contexts: contexts, number_of_detached_contexts: detached } =
    v8.getHeapStatistics();
  const spaces = v8
    .getHeapSpaceStatistics()
    .map((one) => `"${one.space_name.replace(/_space$/, "")}":${one.space_used_size}`);
  return [
    `"t":${perfHooks.performance.now().toFixed(1)},"floor":${isFloor}`,
    // Resident memory is that of all threads.
    ...(workerThreads.isMainThread ? [`"rss":${rss}`] : []),
    `"heapTotal":${heapTotal},"heapUsed":${heapUsed}`,
    `"external":${external},"arrayBuffers":${arrayBuffers}`,
    `"contexts":${contexts},"detached":${detached},"spaces":{${spaces.join(",")}}`,
  ].join(",");
}
