import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Change } from "../../store/store.ts";
import type { Journal } from "./journal.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { QueuePump, type Send } from "./queue-pump.ts";
import { decodeMessage, encodeMessage, type KeptMessage } from "./records.ts";

/** A message that a session still has to get, or to acknowledge. */
export interface Entry {
  /** In the store, and in the order of all. */
  readonly key: string;
  readonly message: KeptMessage;
  readonly bytes: number;
  /** Whether it is only in memory: a retained one that was told because of a subscription. */
  readonly isPassing: boolean;
  /** Its number on the wire, once it has one [MQTT-2.3.1-2]. */
  messageId: number | undefined;
  /** Whether its receiver has it and only the end of QoS 2 is open [MQTT-4.3.3-1]. */
  isReleased: boolean;
  /** Resolves when that is on the disk. */
  releasing: Promise<void> | undefined;
  /** Whether the connection that is there was given it. */
  isSent: boolean;
  isGone: boolean;
}

/** Where an appended message comes from. */
export interface Origin {
  /** Whether it is a retained one, told because of a subscription, and not kept on the disk. */
  readonly isPassing?: boolean;
  /** The number aedes gave it. */
  readonly brokerCounter?: number | undefined;
}

const highestMessageId = 65_535;
/** What an entry takes in memory beside its topic and payload, in bytes; rounded up. */
const entryBytes = 400;
/** Stands in the store for the topic of a message of which only the number still matters. */
const releasedTopic = "$released";

/**
 * The messages of one session, in order, until they are acknowledged. A session is served from here
 * alone, so that what waited is never overtaken.
 */
export class SessionQueue {
  readonly #journal: Journal;
  readonly #counters: Counters;
  readonly #budget: MemoryBudget;
  readonly #entries = new Map<string, Entry>();
  readonly #byMessageId = new Map<number, Entry>();
  #bytes = 0;
  #lastMessageId = 0;
  #pump: QueuePump | undefined;
  #servedTo: object | undefined;
  /** The number that aedes gave the message appended last. */
  #newest: number | undefined;

  /** @param budget what all queues share */
  constructor(journal: Journal, counters: Counters, budget: MemoryBudget) {
    this.#journal = journal;
    this.#counters = counters;
    this.#budget = budget;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whose connection takes what it has. */
  get servedTo(): object | undefined {
    return this.#servedTo;
  }

  /** Whether this message, the newest one there is, was appended. */
  has({ brokerCounter }: { readonly brokerCounter: number }): boolean {
    return this.#newest === brokerCounter;
  }

  /** Puts back what an earlier run left; false when it cannot be read. */
  restore(key: string, record: string): boolean {
    const kept = decodeMessage(record);
    if (!kept) return false;
    const { messageId, ...message } = kept;
    const entry = this.#add(key, message, false);
    if (messageId !== undefined) this.#setNumber(entry, messageId);
    entry.isReleased = message.topic === releasedTopic;
    return true;
  }

  /** Appends a message whose record is written, or which needs none. The oldest make room. */
  append(key: string, message: KeptMessage, { isPassing = false, brokerCounter }: Origin): void {
    this.#newest = brokerCounter;
    const entry = this.#add(key, message, isPassing);
    while (this.size > limits.mqttQueuedMessages || this.#bytes > limits.mqttQueuedBytes) {
      this.dropOldest();
    }
    this.#pump?.append(entry);
  }

  /** Gives up the message that waits longest; false when there is none. */
  dropOldest(): boolean {
    const [oldest] = this.#entries.values();
    if (!oldest) return false;
    this.#counters.add("dropped.session_queue");
    this.#remove(oldest);
    return true;
  }

  /** Message ids of QoS 2 whose end is open, for a connection that begins [MQTT-4.4.0-1]. */
  released(): readonly number[] {
    return [...this.#entries.values()].flatMap(({ isReleased, messageId }) =>
      isReleased && messageId !== undefined ? [messageId] : [],
    );
  }

  /** Serves a connection from now on: first what was sent and not acknowledged, then what waits. */
  open(client: object, send: Send): void {
    this.close();
    this.#servedTo = client;
    for (const entry of this.#entries.values()) entry.isSent = entry.isReleased;
    this.#pump = new QueuePump([...this.#entries.values()], send);
    this.#pump.start();
  }

  /** The connection is gone. */
  close(): void {
    this.#pump?.end();
    this.#pump = undefined;
    this.#servedTo = undefined;
  }

  /** Gives an entry its number on the wire. */
  number(entry: Entry): number {
    return entry.messageId ?? this.#setNumber(entry, this.#freeMessageId());
  }

  /** A QoS 2 message is sent only when its number is on the disk: it must be the same after a crash. */
  async noteNumber(messageId: number): Promise<void> {
    const entry = this.#byMessageId.get(messageId);
    if (entry) await this.#note(entry);
  }

  /** The receiver of a QoS 2 message has it. Resolves when that is on the disk. */
  async release(messageId: number): Promise<void> {
    const entry = this.#byMessageId.get(messageId);
    if (!entry) return;
    if (!entry.isReleased) {
      entry.isReleased = true;
      entry.releasing = this.#note(entry);
    }
    await entry.releasing;
  }

  /** What was sent under this number is over. */
  acknowledge(messageId: number): void {
    const entry = this.#byMessageId.get(messageId);
    if (entry) this.#remove(entry);
  }

  /** Gives up a message its client may not read any more. */
  drop(entry: Entry): void {
    this.#remove(entry);
  }

  /** Gives up everything; the changes do so on the disk. */
  clear(): Change[] {
    this.close();
    this.#account(-this.#bytes);
    const kept = [...this.#entries.values()].filter(({ isPassing }) => !isPassing);
    return kept.map(({ key }) => ({ key, value: undefined }));
  }

  #add(key: string, message: KeptMessage, isPassing: boolean): Entry {
    const entry: Entry = {
      key,
      message,
      bytes: entryBytes + message.topic.length + message.bytes.length,
      isPassing,
      messageId: undefined,
      isReleased: false,
      releasing: undefined,
      isSent: false,
      isGone: false,
    };
    this.#entries.set(key, entry);
    this.#account(entry.bytes);
    return entry;
  }

  #remove(entry: Entry): void {
    if (entry.isGone) return;
    entry.isGone = true;
    this.#entries.delete(entry.key);
    this.#account(-entry.bytes);
    if (entry.messageId !== undefined) this.#byMessageId.delete(entry.messageId);
    if (!entry.isPassing) this.#journal.later([{ key: entry.key, value: undefined }]);
    if (entry.isSent) this.#pump?.settled();
  }

  #account(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.add(bytes);
  }

  async #note(entry: Entry): Promise<void> {
    if (!entry.isPassing) await this.#journal.commit([recordOf(entry)]).durable;
  }

  #setNumber(entry: Entry, messageId: number): number {
    entry.messageId = messageId;
    this.#byMessageId.set(messageId, entry);
    return messageId;
  }

  #freeMessageId(): number {
    do this.#lastMessageId = (this.#lastMessageId % highestMessageId) + 1;
    while (this.#byMessageId.has(this.#lastMessageId));
    return this.#lastMessageId;
  }
}

function recordOf({ key, message, messageId, isReleased }: Entry): Change {
  const { qos } = message;
  const kept = isReleased ? { topic: releasedTopic, bytes: "", qos } : message;
  return { key, value: encodeMessage({ ...kept, messageId }) };
}
