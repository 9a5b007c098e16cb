import type { Clock, Timer } from "../../clock.ts";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Change, Store } from "../../store/store.ts";
import { TopicTree } from "../topic-tree.ts";
import type { Journal } from "./journal.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { decodeMessage, encodeMessage, type KeptMessage } from "./records.ts";

export interface RetainedOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Whether a topic is Koine's own: those are said anew at each start, and not kept on the disk. */
  readonly isOurs: (topic: string) => boolean;
}

const prefix = "mqtt/retained/";
/** What a message takes in memory beside its topic and payload, in bytes; rounded up. */
const entryBytes = 300;

/**
 * The last message of each topic that was published with the retain flag. Of clients', those of
 * QoS 1 and 2 are on the disk before they are acknowledged, those of QoS 0 with the next snapshot.
 */
export class RetainedMessages {
  readonly #options: RetainedOptions;
  readonly #messages = new TopicTree<KeptMessage>();
  /** Topics whose newest message is not on the disk. */
  readonly #unsaved = new Set<string>();
  /** The newest message of each topic that is in the journal and not handed on yet. */
  readonly #planned = new Map<string, KeptMessage>();
  /** Messages of clients. */
  #count = 0;
  readonly #budget = new MemoryBudget(limits.mqttRetainedBytes, limits.mqttRetainedHeapShare);
  #snapshots: Timer | undefined;

  constructor(options: RetainedOptions) {
    this.#options = options;
  }

  /** Loads what an earlier run left. */
  async load(store: Pick<Store, "entries">): Promise<void> {
    const { counters, clock } = this.#options;
    for (const [, record] of await store.entries(prefix)) {
      const message = decodeMessage(record);
      if (message) this.#keep(message);
      else counters.add("dropped.retained_unreadable");
    }
    this.#snapshots = clock.every(limits.mqttSnapshotMs, () => this.save());
  }

  stop(): void {
    this.#snapshots?.cancel();
    this.save();
  }

  get(topic: string): KeptMessage | undefined {
    return this.#messages.get(topic);
  }

  /** Those a filter matches. */
  matchedBy(filter: string): Iterable<KeptMessage> {
    return this.#messages.matchedBy(filter);
  }

  /** The change that keeps a client's message on the disk; none when there is no room for it. */
  plan(message: KeptMessage): Change | undefined {
    if (!this.#hasRoomFor(message)) return undefined;
    this.#planned.set(message.topic, message);
    return this.#changeOf(message);
  }

  /** @param planned the message as it was planned, when its change is in the journal already */
  set(message: KeptMessage, planned?: KeptMessage): void {
    const { topic, bytes } = message;
    if (this.#options.isOurs(topic)) return this.#keep(message);
    const wasThere = this.#messages.get(topic) !== undefined;
    if (!this.#hasRoomFor(message)) {
      this.#options.counters.add("dropped.retained");
      return;
    }
    this.#keep(message);
    if (planned !== undefined) this.#carriedOut(message, planned);
    else if (wasThere || bytes.length > 0) this.#unsaved.add(topic);
  }

  /** Two clients may publish in another order than the disk was told: what is heard last counts. */
  #carriedOut(message: KeptMessage, planned: KeptMessage): void {
    const { topic } = message;
    this.#unsaved.delete(topic);
    const newest = this.#planned.get(topic);
    if (newest === planned) this.#planned.delete(topic);
    else if (newest === undefined) this.#options.journal.commit([this.#changeOf(message)]);
  }

  #changeOf(message: KeptMessage): Change {
    const value = message.bytes.length > 0 ? encodeMessage(message) : undefined;
    return { key: prefix + message.topic, value };
  }

  /** Writes what only memory has, but for what is being written already. */
  save(): void {
    const topics = [...this.#unsaved].filter((topic) => !this.#planned.has(topic));
    const changes = topics.map((topic) =>
      this.#changeOf(this.#messages.get(topic) ?? { topic, bytes: "", qos: 0 }),
    );
    for (const topic of topics) this.#unsaved.delete(topic);
    if (changes.length > 0) this.#options.journal.commit(changes);
  }

  #keep(message: KeptMessage): void {
    const { topic, bytes } = message;
    if (!this.#options.isOurs(topic)) {
      const known = this.#messages.get(topic);
      this.#count += (bytes.length > 0 ? 1 : 0) - (known ? 1 : 0);
      this.#budget.add((bytes.length > 0 ? sizeOf(message) : 0) - (known ? sizeOf(known) : 0));
    }
    if (bytes.length > 0) this.#messages.set(topic, message);
    else this.#messages.delete(topic);
  }

  #hasRoomFor(message: KeptMessage): boolean {
    if (message.bytes.length === 0) return true;
    const known = this.#messages.get(message.topic);
    const count = this.#count + (known ? 0 : 1);
    const more = sizeOf(message) - (known ? sizeOf(known) : 0);
    return count <= limits.mqttRetained && this.#budget.fits(more);
  }
}

function sizeOf({ topic, bytes }: KeptMessage): number {
  return entryBytes + topic.length + bytes.length;
}
