import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

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

  /** Whether a full collection was seen; before, `usedBytes` still holds garbage. */
  get isFloor(): boolean {
    return this.#floorBytes !== undefined;
  }

  get usedBytes(): number {
    return this.#floorBytes ?? getHeapStatistics().used_heap_size;
  }

  get limitBytes(): number {
    return getHeapStatistics().heap_size_limit;
  }
}

const fullCollection = constants.NODE_PERFORMANCE_GC_MAJOR;

function kindOf(entry: object): unknown {
  const detail: unknown = "detail" in entry ? entry.detail : undefined;
  return typeof detail === "object" && detail !== null && "kind" in detail
    ? detail.kind
    : undefined;
}
