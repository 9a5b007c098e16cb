import type { Clock, Timer } from "../../clock.ts";
import type { Counters } from "../../counters.ts";
import type { Logger } from "../../core/logger.ts";
import { isKoineError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Change, Store } from "../../store/store.ts";
import { Latencies } from "./latencies.ts";

export interface JournalOptions {
  readonly store: Omit<Store, "close">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What became of changes that were handed over. */
export interface Commit {
  /** Resolves when the disk has taken them, or has refused them for now. */
  readonly tried: Promise<void>;
  /** Resolves when they are on the disk, however long that takes. */
  readonly durable: Promise<void>;
}

/**
 * Writes what the broker keeps. Changes of one turn of the event loop share a batch, and so do
 * those that come while one is being written. What the disk refuses is tried again until it takes
 * it; the newest change of a key counts.
 */
export class Journal {
  /** How long batches took, in ms. */
  readonly latencies = new Latencies();
  readonly #options: JournalOptions;
  #changes = new Map<string, string | undefined>();
  #tried = new Waiters();
  #durable = new Waiters();
  #writing: Promise<void> | undefined;
  #lazy: Timer | undefined;
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Whether the disk refused the last batch. */
  get refuses(): boolean {
    return this.#retry !== undefined;
  }

  commit(changes: readonly Change[]): Commit {
    if (this.#isClosed) return { tried: Promise.resolve(), durable: new Promise(() => {}) };
    this.#keep(changes);
    const { promise: tried } = this.#tried;
    const { promise: durable } = this.#durable;
    if (this.refuses) return { tried: Promise.resolve(), durable };
    this.#writing ??= this.#writeAll();
    return { tried, durable };
  }

  /** For what may be lost with the last second: joins the next batch. */
  later(changes: readonly Change[]): void {
    if (changes.length === 0 || this.#isClosed) return;
    this.#keep(changes);
    this.#lazy ??= this.#options.clock.after(limits.mqttLazyMs, () => {
      this.#lazy = undefined;
      this.commit([]);
    });
  }

  /** Writes what waits, once more if it was refused, and then no more. */
  async close(): Promise<void> {
    this.#lazy?.cancel();
    this.#stopRetrying();
    await this.commit([]).tried;
    await this.#writing;
    this.#isClosed = true;
    this.#stopRetrying();
  }

  #stopRetrying(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #keep(changes: readonly Change[]): void {
    for (const { key, value } of changes) {
      if ((value?.length ?? 0) > limits.mqttSliceLength) {
        // The store would never take it, and nothing else as long as it is tried.
        this.#options.counters.add("dropped.store_changes");
        continue;
      }
      // What is written last is last: the order of keys is the order of events.
      this.#changes.delete(key);
      this.#changes.set(key, value);
    }
  }

  async #writeAll(): Promise<void> {
    await endOfTurn();
    while (this.#changes.size > 0 && !this.refuses && !this.#isClosed) await this.#writeBatch();
    this.#writing = undefined;
    if (this.#changes.size === 0) this.#settle();
  }

  async #writeBatch(): Promise<void> {
    const { clock } = this.#options;
    const changes = [...this.#changes];
    const [tried, durable] = [this.#tried, this.#durable];
    this.#changes = new Map();
    this.#tried = new Waiters();
    this.#durable = new Waiters();
    const startedAt = clock.monotonic();
    try {
      await this.#writeSlices(changes);
      this.latencies.add(clock.monotonic() - startedAt);
      durable.resolve();
    } catch (error) {
      this.#refused(changes, durable, error);
    }
    tried.resolve();
  }

  /** A batch may be large, after the disk was full for a while; the store takes only so much at once. */
  async #writeSlices(changes: [string, string | undefined][]): Promise<void> {
    while (changes.length > 0) {
      let length = 0;
      const count = changes.findIndex(([key, value = ""]) => {
        length += key.length + value.length;
        return length > limits.mqttSliceLength;
      });
      const slice = changes.slice(0, Math.max(count === -1 ? changes.length : count, 1));
      await this.#options.store.write(slice.map(([key, value]) => ({ key, value })));
      changes.splice(0, slice.length);
    }
  }

  #refused(
    changes: readonly (readonly [string, string | undefined])[],
    durable: Waiters,
    err: unknown,
  ): void {
    if (!isKoineError(err, "link") && !isKoineError(err, "limit")) throw err;
    const { clock, counters, log } = this.#options;
    this.#changes = new Map([...changes, ...this.#changes]);
    void this.#durable.promise.then(() => durable.resolve());
    // Whoever has joined meanwhile is refused for now, too.
    this.#tried.resolve();
    this.#tried = new Waiters();
    counters.add("broker.commits_failed");
    log.warn({ err, waiting: this.#changes.size }, "messages not written, nothing is acknowledged");
    if (this.#isClosed) return;
    this.#retry = clock.after(limits.storeRetryMs, () => {
      this.#retry = undefined;
      this.commit([]);
    });
  }

  /** Nothing waits: whoever asked with nothing to write has it. */
  #settle(): void {
    this.#tried.resolve();
    this.#durable.resolve();
    this.#tried = new Waiters();
    this.#durable = new Waiters();
  }
}

/** A promise for everyone who waits for the same thing, made when somebody does. */
class Waiters {
  #promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  get promise(): Promise<void> {
    return (this.#promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    }));
  }

  resolve(): void {
    this.#resolve?.();
  }
}

/** Lets every change of this turn of the event loop join the same batch. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
