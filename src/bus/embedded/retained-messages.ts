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
  changeFor(message: KeptMessage): Change | undefined {
    const key = prefix + message.topic;
    if (message.bytes.length === 0) return { key, value: undefined };
    return this.#hasRoomFor(message) ? { key, value: encodeMessage(message) } : undefined;
  }

  /** @param isSaved whether `changeFor` it is on the disk */
  set(message: KeptMessage, isSaved: boolean): void {
    const { topic } = message;
    const isForeign = !this.#options.isOurs(topic);
    if (isForeign && !this.#hasRoomFor(message)) {
      this.#options.counters.add("dropped.retained");
      return;
    }
    this.#keep(message);
    if (!isForeign) return;
    if (isSaved) this.#unsaved.delete(topic);
    else this.#unsaved.add(topic);
  }

  /** Writes what only memory has. */
  save(): void {
    const changes = [...this.#unsaved].map((topic) => {
      const message = this.#messages.get(topic);
      return { key: prefix + topic, value: message && encodeMessage(message) };
    });
    this.#unsaved.clear();
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
