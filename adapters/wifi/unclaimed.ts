import type { Peer } from "./dialect.ts";
import type { Frame } from "../mqtt/frame.ts";
import { limits } from "./limits.ts";

/**
 * Retained messages that no device was known for when they came: a broker hands them out in any
 * order, the state of a device before its description. The oldest make room for new ones.
 */
export class Unclaimed {
  readonly #frames = new Map<string, Frame>();
  readonly #dropped: () => void;

  constructor(dropped: () => void) {
    this.#dropped = dropped;
  }

  keep(frame: Frame): void {
    if (!frame.retained || frame.payload === "") return;
    if (frame.payload.length > limits.unclaimedLength) return this.#dropped();
    this.#frames.delete(frame.topic);
    this.#frames.set(frame.topic, frame);
    const oldest = this.#frames.keys().next().value;
    if (this.#frames.size <= limits.unclaimed || oldest === undefined) return;
    this.#frames.delete(oldest);
    this.#dropped();
  }

  /** Takes out what belongs to a device that has become known. */
  claim(peer: Peer): readonly Frame[] {
    if (this.#frames.size === 0) return [];
    const found = [...this.#frames.values()].filter(({ topic }) => isOf(peer, topic));
    for (const { topic } of found) this.#frames.delete(topic);
    return found;
  }
}

function isOf({ topics = [], bases, roots = [] }: Peer, topic: string): boolean {
  return (
    topics.includes(topic) ||
    bases.includes(topic.slice(0, Math.max(topic.lastIndexOf("/"), 0))) ||
    roots.some((root) => topic === root || topic.startsWith(`${root}/`))
  );
}
