import { limits } from "../../limits.ts";
import type { Collection, HeapDetail, Sample } from "./collection.ts";
import { Pauses } from "../../gc-pauses.ts";
import { Thinned } from "./thinned.ts";

/** One size at one time. */
export interface Point {
  /** In ms since the process started. */
  readonly atMs: number;
  readonly bytes: number;
}

/** What was still in use just after the whole heap was collected, and how hard the program worked. */
export interface Floor extends Point {
  /** Bytes the program had allocated since it started, as far as the trace shows. */
  readonly allocatedBytes: number;
}

/** What a trace says of one isolate from one start of its process on. */
export interface HeapHistory {
  readonly pid: number;
  /** Address of the isolate, or "main" where there is only one. */
  readonly isolate: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly majors: number;
  readonly minors: number;
  /** The heap after its major collections, in the order of time. */
  readonly floors: readonly Floor[];
  /** The heap after collections of any kind; the lowest of each while. */
  readonly collections: readonly Point[];
  /** What objects of the heap hold outside it, after major collections. Empty where not told. */
  readonly external: readonly Point[];
  /** Resident memory that is neither; the lowest of each while. Empty where not told. */
  readonly native: readonly Point[];
  /** In use after the first and after the last collection of any kind, and the most at any time. */
  readonly firstBytes: number;
  readonly lastBytes: number;
  readonly peakBytes: number;
  readonly limitBytes: number | undefined;
  /** Smallest difference the sizes of the floors can show. */
  readonly quantumBytes: number;
  readonly pauses: Pauses;
  /** Whether the process died of a full heap. */
  readonly ranOut: boolean;
  readonly contexts: number | undefined;
  readonly detachedContexts: number | undefined;
}

/** Gathers what a trace says of one isolate; its memory does not grow with the trace. */
export class HeapRun {
  readonly #pid: number;
  readonly #isolate: string;
  readonly #quantumBytes: number;
  readonly #pauses = new Pauses();
  /** By where the size comes from: the trace itself, a profile, or the next sample. */
  readonly #floors = { traced: floors(), detailed: floors(), sampled: floors() };
  readonly #collections = points();
  readonly #external = points();
  readonly #native = points();
  #majors = 0;
  #minors = 0;
  #startMs: number | undefined;
  #endMs = 0;
  #firstBytes: number | undefined;
  #lastBytes = 0;
  #peakBytes = 0;
  #allocatedBytes = 0;
  #limitBytes: number | undefined;
  #sample: Sample | undefined;
  #last: Collection | undefined;
  /** Major collections without a size, until a sample tells it. */
  #unsizedAtMs: number | undefined;
  #unsized = false;
  /** Set when the process has died of a full heap. */
  ranOut = false;

  constructor(identity: { readonly pid: number; readonly isolate: string; quantumBytes: number }) {
    this.#pid = identity.pid;
    this.#isolate = identity.isolate;
    this.#quantumBytes = identity.quantumBytes;
  }

  get endMs(): number {
    return this.#endMs;
  }

  get majors(): number {
    return this.#majors;
  }

  get minors(): number {
    return this.#minors;
  }

  set limitBytes(bytes: number) {
    this.#limitBytes = bytes;
  }

  collected(collection: Collection, detail?: HeapDetail): void {
    const { atMs, isMajor, beforeBytes, afterBytes, pauseMs } = collection;
    this.#seen(atMs, isMajor, pauseMs);
    this.#allocatedBytes += Math.max(beforeBytes - this.#lastBytes, 0);
    this.#sized(beforeBytes, afterBytes);
    this.#last = collection;
    this.#collections.push({ atMs, bytes: afterBytes });
    if (isMajor) {
      this.#floors.traced.push({ atMs, bytes: afterBytes, allocatedBytes: this.#allocatedBytes });
    }
    if (detail) this.detailed(detail);
  }

  /** More of the last collection. */
  detailed({ oldBytes, externalBytes }: HeapDetail): void {
    if (!this.#last?.isMajor) return;
    const { atMs } = this.#last;
    const allocatedBytes = this.#allocatedBytes;
    if (oldBytes !== undefined)
      this.#floors.detailed.push({ atMs, bytes: oldBytes, allocatedBytes });
    if (externalBytes !== undefined) this.#external.push({ atMs, bytes: externalBytes });
  }

  /** A collection of which only the time is known. */
  timed(atMs: number, isMajor: boolean, pauseMs: number): void {
    this.#seen(atMs, isMajor, pauseMs);
    if (!isMajor) return;
    this.#unsizedAtMs = atMs;
    this.#unsized = true;
  }

  sampled(sample: Sample): void {
    const { atMs, usedBytes, oldBytes, externalBytes, nativeBytes } = sample;
    this.#startMs ??= atMs;
    this.#endMs = Math.max(this.#endMs, atMs);
    this.#sized(usedBytes, usedBytes);
    this.#sample = sample;
    if (this.#unsized) this.#collections.push({ atMs, bytes: usedBytes });
    if (nativeBytes !== undefined) this.#native.push({ atMs, bytes: nativeBytes });
    const tellsLast = this.#unsizedAtMs !== undefined && atMs >= this.#unsizedAtMs;
    if (!tellsLast && !sample.isFloor) return;
    this.#unsizedAtMs = undefined;
    // Each collection of the young part stands for about as much that was allocated.
    const allocatedBytes = this.#minors * sampledMinorBytes;
    this.#floors.sampled.push({ atMs, bytes: oldBytes ?? usedBytes, allocatedBytes });
    if (externalBytes !== undefined) this.#external.push({ atMs, bytes: externalBytes });
  }

  read(): HeapHistory {
    return {
      pid: this.#pid,
      isolate: this.#isolate,
      startMs: this.#startMs ?? 0,
      endMs: this.#endMs,
      majors: this.#majors,
      minors: this.#minors,
      floors: this.#bestFloors(),
      collections: this.#collections.read(),
      external: this.#external.read(),
      native: this.#native.read(),
      firstBytes: this.#firstBytes ?? 0,
      lastBytes: this.#lastBytes,
      peakBytes: this.#peakBytes,
      limitBytes: this.#limitBytes,
      quantumBytes: this.#quantumBytes,
      pauses: this.#pauses,
      ranOut: this.ranOut,
      contexts: this.#sample?.contexts,
      detachedContexts: this.#sample?.detachedContexts,
    };
  }

  #seen(atMs: number, isMajor: boolean, pauseMs: number): void {
    this.#startMs ??= atMs;
    this.#endMs = Math.max(this.#endMs, atMs);
    if (isMajor) this.#majors++;
    else this.#minors++;
    this.#pauses.add(pauseMs);
  }

  #sized(beforeBytes: number, afterBytes: number): void {
    this.#firstBytes ??= afterBytes;
    this.#lastBytes = afterBytes;
    this.#peakBytes = Math.max(this.#peakBytes, beforeBytes);
  }

  /** Old space alone is better than the total; but what is told of most collections is best. */
  #bestFloors(): readonly Floor[] {
    const [traced, detailed, sampled] = [
      this.#floors.traced.read(),
      this.#floors.detailed.read(),
      this.#floors.sampled.read(),
    ];
    if (detailed.length * 4 >= Math.max(traced.length, sampled.length) * 3) return detailed;
    return sampled.length > traced.length ? sampled : traced;
  }
}

/** A collection of the young part of the heap in a recording, in bytes; only ratios of it matter. */
const sampledMinorBytes = 1_048_576;

function floors(): Thinned<Floor> {
  return new Thinned(limits.traceFloors);
}

function points(): Thinned<Point> {
  return new Thinned(limits.traceFloors);
}
