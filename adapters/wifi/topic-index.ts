import type { Dialect, Peer } from "./dialect.ts";

/** A device and the dialect it speaks. */
export interface Known {
  readonly dialect: Dialect<Peer>;
  readonly peer: Peer;
}

/** Finds the devices that a topic belongs to. */
export class TopicIndex {
  readonly #topics = new Map<string, Known[]>();
  readonly #bases = new Map<string, Known[]>();
  readonly #roots = new Map<string, Known[]>();

  add(known: Known): void {
    for (const [index, paths] of this.#entries(known)) {
      for (const path of paths) index.set(path, [...(index.get(path) ?? []), known]);
    }
  }

  remove(known: Known): void {
    for (const [index, paths] of this.#entries(known)) {
      for (const path of paths) {
        const left = (index.get(path) ?? []).filter(({ peer }) => peer !== known.peer);
        if (left.length > 0) index.set(path, left);
        else index.delete(path);
      }
    }
  }

  /** Everyone who has this very topic, and those of the nearest topic above that has an owner. */
  find(topic: string): readonly Known[] {
    const exact = this.#topics.get(topic) ?? [];
    const owners = this.#ownersOf(topic);
    if (exact.length === 0) return owners;
    return [...exact, ...owners.filter(({ peer }) => exact.every((one) => one.peer !== peer))];
  }

  #ownersOf(topic: string): readonly Known[] {
    let end = topic.lastIndexOf("/");
    const parents = this.#bases.get(topic.slice(0, Math.max(end, 0)));
    if (parents) return parents;
    for (; end > 0; end = topic.lastIndexOf("/", end - 1)) {
      const owners = this.#roots.get(topic.slice(0, end));
      if (owners) return owners;
    }
    return this.#roots.get(topic) ?? [];
  }

  #entries({ peer }: Known): readonly (readonly [Map<string, Known[]>, readonly string[]])[] {
    return [
      [this.#topics, peer.topics ?? []],
      [this.#bases, peer.bases],
      [this.#roots, peer.roots ?? []],
    ];
  }
}
