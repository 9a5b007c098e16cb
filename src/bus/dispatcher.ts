import type { Bus, Subscriber } from "../core/bus.ts";
import type { Scope } from "../model/adapter-event.ts";
import type { Message, MessageOf } from "../model/message.ts";
import type { Kind } from "../model/topic.ts";

type Deliver = (message: Message, scope: Scope) => void;

/** The part of every bus that serves subscribers inside the process; alone, a bus in memory. */
export class Dispatcher implements Bus {
  readonly #subscribers = new Map<Kind, Set<Deliver>>();

  publish(message: Message, scope: Scope = "public"): void {
    for (const deliver of this.#subscribers.get(message.kind) ?? []) deliver(message, scope);
  }

  subscribe<K extends Kind>(kinds: readonly K[], subscriber: Subscriber<K>): () => void {
    const deliver: Deliver = (message, scope) => {
      if (isOneOf(message, kinds)) subscriber(message, scope);
    };
    for (const kind of kinds) {
      const subscribers = this.#subscribers.get(kind) ?? new Set();
      this.#subscribers.set(kind, subscribers.add(deliver));
    }
    return () => {
      for (const kind of kinds) this.#subscribers.get(kind)?.delete(deliver);
    };
  }
}

function isOneOf<K extends Kind>(message: Message, kinds: readonly K[]): message is MessageOf<K> {
  const all: readonly Kind[] = kinds;
  return all.includes(message.kind);
}
