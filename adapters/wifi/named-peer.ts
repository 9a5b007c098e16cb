import { idScheme, slug, z, type Identifier, type Ref } from "koine/adapter";
import { peerShape } from "./peers.ts";

/** What is remembered of a device that has all its topics below one. */
export const rootedPeerShape = { ...peerShape, root: z.string(), mac: z.string().optional() };

interface Rooted {
  /** The make, which the id begins with: `espurna`. */
  readonly make: string;
  /** What tells it apart from others of its make. */
  readonly name: string;
  /** The topic that all of its topics are below. */
  readonly root: string;
  /** Twelve hexadecimal digits in lower case. */
  readonly mac?: string | undefined;
}

/** The part of a peer that follows from where its topics are. */
export function rootedPeer({ make, name, root, mac }: Rooted): {
  readonly key: string;
  readonly ref: Ref;
  readonly bases: readonly string[];
  readonly roots: readonly string[];
  readonly root: string;
  readonly mac?: string | undefined;
} {
  const named = idOf(make, name);
  const ref: Ref = mac === undefined ? [named] : [["wifi", mac], named];
  return { key: root, ref, bases: [], roots: [root], root, ...(mac !== undefined && { mac }) };
}

/** An id of make and name, without the make twice: `ESPURNA-A1` is `espurna-a1`. */
export function idOf(make: string, name: string): Identifier {
  const word = slug(name);
  return [idScheme, word === "" || !word.startsWith(make) ? `${make}-${word || name}` : word];
}

/** A hardware address without separators, in lower case; undefined when it is none. */
export function macIn(text: string | undefined): string | undefined {
  const plain = text?.replace(/[:-]/g, "").toLowerCase();
  return plain !== undefined && /^[0-9a-f]{12}$/.test(plain) && !/^0+$/.test(plain)
    ? plain
    : undefined;
}

/** What is left of a topic below another; undefined when it is not below it. */
export function below(topic: string, root: string): string | undefined {
  return topic.startsWith(`${root}/`) ? topic.slice(root.length + 1) : undefined;
}
