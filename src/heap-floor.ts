import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

/** How full a heap is, in bytes. */
export interface HeapFigures {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Whether it was measured just after a full collection; otherwise it holds garbage too. */
  readonly isFloor: boolean;
}

/** Watches V8's heap: what is in use just after a full collection is what the program holds. */
export class HeapFloor {
  readonly #observer: PerformanceObserver;
  #floorBytes: number | undefined;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      const full = list.getEntries().some((entry) => kindOf(entry) === fullCollection);
      if (full) this.#floorBytes = getHeapStatistics().used_heap_size;
    });
  }

  start(): void {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  read(): HeapFigures {
    const now = getHeapStatistics();
    return {
      usedBytes: this.#floorBytes ?? now.used_heap_size,
      limitBytes: now.heap_size_limit,
      isFloor: this.#floorBytes !== undefined,
    };
  }
}

const fullCollection = constants.NODE_PERFORMANCE_GC_MAJOR;

function kindOf(entry: object): unknown {
  const detail: unknown = "detail" in entry ? entry.detail : undefined;
  return typeof detail === "object" && detail !== null && "kind" in detail
    ? detail.kind
    : undefined;
}
