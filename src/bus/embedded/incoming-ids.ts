import type { Change, Store } from "../../store/store.ts";
import type { Journal } from "./journal.ts";
import { decodeId, encodeId } from "./records.ts";

const prefix = "mqtt/incoming/";

/** A client, as far as its session goes. */
export interface SessionClient {
  readonly id: string;
  /** Whether its session ends with the connection. */
  readonly clean: boolean;
}

/**
 * Message ids of QoS 2 that were taken and not released yet: what comes again under one of them is
 * the same message [MQTT-4.3.3-2]. Those of lasting sessions survive a crash.
 */
export class IncomingIds {
  readonly #journal: Journal;
  readonly #ids = new Map<string, Set<number>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async load(store: Pick<Store, "entries">): Promise<void> {
    for (const [key] of await store.entries(prefix)) {
      const [id = "", messageId] = key.slice(prefix.length).split("/");
      this.#add(decodeId(id), Number(messageId));
    }
  }

  has(clientId: string, messageId: number): boolean {
    return this.#ids.get(clientId)?.has(messageId) ?? false;
  }

  count(clientId: string): number {
    return this.#ids.get(clientId)?.size ?? 0;
  }

  /** Notes an id; the changes make that last. */
  add({ id, clean }: SessionClient, messageId: number): Change[] {
    this.#add(id, messageId);
    return clean ? [] : [{ key: keyOf(id, messageId), value: "" }];
  }

  /** The sender released it. Resolves when a new message may come under the same id. */
  async remove({ id, clean }: SessionClient, messageId: number): Promise<void> {
    const ids = this.#ids.get(id);
    if (!ids?.delete(messageId)) return;
    if (ids.size === 0) this.#ids.delete(id);
    if (!clean)
      await this.#journal.commit([{ key: keyOf(id, messageId), value: undefined }]).durable;
  }

  /** The session is over. */
  forget(id: string): void {
    const ids = this.#ids.get(id) ?? [];
    this.#journal.later([...ids].map((one) => ({ key: keyOf(id, one), value: undefined })));
    this.#ids.delete(id);
  }

  #add(id: string, messageId: number): void {
    const ids = this.#ids.get(id) ?? new Set();
    this.#ids.set(id, ids.add(messageId));
  }
}

function keyOf(id: string, messageId: number): string {
  return `${prefix}${encodeId(id)}/${messageId}`;
}
