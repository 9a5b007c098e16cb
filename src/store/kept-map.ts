import type { Counters } from "../counters.ts";
import type { Change, Store } from "./store.ts";

/** What tells whether a value can be an entry, as zod's schemas do. */
interface EntrySchema<T> {
  safeParse(value: unknown): { readonly data?: T | undefined };
}

/**
 * A map whose entries are kept below a prefix of the store. It changes at once in memory; the
 * changes it hands out make that last, in whatever batch its owner writes them.
 */
export class KeptMap<T> {
  readonly #prefix: string;
  readonly #entries: Map<string, T>;

  private constructor(prefix: string, entries: Map<string, T>) {
    this.#prefix = prefix;
    this.#entries = entries;
  }

  /**
   * What cannot be read stays on the disk, for whoever can, and is counted.
   * @param schema what an entry has to be
   */
  static async load<T>(
    store: Pick<Store, "entries">,
    prefix: string,
    schema: EntrySchema<T>,
    counters?: Pick<Counters, "add">,
  ): Promise<KeptMap<T>> {
    const entries = new Map<string, T>();
    for (const [key, text] of await store.entries(prefix)) {
      const { data: value } = schema.safeParse(fromJson(text));
      if (value === undefined) counters?.add("store.entries_unreadable");
      else entries.set(key.slice(prefix.length), value);
    }
    return new KeptMap(prefix, entries);
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  values(): readonly T[] {
    return [...this.#entries.values()];
  }

  entries(): readonly (readonly [key: string, value: T])[] {
    return [...this.#entries];
  }

  set(key: string, value: T): Change {
    // The newest is the last one.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return { key: this.#prefix + key, value: JSON.stringify(value) };
  }

  delete(key: string): Change {
    this.#entries.delete(key);
    return { key: this.#prefix + key, value: undefined };
  }

  /** Deletes the oldest entries above a number of them. */
  trim(most: number): readonly Change[] {
    const old = [...this.#entries.keys()].slice(0, Math.max(0, this.#entries.size - most));
    return old.map((key) => this.delete(key));
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
