import { publishThenWrite, type Bus, type Subscriber } from "../core/bus.ts";
import type { Scope } from "../model/adapter-event.ts";
import type { Message, MessageOf } from "../model/message.ts";
import type { Kind } from "../model/topic.ts";

type Deliver = (message: Message, scope: Scope) => unknown;

/** The part of every bus that serves subscribers inside the process; alone, a bus in memory. */
export class Dispatcher implements Bus {
  readonly #subscribers = new Map<Kind, Set<Deliver>>();

  publish(message: Message, scope: Scope = "public"): void {
    void this.deliver(message, scope);
  }

  publishWith(...noted: Parameters<Bus["publishWith"]>): Promise<void> {
    return publishThenWrite(this, ...noted);
  }

  async kept(): Promise<void> {
    // Nobody is away.
  }

  /** As `publish`; returns what subscribers still do about it, undefined when nobody does. */
  deliver(message: Message, scope: Scope = "public"): Promise<void> | undefined {
    let underWay: Promise<void> | undefined;
    for (const deliver of this.#subscribers.get(message.kind) ?? []) {
      const work = deliver(message, scope);
      if (work instanceof Promise) underWay = both(underWay, work);
    }
    return underWay;
  }

  subscribe<K extends Kind>(kinds: readonly K[], subscriber: Subscriber<K>): () => void {
    const deliver: Deliver = (message, scope) => {
      return isOneOf(message, kinds) ? subscriber(message, scope) : undefined;
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

async function both(one: Promise<void> | undefined, other: Promise<unknown>): Promise<void> {
  await Promise.all([one, other]);
}

function isOneOf<K extends Kind>(message: Message, kinds: readonly K[]): message is MessageOf<K> {
  const all: readonly Kind[] = kinds;
  return all.includes(message.kind);
}
