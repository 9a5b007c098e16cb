import type { Clock, Timer } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { isKoineError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Change, Store } from "../store/store.ts";
import type { Logger } from "./logger.ts";

export interface PatientWriterOptions {
  readonly store: Pick<Store, "write">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/**
 * Writes what the core must not lose to a disk that may refuse. What it refuses is said, does not
 * silence the world, and is tried again: together with the next change, or after a while.
 */
export class PatientWriter {
  readonly #options: PatientWriterOptions;
  /** What is not on the disk, by key; the newest value counts. */
  readonly #unwritten = new Map<string, string | undefined>();
  #last: Promise<unknown> = Promise.resolve();
  /** The attempt that takes what comes now. */
  #next: Promise<boolean> | undefined;
  #retry: Timer | undefined;

  constructor(options: PatientWriterOptions) {
    this.#options = options;
  }

  /** Resolves to whether the changes are on the disk. Those that come meanwhile share one attempt. */
  write(changes: readonly Change[]): Promise<boolean> {
    for (const change of changes) this.#keep(change);
    if (!this.#next) {
      const attempt = this.#last.then(() => this.#attempt());
      this.#next = attempt;
      this.#last = attempt.catch(() => {});
    }
    return this.#next;
  }

  /** Tries again what the disk refused. Never rejects for its sake. */
  async flush(): Promise<void> {
    if (this.#unwritten.size > 0) await this.write([]);
  }

  #keep({ key, value }: Change): void {
    this.#unwritten.delete(key);
    this.#unwritten.set(key, value);
    const [oldest] = this.#unwritten.keys();
    if (this.#unwritten.size <= limits.storeUnwritten || oldest === undefined) return;
    this.#unwritten.delete(oldest);
    this.#options.counters.add("dropped.store_changes");
  }

  async #attempt(): Promise<boolean> {
    const { store, counters, log, clock } = this.#options;
    this.#next = undefined;
    this.#retry?.cancel();
    const changes = [...this.#unwritten].map(([key, value]) => ({ key, value }));
    this.#unwritten.clear();
    try {
      await store.write(changes);
      return true;
    } catch (err) {
      if (!isKoineError(err, "link") && !isKoineError(err, "limit")) throw err;
      const newer = [...this.#unwritten].map(([key, value]) => ({ key, value }));
      for (const change of [...changes, ...newer]) this.#keep(change);
      counters.add("store.writes_failed");
      log.warn({ err, waiting: this.#unwritten.size }, "changes not written");
      this.#retry?.cancel();
      this.#retry = clock.after(limits.storeRetryMs, () => void this.flush());
      return false;
    }
  }
}
