import { Readable } from "node:stream";
import type { AedesPublishPacket, Client, PublishPacket, Subscription } from "aedes";
import type { Clock } from "../../clock.ts";
import type { Counters } from "../../counters.ts";
import type { Change, Store } from "../../store/store.ts";
import { IncomingIds, type SessionClient } from "./incoming-ids.ts";
import type { Journal } from "./journal.ts";
import { failed, now, type Now } from "./now.ts";
import { encodeMessage, messageOf, qosOf, type KeptMessage } from "./records.ts";
import { RetainedMessages } from "./retained-messages.ts";
import { Sessions, type Subscriber } from "./sessions.ts";

type Packet = AedesPublishPacket;
type StoredSubscription = Pick<Subscription, "topic" | "qos">;

export interface PersistenceOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Whether a topic is Koine's own: clients' retained topics are limited, its facts are not. */
  readonly isOurs: (topic: string) => boolean;
  readonly maySubscribe: (client: Client, filter: string) => boolean;
  /** Whose a client's session is. */
  readonly ownerOf: (client: Client) => string;
  /** Whether an owner may hear a message. */
  readonly mayRead: (owner: string, topic: string) => boolean;
}

/** A publication of a client that has a place in the queues, and on the disk, before it is handed on. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Where it will be in which queue. */
  readonly keys: Map<string, string>;
  /** The retained message that is among the changes. */
  readonly kept: KeptMessage | undefined;
}

/**
 * What the embedded broker remembers, as aedes asks for it.
 *
 * aedes numbers a message, then asks here, and only then delivers; its clients drop a message whose
 * number is below one they have seen. A message that waited one turn longer than the next would so
 * be lost without a trace. Therefore what lies between number and delivery answers at once, with
 * `now`, never with a promise; the disk is waited for before, see `Intake`.
 */
export class Persistence {
  readonly retained: RetainedMessages;
  readonly sessions: Sessions;
  readonly incoming: IncomingIds;
  readonly #options: PersistenceOptions;
  readonly #wills = new Map<string, Packet>();
  /** The work of each SUBSCRIBE, by its list of filters. */
  readonly #subscribing = new WeakMap<readonly Subscription[], Promise<void>>();
  /** What is planned for the message that is published in this very call. */
  #plan: Plan | undefined;
  #brokerId = "";

  constructor(options: PersistenceOptions) {
    this.#options = options;
    this.retained = new RetainedMessages(options);
    this.incoming = new IncomingIds(options.journal);
    this.sessions = new Sessions({ ...options, ended: (id) => this.incoming.forget(id) });
  }

  async load(store: Pick<Store, "entries">): Promise<void> {
    await this.retained.load(store);
    await this.sessions.load(store);
    await this.incoming.load(store, (id) => this.sessions.ownerOf(id) !== undefined);
  }

  stop(): void {
    this.retained.stop();
    this.sessions.stop();
  }

  /** What has to be on the disk before a message is acknowledged. */
  plan({ topic, payload, qos, retain }: PublishPacket): Plan {
    const message = messageOf(topic, payload, qos);
    const keys = new Map<string, string>();
    const changes: Change[] = [];
    for (const { clientId, qos: granted } of this.sessions.subscribersTo(topic)) {
      const key = this.sessions.nextKey(clientId);
      keys.set(clientId, key);
      changes.push(recordOf(key, atMost(message, granted)));
    }
    const kept = retain ? this.retained.plan(message) : undefined;
    if (kept) changes.push(kept);
    return { changes, keys, kept: kept && message };
  }

  /** Publishes what was planned, while its places are known. */
  carryOut(plan: Plan, publish: () => void): void {
    this.#plan = plan;
    publish();
    this.#plan = undefined;
    // Of sessions that unsubscribed or ended in the meantime.
    const unused = [...plan.keys.values()].map((key) => ({ key, value: undefined }));
    if (unused.length > 0) this.#options.journal.later(unused);
  }

  async setup(broker: { readonly id: string }): Promise<void> {
    this.#brokerId = broker.id;
  }

  storeRetained({ topic, payload, qos }: PublishPacket): Now<void> {
    this.retained.set(messageOf(topic, payload, qos), this.#plan?.kept);
    return now(undefined);
  }

  /** None: `Outlet` hands over retained messages. */
  createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  subscriptionsByTopic(topic: string): Now<Subscriber[]> {
    return now(this.sessions.subscribersTo(topic));
  }

  async addSubscriptions(client: Client, asked: readonly Subscription[]): Promise<void> {
    // aedes hands over every filter of a SUBSCRIBE, those it has refused as well.
    // And it does so for each filter that it has not.
    const known = this.#subscribing.get(asked);
    if (known) return known;
    const granted = asked.filter(({ topic }) => this.#options.maySubscribe(client, topic));
    const work = this.sessions.subscribe(client.id, this.#options.ownerOf(client), granted);
    this.#subscribing.set(asked, work);
    await work;
  }

  async removeSubscriptions({ id }: SessionClient, topics: readonly string[]): Promise<void> {
    await this.sessions.unsubscribe(id, topics);
  }

  async subscriptionsByClient({ id }: SessionClient): Promise<StoredSubscription[]> {
    const subscriptions = this.sessions.subscriptionsOf(id);
    // aedes tells a client by these whether there is a session [MQTT-3.2.2-2].
    const isEmpty = this.sessions.ownerOf(id) !== undefined && subscriptions.length === 0;
    return isEmpty ? [placeholder] : subscriptions;
  }

  async cleanSubscriptions({ id }: SessionClient): Promise<void> {
    await this.sessions.end(id);
  }

  /** aedes asks this for a message to one client: those come from the queue already. */
  outgoingEnqueue(): Now<void> {
    return now(undefined);
  }

  outgoingEnqueueCombi(subscribers: readonly Subscriber[], packet: Packet): Now<void> {
    if (subscribers.length === 0) return now(undefined);
    const whole = messageOf(packet.topic, packet.payload, packet.qos);
    for (const { clientId, qos: granted } of subscribers) {
      const planned = this.#plan?.keys.get(clientId);
      this.#plan?.keys.delete(clientId);
      const key = planned ?? this.sessions.nextKey(clientId);
      const message = atMost(whole, granted);
      if (planned === undefined) this.#options.journal.commit([recordOf(key, message)]);
      this.sessions.append(clientId, key, message, { brokerCounter: packet.brokerCounter });
    }
    return now(undefined);
  }

  /** Before a QoS 2 message is sent, and before its release is: the same must be true after a crash. */
  outgoingUpdate(
    { id }: SessionClient,
    { cmd, qos, messageId = 0 }: Packet,
  ): PromiseLike<void> | Now<void> {
    const queue = this.sessions.queueOf(id);
    if (!queue) return now(undefined);
    if (cmd !== "publish") return queue.release(messageId);
    return qos === 2 ? queue.noteNumber(messageId) : now(undefined);
  }

  outgoingClearMessageId({ id }: SessionClient, { messageId }: Packet): Now<undefined> {
    if (messageId !== undefined) this.sessions.queueOf(id)?.acknowledge(messageId);
    return now(undefined);
  }

  /** What aedes sends by itself when a session is taken up: the ends of QoS 2 that were left open. */
  outgoingStream({ id, clean }: SessionClient): Readable {
    const released = clean ? [] : (this.sessions.queueOf(id)?.released() ?? []);
    return Readable.from(released.map((messageId) => ({ cmd: "pubrel", messageId })));
  }

  async incomingStorePacket(): Promise<void> {
    // `Intake` has noted it, before it was published.
  }

  incomingGetPacket({ id }: SessionClient, { messageId = 0 }: Packet): Now<object> {
    return this.incoming.has(id, messageId)
      ? now({ messageId })
      : failed(new Error("no such packet"));
  }

  async incomingDelPacket(client: SessionClient, { messageId = 0 }: Packet): Promise<void> {
    await this.incoming.remove(client, messageId);
  }

  async cleanIncoming({ id }: SessionClient): Promise<void> {
    this.incoming.forget(id);
  }

  async putWill({ id }: SessionClient, packet: Packet): Promise<void> {
    this.#wills.set(id, Object.assign(packet, { clientId: id, brokerId: this.#brokerId }));
  }

  async delWill({ id }: SessionClient): Promise<Packet | undefined> {
    const will = this.#wills.get(id);
    this.#wills.delete(id);
    return will;
  }

  /** None: wills do not outlive their broker. Told of any, aedes publishes them by the time of day. */
  streamWill(): Readable {
    return Readable.from([]);
  }
}

/** Stands for a session without subscriptions; nobody may subscribe to it. */
const placeholder = { topic: "$koine/session", qos: 0 } as const;

function recordOf(key: string, message: KeptMessage): Change {
  return { key, value: encodeMessage(message) };
}

function atMost(message: KeptMessage, granted: number): KeptMessage {
  return message.qos <= granted ? message : { ...message, qos: qosOf(granted) };
}
