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
  /** Keys of entries that could not be read: they stay on the disk, for whoever can. */
  readonly unreadable: readonly string[];

  private constructor(prefix: string, entries: Map<string, T>, unreadable: readonly string[]) {
    this.#prefix = prefix;
    this.#entries = entries;
    this.unreadable = unreadable;
  }

  /** @param schema what an entry has to be */
  static async load<T>(
    store: Pick<Store, "entries">,
    prefix: string,
    schema: EntrySchema<T>,
  ): Promise<KeptMap<T>> {
    const entries = new Map<string, T>();
    const unreadable: string[] = [];
    for (const [key, text] of await store.entries(prefix)) {
      const { data: value } = schema.safeParse(fromJson(text));
      if (value === undefined) unreadable.push(key);
      else entries.set(key.slice(prefix.length), value);
    }
    return new KeptMap(prefix, entries, unreadable);
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
