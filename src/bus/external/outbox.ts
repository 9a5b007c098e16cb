import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import { isDeletion, type Publication } from "./publication.ts";
import { Shelf } from "./shelf.ts";

/** Gives a publication to the broker; `sent` is called when the broker has it, as far as QoS tells. */
export type Send = (publication: Publication, sent: () => void) => void;

/**
 * What the broker is to be told. It remembers the last retained message of every topic, so that
 * after an outage the broker is told the present state, and queues what nothing later supersedes.
 * Everything leaves in the order it came. Of retained messages on one topic that wait together only
 * the last is sent.
 */
export class Outbox {
  readonly #counters: Counters;
  /** The last retained message of each topic; a deletion only until the broker has it. */
  readonly #current = new Shelf<string>();
  /** What is to be sent and is not retained. */
  #queue = new Shelf<Publication>();
  /** All that is to be sent, in order. */
  #waiting = new Set<Publication>();
  /** Goes through `#waiting` once: a new iterator would step over all that was deleted before. */
  #next = this.#waiting.values();
  #inFlight = new Set<Publication>();
  #send: Send | undefined;
  #isSending = false;
  #settled: (() => void) | undefined;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** Messages that wait to be sent, or to be acknowledged. */
  get size(): number {
    return this.#inFlight.size + this.#waiting.size;
  }

  add(publication: Publication): void {
    if (publication.retain) this.#remember(publication);
    else this.#enqueue(publication);
    this.#sendOn();
  }

  /** There is a connection: it is told the present state, and then what waited for it. */
  connected(send: Send): void {
    this.#wait([...this.#current.values(), ...this.#queue.values()]);
    this.#send = send;
    this.#sendOn();
  }

  /** The connection is gone: what it carried and nobody acknowledged waits for the next one. */
  disconnected(): void {
    if (!this.#send) return;
    this.#send = undefined;
    const unacknowledged = [...this.#inFlight].filter(({ retain }) => !retain);
    const queued = [...this.#queue.values()];
    this.#inFlight = new Set();
    this.#queue = new Shelf();
    this.#wait([...this.#waiting].filter(({ retain }) => retain));
    for (const publication of [...unacknowledged, ...queued]) this.#enqueue(publication);
    this.#settled?.();
  }

  /** Resolves when the broker has everything, or is gone. */
  async settled(): Promise<void> {
    if (!this.#send || this.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
  }

  #remember(publication: Publication): void {
    const { topic, bytes } = publication;
    const last = this.#current.get(topic);
    const isFull =
      this.#current.size >= limits.externalRetainedMessages ||
      this.#current.bytes + bytes > limits.externalRetainedBytes;
    if (!last && isFull) {
      this.#counters.add("dropped.external_retained");
      return;
    }
    if (last && this.#waiting.delete(last)) this.#counters.add("external.superseded");
    this.#current.set(topic, publication);
    this.#waiting.add(publication);
  }

  #enqueue(publication: Publication): void {
    this.#queue.set(publication, publication);
    this.#waiting.add(publication);
    while (
      this.#queue.size > limits.externalQueuedMessages ||
      this.#queue.bytes > limits.externalQueuedBytes
    ) {
      this.#waiting.delete(this.#queue.shift() ?? publication);
      this.#counters.add("dropped.external_queue");
    }
  }

  #wait(publications: readonly Publication[]): void {
    this.#waiting = new Set(publications);
    this.#next = this.#waiting.values();
  }

  /** Is called from within itself too: what QoS 0 carries is sent at once. */
  #sendOn(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    const inFlight = this.#inFlight;
    while (this.#send && inFlight.size < limits.externalInFlight) {
      const publication = this.#take();
      if (!publication) break;
      inFlight.add(publication);
      this.#send(publication, () => {
        if (inFlight === this.#inFlight && inFlight.delete(publication)) this.#sent(publication);
      });
    }
    this.#isSending = false;
  }

  #take(): Publication | undefined {
    if (this.#waiting.size === 0) return undefined;
    let next = this.#next.next();
    if (next.done === true) {
      this.#next = this.#waiting.values();
      next = this.#next.next();
    }
    if (!next.value) return undefined;
    this.#waiting.delete(next.value);
    this.#queue.delete(next.value);
    return next.value;
  }

  #sent(publication: Publication): void {
    const { topic } = publication;
    if (isDeletion(publication) && this.#current.get(topic) === publication) {
      this.#current.delete(topic);
    }
    this.#sendOn();
    if (this.size === 0) this.#settled?.();
  }
}
