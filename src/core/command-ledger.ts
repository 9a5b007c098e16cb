import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { limits } from "../limits.ts";
import { parseDocument } from "../model/parse.ts";
import { isFinal, resultSchema, type Result } from "../model/result.ts";
import { scalarSchema } from "../model/state.ts";
import type { Change, Store } from "../store/store.ts";
import type { PatientWriter } from "./patient-writer.ts";

const entrySchema = z.object({
  device: z.string(),
  id: z.string(),
  /** SHA-256 of the payload, so that the same `_id` with another body is told apart. */
  hash: z.string(),
  /** Wall time of acceptance in ms. */
  atMs: z.number(),
  /** Wall time in ms after which it is void, where it was given. */
  expiresAtMs: z.number().optional(),
  /** Wished values by key, so that a queued command can be superseded after a restart. */
  wishes: z.record(z.string(), scalarSchema),
  /** The last result published. */
  result: resultSchema,
});
/** A command that is remembered: by its asker's `_id`, or because its adapter queued it. */
export type LedgerEntry = Readonly<z.infer<typeof entrySchema>>;

/** What is remembered from the start. */
export type NewEntry = Omit<LedgerEntry, "hash" | "atMs"> & { readonly payload: string };

interface Remembered {
  readonly entry: LedgerEntry;
  /** Monotonic ms of acceptance; of one in an earlier run, as far as the time of day tells. */
  readonly openedAt: number;
}

export interface LedgerOptions {
  readonly store: Omit<Store, "close">;
  readonly writer: PatientWriter;
  readonly clock: Clock;
  readonly counters: Counters;
}

const prefix = "command/";

/**
 * Remembers commands for a while, on disk: a repeated `_id` (a text sent twice, a client that was
 * not sure) is answered, not carried out again; a queued command still has its asker after a
 * restart.
 */
export class CommandLedger {
  readonly #options: LedgerOptions;
  /** In order of acceptance. */
  readonly #entries = new Map<string, Remembered>();

  private constructor(options: LedgerOptions) {
    this.#options = options;
  }

  static async load(options: LedgerOptions): Promise<CommandLedger> {
    const ledger = new CommandLedger(options);
    const rows = await options.store.entries(prefix);
    const entries = rows.flatMap(([, json]) => readEntry(json, options.counters));
    for (const entry of entries.toSorted((a, b) => a.atMs - b.atMs)) {
      ledger.#entries.set(keyOf(entry), { entry, openedAt: openingOf(entry, options.clock) });
    }
    return ledger;
  }

  /** Commands of earlier runs that have no last word. */
  unfinished(): readonly LedgerEntry[] {
    return [...this.#entries.values()]
      .map(({ entry }) => entry)
      .filter(({ result }) => !isFinal(result.status));
  }

  /** What is remembered of this `_id` on this device. */
  find(device: string, id: string): LedgerEntry | undefined {
    const remembered = this.#entries.get(keyOf({ device, id }));
    return remembered && this.#isFresh(remembered) ? remembered.entry : undefined;
  }

  /** Whether the entry is for exactly this payload. */
  matches(entry: LedgerEntry, payload: string): boolean {
    return entry.hash === hashOf(payload);
  }

  /** Remembers a command; resolves to whether that survives a crash. */
  async open({ payload, ...command }: NewEntry): Promise<boolean> {
    const { clock, writer } = this.#options;
    const entry = { ...command, hash: hashOf(payload), atMs: clock.now() };
    this.#entries.delete(keyOf(entry));
    this.#entries.set(keyOf(entry), { entry, openedAt: clock.monotonic() });
    return writer.write([...this.#prune(), changeOf(entry)]);
  }

  /**
   * Remembers the newest result of a command that was opened; resolves to whether it is on the disk.
   * @param told resolves when the result is kept for clients that are away. A last word is remembered
   * after that: a command that the disk says is over is never answered again
   */
  async update(
    device: string,
    id: string,
    result: Result,
    told: () => Promise<void>,
  ): Promise<boolean> {
    const remembered = this.#entries.get(keyOf({ device, id }));
    if (!remembered) return true;
    const entry = { ...remembered.entry, result };
    this.#entries.set(keyOf(entry), { ...remembered, entry });
    if (isFinal(result.status)) await told();
    return this.#options.writer.write([changeOf(entry)]);
  }

  /** A command under way is remembered however long it takes; a wall clock may have jumped. */
  #isFresh({ entry, openedAt }: Remembered): boolean {
    const { clock } = this.#options;
    if (!isFinal(entry.result.status)) return true;
    return clock.monotonic() - openedAt < limits.commandMemoryMs;
  }

  /** Drops what is too old or too much, oldest first; returns the deletions. */
  #prune(): readonly Change[] {
    const dropped: Change[] = [];
    for (const [key, remembered] of this.#entries) {
      const isFull = this.#entries.size > limits.commandsRemembered;
      if (!isFull && !isFinal(remembered.entry.result.status)) continue;
      if (!isFull && this.#isFresh(remembered)) break;
      if (isFull) this.#options.counters.add("dropped.commands_remembered");
      this.#entries.delete(key);
      dropped.push({ key: prefix + key, value: undefined });
    }
    return dropped;
  }
}

/** While the time of day is not to be believed, a command of an earlier run may be a new one. */
function openingOf({ atMs }: LedgerEntry, clock: Clock): number {
  const ageMs = clock.synced() ? Math.abs(clock.now() - atMs) : 0;
  return clock.monotonic() - ageMs;
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

function changeOf(entry: LedgerEntry): Change {
  return { key: prefix + keyOf(entry), value: JSON.stringify(entry) };
}
