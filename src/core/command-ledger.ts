import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { limits } from "../limits.ts";
import { parseDocument } from "../model/parse.ts";
import { isFinal, resultSchema, type Result } from "../model/result.ts";
import type { Store } from "../store/store.ts";

const entrySchema = z.object({
  device: z.string(),
  id: z.string(),
  /** SHA-256 of the payload, so that the same `_id` with another body is told apart. */
  hash: z.string(),
  /** Wall time of acceptance in ms. */
  atMs: z.number(),
  /** The last result published. */
  result: resultSchema,
});
/** A command that was accepted under an `_id` of its asker. */
export type LedgerEntry = Readonly<z.infer<typeof entrySchema>>;

export interface LedgerOptions {
  readonly store: Omit<Store, "close">;
  readonly clock: Clock;
  readonly counters: Counters;
}

const prefix = "command/";

/**
 * Remembers accepted commands for a while, on disk: a repeated `_id` (a text sent twice, a client
 * that was not sure) is answered, not carried out again.
 */
export class CommandLedger {
  readonly #store: Omit<Store, "close">;
  readonly #clock: Clock;
  readonly #counters: Counters;
  /** In order of acceptance. */
  readonly #entries = new Map<string, LedgerEntry>();

  private constructor(store: Omit<Store, "close">, clock: Clock, counters: Counters) {
    this.#store = store;
    this.#clock = clock;
    this.#counters = counters;
  }

  static async load({ store, clock, counters }: LedgerOptions): Promise<CommandLedger> {
    const ledger = new CommandLedger(store, clock, counters);
    const rows = await store.entries(prefix);
    const entries = rows.flatMap(([, json]) => readEntry(json, counters));
    for (const entry of entries.toSorted((a, b) => a.atMs - b.atMs)) {
      ledger.#entries.set(keyOf(entry), entry);
    }
    return ledger;
  }

  /** Commands that an earlier run sent and never finished; a queued one its adapter still has. */
  unfinished(): readonly LedgerEntry[] {
    return [...this.#entries.values()].filter(({ result }) => result.status === "accepted");
  }

  /** What is remembered of this `_id` on this device. */
  find(device: string, id: string): LedgerEntry | undefined {
    const entry = this.#entries.get(keyOf({ device, id }));
    return entry && this.#isFresh(entry) ? entry : undefined;
  }

  /** Whether the entry is for exactly this payload. */
  matches(entry: LedgerEntry, payload: string): boolean {
    return entry.hash === hashOf(payload);
  }

  /** Remembers an accepted command; resolves when that survives a crash. */
  async open(device: string, id: string, payload: string, result: Result): Promise<void> {
    const entry = { device, id, hash: hashOf(payload), atMs: this.#clock.now(), result };
    this.#entries.delete(keyOf(entry));
    this.#entries.set(keyOf(entry), entry);
    await this.#store.write([...this.#prune(), changeOf(entry)]);
  }

  /** Remembers the newest result of a command that was opened; does nothing for others. */
  async update(device: string, id: string, result: Result): Promise<void> {
    const entry = this.#entries.get(keyOf({ device, id }));
    if (!entry) return;
    const updated = { ...entry, result };
    this.#entries.set(keyOf(entry), updated);
    await this.#store.write([changeOf(updated)]);
  }

  #isFresh({ atMs, result }: LedgerEntry): boolean {
    // A command still under way is remembered however long it takes.
    return !isFinal(result.status) || Math.abs(this.#clock.now() - atMs) < limits.commandMemoryMs;
  }

  /** Drops what is too old or too much, oldest first; returns the deletions. */
  #prune(): { key: string; value: undefined }[] {
    const dropped: { key: string; value: undefined }[] = [];
    for (const [key, entry] of this.#entries) {
      const full = this.#entries.size > limits.commandsRemembered;
      if (!full && !isFinal(entry.result.status)) continue;
      if (!full && this.#isFresh(entry)) break;
      if (full) this.#counters.add("dropped.commands_remembered");
      this.#entries.delete(key);
      dropped.push({ key: prefix + key, value: undefined });
    }
    return dropped;
  }
}

function readEntry(json: string, counters: Counters): readonly LedgerEntry[] {
  try {
    return [parseDocument(entrySchema, json, "command memory")];
  } catch {
    // A record that cannot be read is left alone; its command is answered as a new one.
    counters.add("store.records_unreadable");
    return [];
  }
}

function keyOf({ device, id }: { device: string; id: string }): string {
  return `${device}/${id}`;
}

function hashOf(payload: string): string {
  return createHash("sha256").update(payload).digest("base64url");
}

function changeOf(entry: LedgerEntry): { key: string; value: string } {
  return { key: prefix + keyOf(entry), value: JSON.stringify(entry) };
}
