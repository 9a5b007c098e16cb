import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { systemClock, type Clock } from "./clock.ts";
import { Pauses } from "./gc-pauses.ts";
import { collectHeap } from "./heap-compaction.ts";
import { limits } from "./limits.ts";

/** How full a heap is, in bytes, and how it was collected. */
export interface HeapFigures {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** What V8 has taken from the system for it. */
  readonly totalBytes: number;
  /** Whether it was measured just after a full collection; otherwise it holds garbage too. */
  readonly isFloor: boolean;
  /** Collections since the thread started: of the whole heap, and of its young part alone. */
  readonly majors: number;
  readonly minors: number;
  /** What survived the last full collection, without V8's own code and tables; 0 before the first. */
  readonly floorBytes: number;
  /** What objects of the heap hold outside it, then. */
  readonly externalBytes: number;
  /** How long collections stopped the thread in ms: in all, half of them, 99 of 100, and at most. */
  readonly pausedMs: number;
  readonly pauseP50Ms: number;
  readonly pauseP99Ms: number;
  readonly longestPauseMs: number;
  /** Share of the old part of the heap that is taken from the system and not in use. */
  readonly fragmentation: number;
  readonly contexts: number;
  readonly detachedContexts: number;
  /** How long the last collection took that was forced to see the floor, in ms; 0 before the first. */
  readonly probeMs: number;
}

/** Watches V8's heap: what is in use just after a full collection is what the program holds. */
export class HeapFloor {
  readonly #observer: PerformanceObserver;
  #majors = 0;
  /** Full collections that V8 made of itself. */
  #unforced = 0;
  #minors = 0;
  readonly #pauses = new Pauses();
  #probeMs = 0;
  #floor:
    | { readonly usedBytes: number; readonly oldBytes: number; readonly externalBytes: number }
    | undefined;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      let isFull = false;
      for (const entry of list.getEntries()) {
        const isMajor = kindOf(entry) === fullCollection;
        if (isMajor) this.#majors++;
        else this.#minors++;
        if (isMajor && !isForced(entry)) this.#unforced++;
        isFull ||= isMajor;
        this.#pauses.add(entry.duration);
      }
      if (isFull) this.#measure();
    });
  }

  start(): void {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /**
   * Looks at the floor at intervals, by a full collection that is forced, where V8 has made none
   * meanwhile. It stops the thread for as long as the heap is large, 20 ms for 14 MB and 150 ms for
   * 63 MB on a PC: after one that took longer than `mostMs` of real time the next is left out. Never
   * when the interval is 0.
   */
  probeEvery(intervalMs: number, clock: Clock, mostMs: number = limits.heapProbeMs): () => void {
    if (intervalMs <= 0) return () => {};
    // The observer hears of a probe after it: counted as V8's own it would stand for the next one.
    let before = this.#unforced;
    const timer = clock.every(intervalMs, () => {
      if (this.#unforced === before) this.#probe(mostMs);
      before = this.#unforced;
    });
    return () => timer.cancel();
  }

  read(): HeapFigures {
    const now = getHeapStatistics();
    const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === "old_space");
    return {
      usedBytes: this.#floor?.usedBytes ?? now.used_heap_size,
      limitBytes: now.heap_size_limit,
      totalBytes: now.total_heap_size,
      isFloor: this.#floor !== undefined,
      majors: this.#majors,
      minors: this.#minors,
      floorBytes: this.#floor?.oldBytes ?? 0,
      externalBytes: this.#floor?.externalBytes ?? 0,
      pausedMs: this.#pauses.totalMs,
      pauseP50Ms: this.#pauses.quantile(0.5) ?? 0,
      pauseP99Ms: this.#pauses.quantile(0.99) ?? 0,
      longestPauseMs: this.#pauses.longestMs,
      fragmentation: old && old.space_size > 0 ? 1 - old.space_used_size / old.space_size : 0,
      contexts: now.number_of_native_contexts,
      detachedContexts: now.number_of_detached_contexts,
      probeMs: this.#probeMs,
    };
  }

  #probe(mostMs: number): void {
    if (this.#probeMs > mostMs) {
      // It may have been the machine: the one after this is tried again.
      this.#probeMs = 0;
      return;
    }
    // Real time: a collection does not get slower where a clock runs faster.
    const clock = systemClock();
    const startedMs = clock.monotonic();
    if (!collectHeap()) return;
    this.#probeMs = clock.monotonic() - startedMs;
    this.#measure();
  }

  #measure(): void {
    const { used_heap_size: usedBytes, external_memory: externalBytes } = getHeapStatistics();
    let oldBytes = 0;
    for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
      if (name === "old_space" || name === "large_object_space") oldBytes += used;
    }
    this.#floor = { usedBytes, oldBytes, externalBytes: externalBytes ?? 0 };
  }
}

const fullCollection = constants.NODE_PERFORMANCE_GC_MAJOR;

function kindOf(entry: object): unknown {
  return detailOf(entry, "kind");
}

function isForced(entry: object): boolean {
  const flags = detailOf(entry, "flags");
  return typeof flags === "number" && (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0;
}

function detailOf(entry: object, name: string): unknown {
  const detail: unknown = "detail" in entry ? entry.detail : undefined;
  return typeof detail === "object" && detail !== null ? Reflect.get(detail, name) : undefined;
}
