const mib = 1_048_576;

/** What the service may use of the machine's memory. All in MiB. */
export interface MemoryBudget {
  /** Heap of the daemon's own thread, `--max-old-space-size`. */
  readonly heapMib: number;
  /** Everything of the service, adapters in processes of their own included: `MemoryMax`. */
  readonly allMib: number;
}

/** Less of either is too little to start with all adapters: 165 MiB resident at rest, and a process for Bluetooth. */
const leastHeapMib = 96;
const leastAllMib = 320;
/** More is never needed, and would only be found to be full later. */
const mostHeapMib = 512;
const mostAllMib = 2_048;

/**
 * Five eighths of the memory for all, so that the system lives on when the service is full; a quarter of
 * that for the heap, as it is full first: the daemon then restarts in order, and is not killed.
 */
export function memoryBudget(totalBytes: number): MemoryBudget {
  const allMib = clamp((totalBytes / mib) * 0.625, leastAllMib, mostAllMib);
  return { allMib, heapMib: clamp(allMib / 4, leastHeapMib, mostHeapMib) };
}

/** In steps of 16 MiB: what a machine says of its memory differs a little from one kernel to the next. */
function clamp(valueMib: number, least: number, most: number): number {
  return Math.min(Math.max(Math.round(valueMib / 16) * 16, least), most);
}
