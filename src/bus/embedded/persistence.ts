import { Readable } from "node:stream";
import type { AedesPublishPacket, Subscription } from "aedes";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import { TopicTree } from "../topic-tree.ts";

type ClientId = { readonly id: string };
type Packet = AedesPublishPacket;
type StoredSubscription = Pick<Subscription, "topic" | "qos" | "rh" | "rap" | "nl">;

export interface PersistenceOptions {
  readonly counters: Counters;
  /** Whether a topic is Koine's own: clients' retained topics are limited, its facts are not. */
  readonly isOurs: (topic: string) => boolean;
  /** Whether a client may subscribe to a filter at all. */
  readonly maySubscribe: (filter: string) => boolean;
}

/** Who has a session subscribed to a filter. */
interface Subscriber {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: number;
}

/** What one offline or slow session still has to get, in order. */
interface Outgoing {
  /** By broker id and counter, the number aedes gives each message. */
  readonly packets: Map<string, Packet>;
  /** Which packet a message id on the wire stands for. */
  readonly numbers: Map<number, string>;
}

/** What deletes a retained message. */
const nothing = Buffer.alloc(0);

/**
 * Retained messages and sessions of the embedded broker, in memory.
 *
 * aedes numbers a message, then asks here, and only then delivers; its clients drop a message whose
 * number is below one they have seen. A message that waited one turn longer than the next would so
 * be lost without a trace. Therefore what lies between number and delivery answers at once, with
 * `now`, never with a promise.
 */
export class MemoryPersistence {
  readonly #counters: Counters;
  readonly #isOurs: (topic: string) => boolean;
  readonly #maySubscribe: (filter: string) => boolean;
  readonly #retained = new TopicTree<Packet>();
  readonly #sessions = new Map<string, Map<string, StoredSubscription>>();
  readonly #subscribers = new TopicTree<Map<string, Subscriber>>();
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #incoming = new Map<string, Map<number, Packet>>();
  readonly #wills = new Map<string, Packet>();
  /** Retained topics that are not ours. */
  #foreignRetained = 0;
  #brokerId = "";

  constructor({ counters, isOurs, maySubscribe }: PersistenceOptions) {
    this.#counters = counters;
    this.#isOurs = isOurs;
    this.#maySubscribe = maySubscribe;
  }

  async setup(broker: { readonly id: string }): Promise<void> {
    this.#brokerId = broker.id;
  }

  storeRetained(packet: Packet): Now<void> {
    const { topic, payload } = packet;
    const isKnown = this.#retained.get(topic) !== undefined;
    const isForeign = !this.#isOurs(topic);
    if (payload.length === 0) {
      this.#retained.delete(topic);
      if (isKnown && isForeign) this.#foreignRetained -= 1;
    } else if (isKnown || !isForeign || this.#foreignRetained < limits.mqttRetained) {
      this.#retained.set(topic, { ...packet });
      if (!isKnown && isForeign) this.#foreignRetained += 1;
    } else {
      this.#counters.add("dropped.retained");
    }
    return now(undefined);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const retained = this.#retained;
    const found = filters.flatMap((filter) => [...retained.matchedBy(filter)]);
    return Readable.from(
      found.map((packet) => ({
        ...packet,
        // Read when it is sent: an older value must not come after a newer one that went out live.
        get payload() {
          return retained.get(packet.topic)?.payload ?? nothing;
        },
      })),
    );
  }

  subscriptionsByTopic(topic: string): Now<Subscriber[]> {
    const found = new Map<string, Subscriber>();
    for (const subscribers of this.#subscribers.matching(topic)) {
      for (const subscriber of subscribers.values()) {
        const other = found.get(subscriber.clientId);
        // Overlapping filters give a session one copy, at the highest QoS [MQTT-3.3.5-1].
        if (!other || other.qos < subscriber.qos) found.set(subscriber.clientId, subscriber);
      }
    }
    return now([...found.values()]);
  }

  async addSubscriptions({ id }: ClientId, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.#sessions.get(id) ?? new Map<string, StoredSubscription>();
    this.#sessions.set(id, session);
    // aedes hands over every filter of a SUBSCRIBE, those it has refused as well.
    for (const { topic, qos, rh, rap, nl } of subscriptions) {
      if (!this.#maySubscribe(topic)) continue;
      session.set(topic, { topic, qos, ...(rh && { rh }), ...(rap && { rap }), ...(nl && { nl }) });
      if (qos > 0) this.#subscribersOf(topic).set(id, { clientId: id, topic, qos });
      else this.#unsubscribe(id, topic);
    }
  }

  async removeSubscriptions({ id }: ClientId, topics: readonly string[]): Promise<void> {
    const session = this.#sessions.get(id);
    for (const topic of topics) {
      session?.delete(topic);
      this.#unsubscribe(id, topic);
    }
    if (session?.size === 0) this.#sessions.delete(id);
  }

  async subscriptionsByClient({ id }: ClientId): Promise<StoredSubscription[]> {
    return [...(this.#sessions.get(id)?.values() ?? [])];
  }

  async cleanSubscriptions({ id }: ClientId): Promise<void> {
    await this.removeSubscriptions({ id }, [...(this.#sessions.get(id)?.keys() ?? [])]);
    this.#outgoing.delete(id);
  }

  outgoingEnqueue(subscriber: { readonly clientId: string }, packet: Packet): Now<void> {
    return this.outgoingEnqueueCombi([subscriber], packet);
  }

  outgoingEnqueueCombi(
    subscribers: readonly { readonly clientId: string }[],
    packet: Packet,
  ): Now<void> {
    for (const { clientId } of subscribers) {
      const { packets } = this.#outgoingOf(clientId);
      // A message that waits is a new one to whoever gets it later [MQTT-3.3.1-9].
      packets.set(numberOf(packet), { ...packet, retain: false });
      if (packets.size > limits.mqttQueuedMessages) {
        const [oldest = ""] = packets.keys();
        packets.delete(oldest);
        this.#counters.add("dropped.offline_queue");
      }
    }
    return now(undefined);
  }

  /** Notes under which message id a waiting message went out; a `pubrel` takes its place. */
  outgoingUpdate({ id }: ClientId, packet: Packet): Now<void> {
    const { packets, numbers } = this.#outgoingOf(id);
    const messageId = packet.messageId ?? 0;
    const isRelease = packet.brokerId === undefined;
    const number = isRelease ? numbers.get(messageId) : numberOf(packet);
    const waiting = number === undefined ? undefined : packets.get(number);
    if (number === undefined || !waiting) return failed(new Error("no such packet"));
    packets.set(number, isRelease ? packet : { ...waiting, messageId });
    numbers.set(messageId, number);
    return now(undefined);
  }

  outgoingClearMessageId({ id }: ClientId, { messageId = 0 }: Packet): Now<Packet | undefined> {
    const outgoing = this.#outgoing.get(id);
    const number = outgoing?.numbers.get(messageId);
    if (!outgoing || number === undefined) return now(undefined);
    const packet = outgoing.packets.get(number);
    outgoing.numbers.delete(messageId);
    outgoing.packets.delete(number);
    if (outgoing.packets.size === 0) this.#outgoing.delete(id);
    return now(packet);
  }

  outgoingStream({ id }: ClientId): Readable {
    return Readable.from([...(this.#outgoing.get(id)?.packets.values() ?? [])]);
  }

  /** Whether a QoS 2 message is one that was taken already and only came again. */
  isIncoming({ id }: ClientId, messageId: number): boolean {
    return this.#incoming.get(id)?.has(messageId) ?? false;
  }

  async incomingStorePacket({ id }: ClientId, packet: Packet): Promise<void> {
    const packets = this.#incoming.get(id) ?? new Map<number, Packet>();
    this.#incoming.set(id, packets.set(packet.messageId ?? 0, packet));
  }

  async incomingGetPacket({ id }: ClientId, { messageId = 0 }: Packet): Promise<Packet> {
    const packet = this.#incoming.get(id)?.get(messageId);
    if (!packet) throw new Error("no such packet");
    return packet;
  }

  async incomingDelPacket({ id }: ClientId, { messageId = 0 }: Packet): Promise<void> {
    if (this.#incoming.get(id)?.delete(messageId) !== true) throw new Error("no such packet");
  }

  async cleanIncoming({ id }: ClientId): Promise<void> {
    this.#incoming.delete(id);
  }

  async putWill({ id }: ClientId, packet: Packet): Promise<void> {
    this.#wills.set(id, Object.assign(packet, { clientId: id, brokerId: this.#brokerId }));
  }

  async delWill({ id }: ClientId): Promise<Packet | undefined> {
    const will = this.#wills.get(id);
    this.#wills.delete(id);
    return will;
  }

  streamWill(alive: Readonly<Record<string, unknown>> = {}): Readable {
    const orphans = [...this.#wills.values()].filter(({ brokerId }) => !alive[brokerId]);
    return Readable.from(orphans);
  }

  #subscribersOf(topic: string): Map<string, Subscriber> {
    const subscribers = this.#subscribers.get(topic) ?? new Map<string, Subscriber>();
    this.#subscribers.set(topic, subscribers);
    return subscribers;
  }

  #unsubscribe(id: string, topic: string): void {
    const subscribers = this.#subscribers.get(topic);
    subscribers?.delete(id);
    if (subscribers?.size === 0) this.#subscribers.delete(topic);
  }

  #outgoingOf(id: string): Outgoing {
    const outgoing = this.#outgoing.get(id) ?? { packets: new Map(), numbers: new Map() };
    this.#outgoing.set(id, outgoing);
    return outgoing;
  }
}

function numberOf({ brokerId, brokerCounter }: Packet): string {
  return `${brokerId}:${brokerCounter}`;
}

/** A result that is there already: `then` calls back before it returns. */
export interface Now<T> {
  then(fulfilled: (value: T) => void, rejected?: (reason: Error) => void): void;
}

function now<T>(value: T): Now<T> {
  // oxlint-disable-next-line unicorn/no-thenable -- being one is the point, see the class
  return { then: (fulfilled) => fulfilled(value) };
}

function failed(reason: Error): Now<never> {
  // oxlint-disable-next-line unicorn/no-thenable -- as above
  return { then: (_, rejected) => rejected?.(reason) };
}
