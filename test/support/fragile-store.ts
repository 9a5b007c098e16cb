import { LinkError } from "../../src/errors.ts";
import { openStore } from "../../src/store/level-store.ts";
import type { Change, Store } from "../../src/store/store.ts";

/** A real store that tells whether it is at work, and can be like a full disk. */
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
    return this.#counted(this.#store.get(key));
  }

  entries(prefix: string): ReturnType<Store["entries"]> {
    return this.#counted(this.#store.entries(prefix));
  }

  write(changes: readonly Change[]): Promise<void> {
    const refused = new LinkError("Cannot write: no space left on device");
    return this.#counted(this.refuses ? Promise.reject(refused) : this.#store.write(changes));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #counted<T>(work: Promise<T>): Promise<T> {
    this.waiting += 1;
    try {
      return await work;
    } finally {
      this.waiting -= 1;
    }
  }
}
