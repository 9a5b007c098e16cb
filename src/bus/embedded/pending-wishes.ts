import type { PublishPacket } from "aedes";
import type { Change, Store } from "../../store/store.ts";
import type { Journal } from "./journal.ts";
import {
  decodeMessage,
  decodeSequence,
  encodeMessage,
  encodeSequence,
  messageOf,
  type KeptMessage,
} from "./records.ts";

const prefix = "mqtt/wish/";

/** A wish that is on the disk until it is answered. */
export interface PendingWish {
  /** Puts it there. */
  readonly change: Change;
  /** It is answered. */
  readonly end: () => void;
}

/**
 * Wishes that were acknowledged and are not answered yet. What a killed process leaves of them is
 * answered by the next one.
 */
export class PendingWishes {
  readonly #journal: Journal;
  /** Of an earlier run, by key. */
  readonly #interrupted = new Map<string, KeptMessage>();
  #sequence = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async load(store: Pick<Store, "entries">): Promise<void> {
    for (const [key, record] of await store.entries(prefix)) {
      this.#sequence = Math.max(this.#sequence, decodeSequence(key.slice(prefix.length)) || 0);
      const message = decodeMessage(record);
      if (message) this.#interrupted.set(key, message);
    }
  }

  begin({ topic, payload, qos }: PublishPacket): PendingWish {
    this.#sequence += 1;
    const key = prefix + encodeSequence(this.#sequence);
    const value = encodeMessage(messageOf(topic, payload, qos));
    return { change: { key, value }, end: () => this.#journal.later([{ key, value: undefined }]) };
  }

  /** Those of an earlier run, each once. */
  async takeUp(answer: (message: KeptMessage) => Promise<void>): Promise<void> {
    const interrupted = [...this.#interrupted];
    this.#interrupted.clear();
    await Promise.all(interrupted.map(([, message]) => answer(message)));
    this.#journal.later(interrupted.map(([key]) => ({ key, value: undefined })));
  }
}
