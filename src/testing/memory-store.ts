import type { Change, Store } from "../store/store.ts";

/** A store that forgets everything with the process. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, string>();

  async get(key: string): Promise<string | undefined> {
    return this.#entries.get(key);
  }

  async entries(prefix: string): ReturnType<Store["entries"]> {
    const found = [...this.#entries].filter(([key]) => key.startsWith(prefix));
    return found.toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  async write(changes: readonly Change[]): Promise<void> {
    for (const { key, value } of changes) {
      if (value === undefined) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
  }

  async close(): Promise<void> {}
}
