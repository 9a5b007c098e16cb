import type { Publication } from "./publication.ts";

/** Publications by what finds them, in the order they came, and how many bytes they are. */
export class Shelf<Key> {
  readonly #publications = new Map<Key, Publication>();
  #bytes = 0;

  get size(): number {
    return this.#publications.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: Key): Publication | undefined {
    return this.#publications.get(key);
  }

  values(): MapIterator<Publication> {
    return this.#publications.values();
  }

  /** Puts it last. */
  set(key: Key, publication: Publication): void {
    this.delete(key);
    this.#publications.set(key, publication);
    this.#bytes += publication.bytes;
  }

  delete(key: Key): void {
    this.#bytes -= this.#publications.get(key)?.bytes ?? 0;
    this.#publications.delete(key);
  }

  /** Takes the oldest. */
  shift(): Publication | undefined {
    for (const [key, publication] of this.#publications) {
      this.delete(key);
      return publication;
    }
    return undefined;
  }
}
