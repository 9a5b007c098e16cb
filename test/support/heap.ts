import type { HeapFigures } from "../../src/heap-floor.ts";

/** Figures of a small heap that was just collected. */
export function heapFigures(some: Partial<HeapFigures> = {}): HeapFigures {
  return {
    usedBytes: 10_000_000,
    limitBytes: 100_000_000,
    totalBytes: 15_000_000,
    isFloor: true,
    majors: 1,
    minors: 10,
    floorBytes: 9_000_000,
    externalBytes: 2_000_000,
    pausedMs: 30,
    pauseP50Ms: 2,
    pauseP99Ms: 7,
    longestPauseMs: 8,
    fragmentation: 0.1,
    contexts: 2,
    detachedContexts: 0,
    probeMs: 0,
    ...some,
  };
}
