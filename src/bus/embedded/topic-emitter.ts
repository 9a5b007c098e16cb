import { TopicTree } from "../topic-tree.ts";

interface Published {
  readonly topic: string;
}

type Listener = (packet: Published, done: () => void) => void;

/** Topics of which it is remembered who listens. */
const topicsRemembered = 2_000;

/**
 * Hands messages to who is subscribed, as aedes asks for it. Nobody waits for anybody: what one
 * listener does not take is no matter of the others, and who listens to a topic is looked up once.
 */
export class TopicEmitter {
  readonly #listeners = new TopicTree<Set<Listener>>();
  /** By topic; forgotten whenever a subscription changes. */
  #matches = new Map<string, readonly Listener[]>();
  #isClosed = false;

  on(filter: string, listener: Listener, done?: () => void): void {
    const listeners = this.#listeners.get(filter) ?? new Set();
    this.#listeners.set(filter, listeners.add(listener));
    this.#matches.clear();
    if (done) setImmediate(done);
  }

  removeListener(filter: string, listener: Listener, done?: () => void): void {
    const listeners = this.#listeners.get(filter);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(filter);
    this.#matches.clear();
    // At once: who subscribes again in the same turn must find it gone.
    done?.();
  }

  isHeard(topic: string): boolean {
    return this.#matching(topic).length > 0;
  }

  /** Calls `done` when every listener has. */
  emit(packet: Published, done: (error?: Error) => void): void {
    if (this.#isClosed) return done(new Error("The broker is closed"));
    const listeners = this.#matching(packet.topic);
    let open = listeners.length;
    if (open === 0) return done();
    const listened = (): void => {
      open -= 1;
      if (open === 0) done();
    };
    for (const listener of listeners) listener(packet, listened);
  }

  close(done: () => void): void {
    this.#isClosed = true;
    setImmediate(done);
  }

  #matching(topic: string): readonly Listener[] {
    const known = this.#matches.get(topic);
    if (known) return known;
    const found = this.#listeners.matching(topic).flatMap((listeners) => [...listeners]);
    if (this.#matches.size >= topicsRemembered) this.#matches.clear();
    this.#matches.set(topic, found);
    return found;
  }
}
