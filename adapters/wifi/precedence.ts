import { ranks, type Dialect, type Peer, type Rank } from "./dialect.ts";
import type { Peers } from "./peers.ts";
import type { Known } from "./topic-index.ts";

/**
 * Decides who speaks for a device that two dialects know, by its hardware address or by a topic
 * that both call theirs: a device in its own words before a description of it, and that before a
 * guess.
 */
export class Precedence {
  readonly #peers: Peers;
  /** The dialects to be believed before those of a rank. */
  readonly #sooner: ReadonlyMap<Rank, readonly Dialect<Peer>[]>;
  /** What was found, and at which version of the peers. */
  readonly #known = new WeakMap<Peer, { readonly version: number; readonly found: boolean }>();

  constructor(dialects: readonly Dialect<Peer>[], peers: Peers) {
    this.#peers = peers;
    this.#sooner = new Map(
      ranks.map((rank, index) => [
        rank,
        dialects.filter((dialect) => ranks.indexOf(dialect.rank) < index),
      ]),
    );
  }

  /** Whether the dialect that speaks for it knows it by the same hardware address. */
  sharesHardware({ dialect, peer }: Known): boolean {
    return this.#peers.hasHardware(this.#sooner.get(dialect.rank) ?? [], peer.ref);
  }

  isOvershadowed({ dialect, peer }: Known): boolean {
    if (dialect.rank === "native") return false;
    const { version } = this.#peers;
    const known = this.#known.get(peer);
    if (known?.version === version) return known.found;
    const found = this.#find(this.#sooner.get(dialect.rank) ?? [], peer);
    this.#known.set(peer, { version, found });
    return found;
  }

  #find(sooner: readonly Dialect<Peer>[], { ref, claims = [] }: Peer): boolean {
    if (this.#peers.hasHardware(sooner, ref)) return true;
    return claims.some((topic) =>
      this.#peers.find(topic).some(({ dialect }) => sooner.includes(dialect)),
    );
  }
}
