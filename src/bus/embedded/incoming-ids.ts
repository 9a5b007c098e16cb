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

interface Incoming {
  /** Resolves when the message is on the disk; undefined when there is nothing to wait for. */
  taken: Promise<void> | undefined;
  /** Resolves when it is forgotten there. */
  released: Promise<void> | undefined;
}

/**
 * Message ids of QoS 2 that were taken and not released yet: what comes again under one of them is
 * the same message [MQTT-4.3.3-2], whatever connection it comes over. Those of lasting sessions
 * survive a crash.
 */
export class IncomingIds {
  readonly #journal: Journal;
  readonly #ids = new Map<string, Map<number, Incoming>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Loads those of the sessions there are. */
  async load(store: Pick<Store, "entries">, isSession: (id: string) => boolean): Promise<void> {
    for (const [key] of await store.entries(prefix)) {
      const [encoded = "", messageId] = key.slice(prefix.length).split("/");
      const id = decodeId(encoded);
      if (isSession(id)) this.#add(id, Number(messageId));
      else this.#journal.later([{ key, value: undefined }]);
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

  /** When what came under an id will be on the disk. */
  setTaken(clientId: string, messageId: number, durable: Promise<void>): void {
    const incoming = this.#ids.get(clientId)?.get(messageId);
    if (incoming) incoming.taken = durable;
  }

  /** What has to be waited for before a repeated message is acknowledged. */
  takenUnder(clientId: string, messageId: number): Promise<void> | undefined {
    return this.#ids.get(clientId)?.get(messageId)?.taken;
  }

  /** The sender released it. Resolves when a new message may come under the same id. */
  async remove({ id, clean }: SessionClient, messageId: number): Promise<void> {
    const incoming = this.#ids.get(id)?.get(messageId);
    if (!incoming) return;
    if (!clean) {
      const change = { key: keyOf(id, messageId), value: undefined };
      incoming.released ??= this.#journal.commit([change]).durable;
      await incoming.released;
    }
    const ids = this.#ids.get(id);
    if (ids?.get(messageId) === incoming) ids.delete(messageId);
    if (ids?.size === 0) this.#ids.delete(id);
  }

  /** The session is over. */
  forget(id: string): void {
    const ids = this.#ids.get(id)?.keys() ?? [];
    this.#journal.later([...ids].map((one) => ({ key: keyOf(id, one), value: undefined })));
    this.#ids.delete(id);
  }

  #add(id: string, messageId: number): void {
    const ids = this.#ids.get(id) ?? new Map<number, Incoming>();
    this.#ids.set(id, ids.set(messageId, { taken: undefined, released: undefined }));
  }
}

function keyOf(id: string, messageId: number): string {
  return `${prefix}${encodeId(id)}/${messageId}`;
}
