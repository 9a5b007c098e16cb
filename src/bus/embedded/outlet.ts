import type { AedesPublishPacket, Client, Subscription } from "aedes";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Access } from "../access/access.ts";
import type { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import type { Persistence } from "./persistence.ts";
import { encodePublish, type Frame } from "./publish-frame.ts";
import { payloadOf, qosOf, type KeptMessage } from "./records.ts";
import type { Entry, SessionQueue } from "./session-queue.ts";

export interface OutletOptions {
  readonly gate: Gate;
  readonly access: Access;
  readonly persistence: Persistence;
  readonly counters: Counters;
}

type Packet = AedesPublishPacket;

/** Retained messages that are looked at before others have a turn. */
const replayBatch = 100;

/**
 * Hands messages to clients: decides, for each message and each client that is subscribed, whether
 * and how it gets it, and writes it. What one client does not read is never in the way of another.
 */
export class Outlet {
  readonly #options: OutletOptions;
  /** The bytes of the QoS 0 message that was handed over last, for whoever else gets it. */
  #frame: Buffer = Buffer.alloc(0);
  #frameOf: number | undefined;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /**
   * Hands a live message to one client. aedes, which asks for it, would put it off, copy and encode
   * it for each client, and knows only one of its overlapping filters: nothing is left to it.
   */
  forward(client: Client, packet: Packet): void {
    const { gate, access, persistence } = this.#options;
    const peer = gate.peerOf(client);
    if (!peer?.isGreeted || !access.mayRead(peer.principal, packet.topic)) return;
    const queue = client.clean ? undefined : persistence.sessions.queueOf(client.id);
    // A session is served from its queue alone.
    if (queue?.has(packet)) return;
    const granted = packet.qos > 0 && client.clean ? peer.qosFor(packet.topic) : 0;
    const qos = qosOf(Math.min(packet.qos, granted));
    if (!this.#hasRoom(client, qos)) return;
    if (qos === 0) this.#writeBytes(client, this.#frameFor(packet));
    else this.#write(client, { ...packet, qos, messageId: peer.nextMessageId() });
  }

  /** Serves the session of a client, if it has one, over its connection. */
  serve(client: Client): void {
    const { sessions } = this.#options.persistence;
    const queue = client.clean || client.conn.destroyed ? undefined : sessions.queueOf(client.id);
    if (!queue || queue.servedTo === client) return;
    sessions.setConnected(client.id, true);
    queue.open(client, (entry, written) => void this.#send(client, queue, entry, written));
  }

  /** The connection is gone. */
  leave(client: Client): void {
    const { sessions } = this.#options.persistence;
    if (sessions.queueOf(client.id)?.servedTo !== client) return;
    sessions.setConnected(client.id, false);
  }

  /** Hands over the retained messages that new subscriptions match [MQTT-3.3.1-6]. */
  async replay(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const { retained } = this.#options.persistence;
    const told = new Set<string>();
    let looked = 0;
    for (const { topic: filter, qos } of subscriptions) {
      // A refused one has 128.
      if (qos > 2) continue;
      for (const { topic } of retained.matchedBy(filter)) {
        looked += 1;
        if (looked % replayBatch === 0) await roomOf(client);
        if (client.closed) return;
        // An older value must not come after a newer one that went out live.
        const newest = told.has(topic) ? undefined : retained.get(topic);
        told.add(topic);
        if (newest) this.#replayOne(client, newest);
      }
    }
  }

  #replayOne(client: Client, message: KeptMessage): void {
    const { gate, access, persistence } = this.#options;
    const peer = gate.peerOf(client);
    const { topic } = message;
    if (!peer || !access.mayRead(peer.principal, topic)) return;
    const { sessions } = persistence;
    const granted = client.clean ? peer.qosFor(topic) : sessions.qosFor(client.id, topic);
    const qos = qosOf(Math.min(message.qos, granted));
    if (qos > 0 && !client.clean) {
      sessions.append(
        client.id,
        sessions.nextKey(client.id),
        { ...message, qos },
        { isPassing: true },
      );
      return;
    }
    const numbered = qos > 0 ? { messageId: peer.nextMessageId() } : {};
    this.#write(client, { topic, payload: payloadOf(message), qos, retain: true, ...numbered });
  }

  /** Sends what a session's turn it is. */
  async #send(
    client: Client,
    queue: SessionQueue,
    entry: Entry,
    written: () => void,
  ): Promise<void> {
    const { gate, access } = this.#options;
    const { message, isPassing: retain } = entry;
    const peer = gate.peerOf(client);
    if (!peer || !access.mayRead(peer.principal, message.topic)) {
      queue.drop(entry);
      return written();
    }
    const isAgain = entry.messageId !== undefined;
    const messageId = queue.number(entry);
    const { topic, qos } = message;
    // Its number must be the same after a crash [MQTT-4.3.3-1].
    if (qos === 2 && !isAgain) await queue.noteNumber(messageId);
    this.#write(client, { topic, payload: payloadOf(message), qos, retain, isAgain, messageId });
    if (client.conn instanceof Guard) await client.conn.room();
    written();
  }

  /** Whether a client has read enough to get a live message; it may be put out for it. */
  #hasRoom(client: Client, qos: number): boolean {
    const { counters } = this.#options;
    const unread = unreadBytesOf(client);
    if (qos === 0 && unread > limits.mqttHighWaterBytes / 2) {
      counters.add("dropped.slow_client");
      return false;
    }
    if (unread <= limits.mqttHighWaterBytes) return true;
    counters.add("dropped.slow_clients_disconnected");
    setImmediate(() => client.close());
    return false;
  }

  #frameFor({ topic, payload, brokerCounter }: Packet): Buffer {
    if (this.#frameOf !== brokerCounter) {
      this.#frame = encodePublish({ topic, payload, qos: 0, retain: false });
      this.#frameOf = brokerCounter;
    }
    return this.#frame;
  }

  #write(client: Client, frame: Frame): void {
    this.#writeBytes(client, encodePublish(frame));
  }

  #writeBytes(client: Client, bytes: Buffer): void {
    if (!this.#options.gate.isOwn(client)) this.#options.counters.add("messages.sent");
    if (client.conn.writable) client.conn.write(bytes);
  }
}

function unreadBytesOf({ conn }: Client): number {
  return conn instanceof Guard ? conn.unreadBytes : conn.writableLength;
}

/** Resolves when others had a turn, and when the client has read enough to be sent more. */
async function roomOf({ conn }: Client): Promise<void> {
  if (conn instanceof Guard) await conn.room();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
