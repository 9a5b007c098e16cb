import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import { memoryEntry, noMemory, type Memory } from "./memory.ts";

/** What is remembered of the talk with each person. */
export class Memories {
  readonly #memories: KeptMap<Memory>;

  private constructor(memories: KeptMap<Memory>) {
    this.#memories = memories;
  }

  static async load(store: Store): Promise<Memories> {
    return new Memories(await KeptMap.load(store, "dialogue/person/", memoryEntry));
  }

  of(person: string): Memory {
    return this.#memories.get(person) ?? noMemory;
  }

  /** The change makes it last. */
  set(person: string, memory: Memory): Change {
    return this.#memories.set(person, memory);
  }
}
