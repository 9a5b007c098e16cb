import { getHeapStatistics } from "node:v8";
import { systemClock } from "../../clock.ts";
import { InvariantError } from "../../errors.ts";
import { HeapFloor, type HeapFigures } from "../../heap-floor.ts";
import { limits } from "../../limits.ts";

/** Why a guest was ended that used too much memory. */
export const outOfMemoryReason = `it needs more than ${limits.guestHeapMib} MiB`;

const limitBytes = limits.guestHeapMib * 2 ** 20;

/**
 * The heap of a guest, seen from inside. V8's own limit ends a thread as well, but where the heap
 * grows slowly it may end the whole process: so the guest says earlier that it must be ended;
 * and what its buffers hold counts too.
 */
export class GuestHeap {
  readonly #floor = new HeapFloor();

  read(): HeapFigures {
    return { ...this.#floor.read(), limitBytes };
  }

  /**
   * Watches until the function it returns is called; tells, again and again, when it is too full.
   * Every `probeMs` of real time it looks at the floor where V8 has not; never when that is 0.
   */
  watch(tooFull: (error: InvariantError) => void, probeMs: number): () => void {
    this.#floor.start();
    const stopProbing = this.#floor.probeEvery(probeMs, systemClock());
    // Real time: memory does not fill faster where a clock does.
    const timer = systemClock().every(limits.guestHeapWatchMs, () => {
      const { used_heap_size: used, external_memory: external } = getHeapStatistics();
      if (used + external <= limitBytes) return;
      tooFull(new InvariantError(`The adapter was ended: ${outOfMemoryReason}`));
    });
    return () => {
      stopProbing();
      timer.cancel();
      this.#floor.stop();
    };
  }
}
