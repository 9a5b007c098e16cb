import { LinkError } from "../../src/errors.ts";
import { openStore } from "../../src/store/level-store.ts";
import type { Change, Store } from "../../src/store/store.ts";

/** A real store that tells whether writes are under way, and can be like a full disk. */
export class FragileStore implements Store {
  waiting = 0;
  refuses = false;
  readonly #store: Store;

  private constructor(store: Store) {
    this.#store = store;
  }

  static async open(directory: string): Promise<FragileStore> {
    return new FragileStore((await openStore(directory, "damaged")).store);
  }

  get(key: string): Promise<string | undefined> {
    return this.#store.get(key);
  }

  entries(prefix: string): ReturnType<Store["entries"]> {
    return this.#store.entries(prefix);
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.waiting += 1;
    try {
      if (this.refuses) throw new LinkError("Cannot write: no space left on device");
      await this.#store.write(changes);
    } finally {
      this.waiting -= 1;
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
