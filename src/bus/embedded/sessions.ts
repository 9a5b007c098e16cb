import type { Subscription } from "aedes";
import { z } from "zod";
import type { Clock, Timer } from "../../clock.ts";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Change, Store } from "../../store/store.ts";
import { matches } from "../topic-filter.ts";
import { TopicTree } from "../topic-tree.ts";
import type { Journal } from "./journal.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { decodeId, decodeSequence, encodeId, encodeSequence, type KeptMessage } from "./records.ts";
import { SessionQueue, type Origin } from "./session-queue.ts";

type StoredSubscription = Pick<Subscription, "topic" | "qos">;

/** Who has a session subscribed to a filter. */
export interface Subscriber {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

interface Session {
  /** The user whose it is; empty for those without a name. */
  readonly owner: string;
  readonly subscriptions: Map<string, StoredSubscription>;
  readonly queue: SessionQueue;
  /** Monotonic ms since when nobody is connected to it; undefined while somebody is. */
  awaySince: number | undefined;
}

export interface SessionsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Whether the owner of a session may hear a message. */
  readonly mayRead: (owner: string, topic: string) => boolean;
  /** A session is over. */
  readonly ended: (clientId: string) => void;
}

const sessionPrefix = "mqtt/session/";
const queuePrefix = "mqtt/queue/";

const recordSchema = z.object({
  owner: z.string(),
  subscriptions: z.array(z.tuple([z.string(), z.literal([0, 1, 2])])),
});
type SessionRecord = z.infer<typeof recordSchema>;

/**
 * Sessions of clients that come back (clean session 0) [MQTT-3.1.2-4]: their subscriptions and what
 * waits for them, on the disk. One that nobody comes back to is forgotten.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #subscribers = new TopicTree<Map<string, Subscriber>>();
  readonly #budget = new MemoryBudget(limits.mqttQueuedBytesInAll, limits.mqttQueuedHeapShare);
  #sequence = 0;
  #sweep: Timer | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Loads what an earlier run left. */
  async load(store: Pick<Store, "entries">): Promise<void> {
    const { clock, counters } = this.#options;
    for (const [key, text] of await store.entries(sessionPrefix)) {
      const id = decodeId(key.slice(sessionPrefix.length));
      const record = readRecord(text, counters);
      const session = this.#open(id, record?.owner ?? "");
      for (const [topic, qos] of record?.subscriptions ?? []) this.#grant(id, session, topic, qos);
    }
    for (const [key, text] of await store.entries(queuePrefix)) this.#restore(key, text);
    this.#sweep = clock.every(limits.mqttSessionSweepMs, () => this.#forgetOld());
  }

  stop(): void {
    this.#sweep?.cancel();
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Messages that wait in all sessions, and for how many bytes of memory. */
  get waiting(): { readonly messages: number; readonly bytes: number } {
    const queues = [...this.#sessions.values()].map(({ queue }) => queue.size);
    return { messages: queues.reduce((sum, size) => sum + size, 0), bytes: this.#budget.used };
  }

  ownerOf(id: string): string | undefined {
    return this.#sessions.get(id)?.owner;
  }

  queueOf(id: string): SessionQueue | undefined {
    return this.#sessions.get(id)?.queue;
  }

  subscriptionsOf(id: string): StoredSubscription[] {
    return [...(this.#sessions.get(id)?.subscriptions.values() ?? [])];
  }

  /** The highest QoS a session was granted for a topic. */
  qosFor(id: string, topic: string): number {
    const granted = this.subscriptionsOf(id).filter((one) => matches(one.topic, topic));
    return Math.max(0, ...granted.map(({ qos }) => qos));
  }

  /** Sessions that get a message on this topic, each once, at its highest QoS [MQTT-3.3.5-1]. */
  subscribersTo(topic: string): Subscriber[] {
    const found = new Map<string, Subscriber>();
    for (const subscribers of this.#subscribers.matching(topic)) {
      for (const subscriber of subscribers.values()) {
        const owner = this.ownerOf(subscriber.clientId);
        if (owner === undefined || !this.#options.mayRead(owner, topic)) continue;
        const other = found.get(subscriber.clientId);
        if (!other || other.qos < subscriber.qos) found.set(subscriber.clientId, subscriber);
      }
    }
    return [...found.values()];
  }

  /** Resolves when the subscriptions are on the disk. */
  async subscribe(
    id: string,
    owner: string,
    granted: readonly StoredSubscription[],
  ): Promise<void> {
    const session = this.#open(id, owner);
    for (const { topic, qos } of granted) this.#grant(id, session, topic, qos);
    await this.#options.journal.commit([recordOf(id, session)]).durable;
  }

  /** Makes a session, if there is none; the changes make it last. */
  ensure(id: string, owner: string): readonly Change[] {
    return this.#sessions.has(id) ? [] : [recordOf(id, this.#open(id, owner))];
  }

  /** Resolves when that is on the disk. */
  async unsubscribe(id: string, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(id);
    if (!session) return;
    for (const filter of filters) this.#revoke(id, session, filter);
    await this.#options.journal.commit([recordOf(id, session)]).durable;
  }

  /** Forgets a session and all that waits for it; resolves when that is on the disk, or is tried. */
  async end(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    if (!session) return;
    await this.#options.journal.commit(this.#remove(id, session)).tried;
  }

  /** Forgets the sessions of a user. */
  endOf(owner: string): void {
    for (const [id, session] of this.#sessions) {
      if (session.owner === owner) this.#options.journal.commit(this.#remove(id, session));
    }
  }

  /** Somebody is connected to it again, or nobody any more. */
  setConnected(id: string, isConnected: boolean): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    session.awaySince = isConnected ? undefined : this.#options.clock.monotonic();
    if (!isConnected) session.queue.close();
  }

  /** Where a message will be in the queue of a session. */
  nextKey(id: string): string {
    this.#sequence += 1;
    return `${queuePrefix}${encodeId(id)}/${encodeSequence(this.#sequence)}`;
  }

  /** Appends a message whose record is under `key` to a queue. */
  append(id: string, key: string, message: KeptMessage, origin: Origin): void {
    this.#sessions.get(id)?.queue.append(key, message, origin);
    while (this.#budget.isExceeded && this.#fullest()?.dropOldest() === true);
  }

  #fullest(): SessionQueue | undefined {
    let fullest: SessionQueue | undefined;
    for (const { queue } of this.#sessions.values()) {
      if (queue.bytes > (fullest?.bytes ?? 0)) fullest = queue;
    }
    return fullest;
  }

  #restore(key: string, text: string): void {
    const { counters, journal } = this.#options;
    const [id = "", sequence = ""] = key.slice(queuePrefix.length).split("/");
    this.#sequence = Math.max(this.#sequence, decodeSequence(sequence) || 0);
    const queue = this.queueOf(decodeId(id));
    if (queue?.restore(key, text)) return;
    // Of a session that is gone, or damaged.
    if (queue) counters.add("dropped.session_queue_unreadable");
    journal.later([{ key, value: undefined }]);
  }

  #open(id: string, owner: string): Session {
    const known = this.#sessions.get(id);
    if (known) return known;
    this.#makeRoom(owner);
    const { journal, counters, clock } = this.#options;
    const queue = new SessionQueue(journal, counters, this.#budget);
    const awaySince = clock.monotonic();
    const session: Session = { owner, subscriptions: new Map(), queue, awaySince };
    this.#sessions.set(id, session);
    return session;
  }

  /** At a limit, the session goes that nobody came back to for longest; of the same owner first. */
  #makeRoom(owner: string): void {
    const own = [...this.#sessions].filter(([, session]) => session.owner === owner);
    const isFull = this.#sessions.size >= limits.mqttSessions;
    if (!isFull && (owner === "" || own.length < limits.mqttSessionsOfOwner)) return;
    const candidates = own.length >= limits.mqttSessionsOfOwner ? own : [...this.#sessions];
    const away = candidates.filter(([, { awaySince }]) => awaySince !== undefined);
    const [oldest] = away.toSorted(([, a], [, b]) => (a.awaySince ?? 0) - (b.awaySince ?? 0));
    if (!oldest) return;
    this.#options.counters.add("dropped.sessions");
    this.#options.journal.later(this.#remove(...oldest));
  }

  #forgetOld(): void {
    const before = this.#options.clock.monotonic() - limits.mqttSessionMs;
    for (const [id, session] of this.#sessions) {
      if (session.awaySince === undefined || session.awaySince > before) continue;
      this.#options.counters.add("dropped.session_queue", session.queue.size);
      this.#options.counters.add("broker.sessions_expired");
      this.#options.journal.later(this.#remove(id, session));
    }
  }

  #remove(id: string, session: Session): Change[] {
    for (const filter of session.subscriptions.keys()) this.#revoke(id, session, filter);
    this.#sessions.delete(id);
    this.#options.ended(id);
    return [{ key: sessionPrefix + encodeId(id), value: undefined }, ...session.queue.clear()];
  }

  #grant(id: string, { subscriptions }: Session, topic: string, qos: 0 | 1 | 2): void {
    subscriptions.set(topic, { topic, qos });
    const subscribers = this.#subscribers.get(topic) ?? new Map<string, Subscriber>();
    if (qos > 0) this.#subscribers.set(topic, subscribers.set(id, { clientId: id, topic, qos }));
    else this.#withdraw(id, topic);
  }

  #revoke(id: string, { subscriptions }: Session, topic: string): void {
    if (subscriptions.delete(topic)) this.#withdraw(id, topic);
  }

  #withdraw(id: string, topic: string): void {
    const subscribers = this.#subscribers.get(topic);
    subscribers?.delete(id);
    if (subscribers?.size === 0) this.#subscribers.delete(topic);
  }
}

function recordOf(id: string, { owner, subscriptions }: Session): Change {
  const granted = [...subscriptions.values()].map(({ topic, qos }) => [topic, qos]);
  const value = JSON.stringify({ owner, subscriptions: granted });
  return { key: sessionPrefix + encodeId(id), value };
}

function readRecord(text: string, counters: Counters): SessionRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    counters.add("dropped.sessions_unreadable");
    return undefined;
  }
}
