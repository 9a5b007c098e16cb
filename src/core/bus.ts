import type { Scope } from "../model/adapter-event.ts";
import type { Message, MessageOf } from "../model/message.ts";
import type { Kind } from "../model/topic.ts";
import type { Change, Store } from "../store/store.ts";

/**
 * What a subscriber of some kinds is called with. Must not throw: nothing else would be told. Where
 * it returns a promise, that resolves when it is done with the message: a wish is answered then.
 */
export type Subscriber<K extends Kind> = (message: MessageOf<K>, scope: Scope) => unknown;

export type StoreWriter = Pick<Store, "write">;

/** `publishWith` of a bus that keeps no messages itself: the changes follow. */
export async function publishThenWrite(
  bus: Pick<Bus, "publish">,
  message: Message,
  changes: readonly Change[],
  store: StoreWriter,
): Promise<void> {
  bus.publish(message);
  await store.write(changes);
}

/**
 * Carries every message between the parts of Koine, and between Koine and its MQTT clients.
 * Messages of one publisher arrive in order. Subscribers inside the process are called at once, in
 * the order they subscribed, and see `local` messages too; clients see public ones only.
 */
export interface Bus {
  /** Hands a message to everyone who wants it. Whether it is retained is a matter of its kind. */
  publish(message: Message, scope?: Scope): void;
  /**
   * Publishes a message to everybody together with changes of the store: both are on the disk, or
   * neither, before anybody gets it, so that a crash neither loses it nor has it told twice. With
   * another broker the changes follow the message, and a crash in between tells it twice. Resolves
   * when they are on the disk.
   * @param store where the changes belong; the one a bus keeps messages in, where it keeps any
   * @throws LinkError when the disk refuses; a bus that keeps messages itself tries again instead
   */
  publishWith(message: Message, changes: readonly Change[], store: StoreWriter): Promise<void>;
  /**
   * Resolves when what was published so far, and has to reach clients that are away, is kept for them;
   * or when the disk refuses, which is said elsewhere. What another broker keeps is its matter.
   */
  kept(): Promise<void>;
  /** Calls `subscriber` for every later message of these kinds, until the returned function is called. */
  subscribe<K extends Kind>(kinds: readonly K[], subscriber: Subscriber<K>): () => void;
}
