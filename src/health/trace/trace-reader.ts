import { limits } from "../../limits.ts";
import type { Collection } from "./collection.ts";
import { HeapBlock } from "./heap-block.ts";
import { HeapRun, type HeapHistory } from "./heap-run.ts";
import { parseJsonValue, parseNameValue, parseObject } from "./name-value.ts";
import { parsePlain, plainQuantumBytes } from "./plain-line.ts";
import { parseRecorded } from "./recording.ts";

/** What was read, line by line. */
export interface TraceCounts {
  /** Lines of any kind. */
  lines: number;
  collections: number;
  samples: number;
  /** Lines that V8's trace repeats in its report of a fatal error. */
  repeated: number;
  /** Lines of a trace, or of a recording, that could not be read: torn, or of a form not known. */
  unparsed: number;
  /** Lines too long to be taken whole. */
  linesCut: number;
  /** Isolates beyond the limit, of which nothing is kept. */
  isolatesDropped: number;
}

/**
 * Reads a trace or a recording line by line, mixed as it may be with what the program itself writes.
 * One history comes of each isolate of each start of each process.
 */
export class TraceReader {
  readonly counts: TraceCounts = {
    lines: 0,
    collections: 0,
    samples: 0,
    repeated: 0,
    unparsed: 0,
    linesCut: 0,
    isolatesDropped: 0,
  };
  /** Of the newest start of each isolate. */
  readonly #isolates = new Map<string, Isolate>();
  readonly #ended: HeapRun[] = [];
  /** Whose collection was the last one. */
  #latest: HeapRun | undefined;

  push(line: string): void {
    this.counts.lines++;
    if (line.startsWith("{")) this.#pushObject(line);
    else this.#pushText(line);
  }

  /** Those with the most major collections first. */
  read(): readonly HeapHistory[] {
    const runs = [...this.#ended, ...[...this.#isolates.values()].map(({ run }) => run)];
    return runs.map((run) => run.read()).toSorted((a, b) => b.majors - a.majors);
  }

  /** A recording, or what Docker keeps of a line. */
  #pushObject(line: string): void {
    if (line.startsWith('{"log":')) {
      const text = parseObject(line)?.["log"];
      if (typeof text === "string") this.#pushText(text);
      else this.counts.unparsed++;
      return;
    }
    if (!recorded.test(line)) return this.#pushText(line);
    const entry = parseRecorded(line);
    if (!entry) {
      this.counts.unparsed++;
      return;
    }
    const { pid, thread } = recordedBy(line);
    const isolate = this.#isolate(pid, thread, 1);
    const { run } = isolate;
    if (entry.type === "collection") {
      this.counts.collections++;
      run.collected(entry.collection, entry.detail);
    } else if (entry.type === "timed") {
      this.counts.collections++;
      run.timed(entry.atMs, entry.isMajor, entry.pauseMs);
    } else if (entry.type === "sample") {
      this.counts.samples++;
      run.sampled(entry.sample);
    } else if (entry.type === "limit") run.limitBytes = entry.limitBytes;
  }

  #pushText(line: string): void {
    // A cheap look first: most lines of most logs are the program's own.
    if (line.includes(":0x") || line.includes(" ms: ")) this.#pushTrace(line);
    else if (this.#latest && outOfMemory.test(line)) this.#latest.ranOut = true;
  }

  /** Each head in the line begins an entry: the one before it may have been torn. */
  #pushTrace(line: string): void {
    head.lastIndex = 0;
    let found = head.exec(line);
    while (found) {
      const from = head.lastIndex;
      const next = head.exec(line);
      const text = line.slice(from, next?.index).trimEnd();
      this.#pushEntry(found, text);
      found = next;
    }
  }

  #pushEntry([, pid = "", address = "", at]: RegExpExecArray, text: string): void {
    if (at === undefined) {
      this.#pushBlock(`${pid}:${address}`, text);
      return;
    }
    const atMs = Number(at);
    const plain = parsePlain(text, atMs);
    const collection = plain ?? parseNameValue(text, atMs) ?? parseJsonValue(text, atMs);
    if (!collection) {
      if (looksCollected.test(text)) this.counts.unparsed++;
      return;
    }
    const isolate = this.#isolate(Number(pid), address, plain ? plainQuantumBytes : 1);
    if (isolate.isRepeated(collection)) {
      this.counts.repeated++;
      return;
    }
    this.counts.collections++;
    this.#latest = this.#current(isolate, collection);
    this.#latest.collected(collection);
  }

  #pushBlock(key: string, text: string): void {
    const isolate = this.#isolates.get(key);
    const detail = isolate?.block.push(text);
    if (detail) isolate?.run.detailed(detail);
  }

  /** The run of an isolate; another one when its time has begun anew: the process was started again. */
  #current(isolate: Isolate, { atMs }: Collection): HeapRun {
    if (atMs + restartMs >= isolate.run.endMs) return isolate.run;
    this.#ended.push(isolate.run);
    if (this.#ended.length > limits.traceIsolates) {
      const least = leastTelling(this.#ended);
      this.#ended.splice(this.#ended.indexOf(least), 1);
      this.counts.isolatesDropped++;
    }
    isolate.restart();
    return isolate.run;
  }

  /** Where there are too many, the one of which the least is known makes room. */
  #isolate(pid: number, address: string, quantumBytes: number): Isolate {
    const key = `${pid}:${address}`;
    const known = this.#isolates.get(key);
    if (known) return known;
    if (this.#isolates.size >= limits.traceIsolates) {
      const least = leastTelling([...this.#isolates.values()].map(({ run }) => run));
      const [dropped] = [...this.#isolates].find(([, { run }]) => run === least) ?? [key];
      this.#isolates.delete(dropped);
      this.counts.isolatesDropped++;
    }
    const isolate = new Isolate({ pid, isolate: address, quantumBytes });
    this.#isolates.set(key, isolate);
    return isolate;
  }
}

/** The one with the fewest major collections, and of those the one that was heard least. */
function leastTelling(runs: readonly HeapRun[]): HeapRun {
  return runs.reduce((least, run) =>
    run.majors < least.majors || (run.majors === least.majors && run.minors < least.minors)
      ? run
      : least,
  );
}

/** An isolate, and what is needed to tell its lines apart. */
class Isolate {
  readonly #identity: {
    readonly pid: number;
    readonly isolate: string;
    readonly quantumBytes: number;
  };
  readonly #recent: string[] = [];
  readonly block = new HeapBlock();
  run: HeapRun;

  constructor(identity: {
    readonly pid: number;
    readonly isolate: string;
    readonly quantumBytes: number;
  }) {
    this.#identity = identity;
    this.run = new HeapRun(identity);
  }

  restart(): void {
    this.run = new HeapRun(this.#identity);
  }

  /** The report of a fatal error shows the last collections once more. */
  isRepeated({ atMs, beforeBytes, afterBytes }: Collection): boolean {
    const mark = `${atMs} ${beforeBytes} ${afterBytes}`;
    if (this.#recent.includes(mark)) return true;
    this.#recent.push(mark);
    if (this.#recent.length > repeatedMost) this.#recent.shift();
    return false;
  }
}

/**
 * `[PID:ISOLATE] MS ms: ` or, in blocks, without a time; Node 24 and later name a third number, and
 * Windows writes addresses without `0x`.
 */
const head = /\[(\d+):(0x[0-9a-f]+|[0-9a-f]{8,16})(?::\d+)?\] (?:\s*(\d+) ms: )?/gi;
const recorded = /^\{"type":"(?:meta|sample|gc|gcprof)"/;
/** What begins as a collection does, but could not be read. */
const looksCollected =
  /^(?:Incremental |Minor )?(?:Scavenge|Mark-\w+)(?: \([a-z ]+\))* \d|^pause=|^GC: \{/i;
/** A recording of several processes names them in each of its lines, behind the type. */
function recordedBy(line: string): { readonly pid: number; readonly thread: string } {
  const [, pid = "0", thread = "0"] = recorder.exec(line) ?? [];
  return { pid: Number(pid), thread: thread === "0" ? "main" : `thread ${thread}` };
}

const recorder = /^\{"type":"[a-z]+","pid":(\d+),"thread":(\d+),/;
/** How V8 ends its report of a fatal error. */
const outOfMemory = /FATAL ERROR: .*heap out of memory/;
/** How far time may go back without a new start: threads write in any order. In ms. */
const restartMs = 1_000;
/** Lines the report of a fatal error repeats at most, with room to spare. */
const repeatedMost = 16;
