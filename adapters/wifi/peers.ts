import {
  identifierText,
  invariant,
  isHardware,
  parseScalar,
  z,
  type Identifier,
  type Ref,
  type Store,
} from "koine/adapter";
import { ranks, type Dialect, type Peer } from "./dialect.ts";
import { limits } from "./limits.ts";
import { TopicIndex, type Known } from "./topic-index.ts";

type AdapterStore = Pick<Store, "entries" | "write">;

/** What every dialect remembers of a device. */
export const peerShape = {
  key: z.string(),
  ref: z.array(z.tuple([z.string(), z.string()]).readonly()).readonly(),
  bases: z.array(z.string()).readonly(),
  roots: z.array(z.string()).readonly().optional(),
  topics: z.array(z.string()).readonly().optional(),
  claims: z.array(z.string()).readonly().optional(),
};

/** Every device the adapter talks to, by dialect and key, found again by topic. Kept on disk. */
export class Peers {
  readonly #dialects: readonly Dialect<Peer>[];
  /** Those first that are to be believed sooner. */
  readonly #byRank: readonly Dialect<Peer>[];
  readonly #byDialect = new Map<string, Map<string, Peer>>();
  readonly #byTopic = new TopicIndex();
  /** By dialect and identifier. */
  readonly #byIdentifier = new Map<string, Known>();
  /** Store keys of devices that are known under another name now. */
  readonly #retired = new Set<string>();
  /** Devices that the registry has forgotten, by store key: they go when there is no more room. */
  readonly #released = new Map<string, Known>();
  #size = 0;
  #version = 0;

  constructor(dialects: readonly Dialect<Peer>[]) {
    this.#dialects = dialects;
    this.#byRank = dialects.toSorted((a, b) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank));
    for (const { name } of dialects) this.#byDialect.set(name, new Map());
  }

  /** Another one after every change. */
  get version(): number {
    return this.#version;
  }

  /** Remembers the devices of earlier runs; one that cannot be read is left to be heard again. */
  async load(store: AdapterStore, unreadable: () => void): Promise<void> {
    for (const dialect of this.#dialects) {
      if (!dialect.peerSchema) continue;
      for (const [, json] of await store.entries(`peer/${dialect.name}/`)) {
        const peer = parsePeer(dialect, json);
        if (peer) this.keep(dialect, peer);
        else unreadable();
      }
    }
  }

  /** Writes these devices, and deletes those that are no more. */
  async save(devices: readonly Known[], store: AdapterStore): Promise<void> {
    const gone = [...this.#retired].map((key) => ({ key, value: undefined }));
    this.#retired.clear();
    const kept = devices
      .filter(({ dialect }) => dialect.peerSchema)
      .map(({ dialect, peer }) => ({ key: keyOf(dialect, peer), value: JSON.stringify(peer) }));
    if (gone.length + kept.length > 0) await store.write([...gone, ...kept]);
  }

  /** All devices of a dialect, by key. */
  of(dialect: Dialect<Peer>): ReadonlyMap<string, Peer> {
    return this.#peersOf(dialect);
  }

  /** The devices that a topic belongs to. */
  find(topic: string): readonly Known[] {
    return this.#byTopic.find(topic);
  }

  /**
   * The device that has one of these identifiers, the strongest first, and of two dialects the one
   * that is believed sooner. A device with another hardware address is another one, though it now talks under the same name.
   */
  findByRef(ref: Ref): Known | undefined {
    for (const identifier of ref) {
      for (const dialect of this.#byRank) {
        const known = this.#byIdentifier.get(indexOf(dialect, identifier));
        if (known && !isOther(known.peer.ref, ref)) return known;
      }
    }
    return undefined;
  }

  /**
   * Remembers a device in place of what was known under its key, and of the same hardware under
   * another one: its topic was changed.
   * @returns whether there was room
   */
  keep(dialect: Dialect<Peer>, peer: Peer): boolean {
    const peers = this.#peersOf(dialect);
    for (const identifier of peer.ref.filter(isHardware)) {
      const other = this.#byIdentifier.get(indexOf(dialect, identifier))?.peer;
      if (other && other.key !== peer.key) this.#forget(dialect, other);
    }
    const before = peers.get(peer.key);
    if (!before && !this.#hasRoom()) return false;
    if (before) this.#forget(dialect, before);
    this.#size += 1;
    this.#version += 1;
    this.#retired.delete(keyOf(dialect, peer));
    this.#released.delete(keyOf(dialect, peer));
    peers.set(peer.key, peer);
    this.#byTopic.add({ dialect, peer });
    for (const one of peer.ref) this.#byIdentifier.set(indexOf(dialect, one), { dialect, peer });
    return true;
  }

  /** Forgets a device that is no more. */
  forget(dialect: Dialect<Peer>, key: string): void {
    const peer = this.#peersOf(dialect).get(key);
    if (peer) this.#forget(dialect, peer);
  }

  /** Lets go of a device that the registry has forgotten, unless it is heard again. */
  release(ref: Ref): void {
    for (const dialect of this.#dialects) {
      for (const identifier of ref) {
        const known = this.#byIdentifier.get(indexOf(dialect, identifier));
        if (!known || isOther(known.peer.ref, ref)) continue;
        const key = keyOf(dialect, known.peer);
        this.#released.set(key, known);
        if (dialect.peerSchema) this.#retired.add(key);
      }
    }
  }

  isReleased({ dialect, peer }: Known): boolean {
    return this.#released.has(keyOf(dialect, peer));
  }

  /** What was let go makes room for what is new. */
  #hasRoom(): boolean {
    if (this.#size < limits.peers) return true;
    const [released] = this.#released.values();
    if (released) this.forget(released.dialect, released.peer.key);
    return released !== undefined;
  }

  /** Whether a dialect of these knows hardware of this ref. */
  hasHardware(dialectsAsked: readonly Dialect<Peer>[], ref: Ref): boolean {
    return ref
      .filter(isHardware)
      .some((one) =>
        dialectsAsked.some((dialect) => this.#byIdentifier.has(indexOf(dialect, one))),
      );
  }

  #forget(dialect: Dialect<Peer>, peer: Peer): void {
    this.#peersOf(dialect).delete(peer.key);
    this.#byTopic.remove({ dialect, peer });
    for (const one of peer.ref) {
      const index = indexOf(dialect, one);
      if (this.#byIdentifier.get(index)?.peer === peer) this.#byIdentifier.delete(index);
    }
    this.#released.delete(keyOf(dialect, peer));
    if (dialect.peerSchema) this.#retired.add(keyOf(dialect, peer));
    this.#size -= 1;
    this.#version += 1;
  }

  #peersOf(dialect: Dialect<Peer>): Map<string, Peer> {
    const peers = this.#byDialect.get(dialect.name);
    invariant(peers, `dialect "${dialect.name}" is not one of ours`);
    return peers;
  }
}

function parsePeer(dialect: Dialect<Peer>, json: string): Peer | undefined {
  try {
    return dialect.peerSchema?.safeParse(parseScalar(json)).data;
  } catch {
    // Not JSON: as little to be read as a peer of another shape.
    return undefined;
  }
}

function keyOf({ name }: Dialect<Peer>, { key }: Peer): string {
  return `peer/${name}/${key}`;
}

function indexOf({ name }: Dialect<Peer>, identifier: Identifier): string {
  return `${name}/${identifierText(identifier)}`;
}

/** Whether two refs have hardware addresses of one scheme that differ. */
function isOther(a: Ref, b: Ref): boolean {
  return a
    .filter(isHardware)
    .some(([scheme, value]) => b.some((other) => other[0] === scheme && other[1] !== value));
}
