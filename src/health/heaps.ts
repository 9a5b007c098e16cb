import type { AdapterHost } from "../core/adapter.ts";
import { HeapFloor, type HeapFigures } from "../heap-floor.ts";
import { limits } from "../limits.ts";
import type { Reading } from "../model/adapter-event.ts";
import { heldBacklogs, type Backlogs } from "./backlogs.ts";
import type { FloorHistory } from "./floor-history.ts";
import { heapReadings } from "./heap-readings.ts";
import { HeapWatch } from "./heap-watch.ts";

/** What the heaps of the daemon are seen through. */
export interface HeapProbes {
  /** Resident memory of the process in bytes, and what V8 has taken of it for the heap of this thread. */
  readonly memoryRssBytes: () => number;
  readonly heapTotalBytes: () => number;
  readonly counters: () => Iterable<readonly [string, number]>;
  /** More that may explain growth: devices, sessions, messages that wait. */
  readonly backlogs: () => Iterable<readonly [string, number]>;
  /** Heaps of adapters that have their own. */
  readonly guests: () => readonly { readonly name: string; readonly heap: HeapFigures }[];
}

/** The heaps of the daemon: that of this thread, and one of each adapter in a thread of its own. */
export class Heaps {
  readonly #probes: HeapProbes;
  readonly #clock: AdapterHost["clock"];
  readonly #history: FloorHistory;
  readonly #floor = new HeapFloor();
  readonly #own = new HeapWatch();
  readonly #guests = new Map<string, HeapWatch>();
  readonly #startedMs: number;
  #judgedMs: number;
  #toldMs: number | undefined;
  /** Everything that was ever told, as unknown. */
  readonly #told = new Map<string, Reading>();
  /** Of all heaps, as they were told. */
  #severities = "";
  /** Which heap is judged next. */
  #turn = 0;

  constructor(probes: HeapProbes, clock: AdapterHost["clock"], history: FloorHistory) {
    this.#probes = probes;
    this.#clock = clock;
    this.#history = history;
    this.#startedMs = this.#judgedMs = clock.monotonic();
  }

  /** Watches until the function it returns is called; the floor is looked at so often, 0 for never. */
  start(probeMs: number): () => void {
    this.#floor.start();
    const stopProbing = this.#floor.probeEvery(probeMs, this.#clock);
    return () => {
      stopProbing();
      this.#floor.stop();
    };
  }

  /** Whether the daemon's own memory will be full soon. */
  get isCritical(): boolean {
    return this.#own.severity === "critical";
  }

  /**
   * Looks at all heaps, and judges them from time to time. What there is to tell is told then, and else
   * every few minutes: dozens of values that hardly change would cost more than all the looking.
   */
  async read(isAsked: boolean): Promise<readonly Reading[]> {
    const atMs = this.#clock.monotonic();
    const own = this.#floor.read();
    const uptimeMs = atMs - this.#startedMs;
    this.#own.see(own, { atMs, backlogs: this.#backlogs(""), nativeBytes: this.#nativeBytes(own) });
    const guests = this.#probes.guests();
    for (const { name, heap } of guests) {
      this.#guestWatch(name).see(heap, { atMs, backlogs: this.#backlogs(`${name}.`) });
    }
    const isJudged = this.#judge(atMs);
    if (own.isFloor) await this.#history.see(uptimeMs, own.floorBytes, this.#clock.now());
    const isDue = this.#toldMs === undefined || atMs - this.#toldMs >= tellMs;
    const severities = [this.#own, ...this.#guests.values()].map(({ severity }) => severity).join();
    const isNews = isJudged || severities !== this.#severities;
    if (!isDue && !isNews && !isAsked) return [];
    this.#toldMs = atMs;
    this.#severities = severities;
    return this.#withGone(this.#readings(own, guests, atMs));
  }

  #readings(
    own: HeapFigures,
    guests: ReturnType<HeapProbes["guests"]>,
    atMs: number,
  ): readonly Reading[] {
    const { compared } = this.#history;
    const uptimeMs = atMs - this.#startedMs;
    return [
      ...heapReadings(own, this.#own, { atMs }),
      { is: "memory_native", value: this.#nativeBytes(own) },
      { is: "gc_time", value: uptimeMs > 0 ? Math.min((own.pausedMs * 100) / uptimeMs, 100) : 0 },
      ...(compared
        ? ([
            { is: "heap_compared", value: compared.bytes },
            { is: "heap_compared_with", value: compared.version },
          ] as const)
        : []),
      ...guests.flatMap(({ name, heap }) =>
        heapReadings(heap, this.#guestWatch(name), { atMs, part: name.replaceAll("-", "_") }),
      ),
    ];
  }

  /** What was told before and is not known any more is said to be unknown: it would stand for ever. */
  #withGone(readings: readonly Reading[]): readonly Reading[] {
    const gone = new Map(this.#told);
    for (const { is, part } of readings) {
      gone.delete(`${is} ${part}`);
      this.#told.set(`${is} ${part}`, { is, value: null, ...(part !== undefined && { part }) });
    }
    return [...readings, ...gone.values()];
  }

  /** One heap at a time: judging one takes tens of ms. Tells whether it was one's turn. */
  #judge(atMs: number): boolean {
    if (atMs - this.#judgedMs < judgeMs / (1 + this.#guests.size)) return false;
    this.#judgedMs = atMs;
    const all = [this.#own, ...this.#guests.values()];
    all[this.#turn++ % all.length]?.judge(atMs);
    return true;
  }

  #guestWatch(name: string): HeapWatch {
    let watch = this.#guests.get(name);
    if (!watch) {
      watch = new HeapWatch();
      this.#guests.set(name, watch);
    }
    return watch;
  }

  /** What adapters of this thread hold; or of a guest, what it holds itself. */
  #backlogs(prefix: string): Backlogs {
    const held = heldBacklogs(this.#probes.counters());
    if (prefix === "") {
      for (const [name, count] of this.#probes.backlogs()) {
        if (held.size < limits.heapBacklogs) held.set(name, count);
      }
      return held;
    }
    return new Map([...held].filter(([name]) => name.startsWith(prefix)));
  }

  /** Of the whole process: what no heap of it accounts for. */
  #nativeBytes({ externalBytes }: HeapFigures): number {
    const { memoryRssBytes, heapTotalBytes, guests } = this.#probes;
    let bytes = memoryRssBytes() - heapTotalBytes() - externalBytes;
    for (const { heap } of guests()) bytes -= heap.totalBytes + heap.externalBytes;
    return Math.max(bytes, 0);
  }
}

/** How often each heap is judged at most, and all is told at least, in ms. */
const judgeMs = 30 * 60_000;
const tellMs = 5 * 60_000;
