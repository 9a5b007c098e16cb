import type { AedesPublishPacket, Client, Subscription } from "aedes";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Access } from "../access/access.ts";
import type { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import type { Peer } from "./peer.ts";
import type { Persistence } from "./persistence.ts";
import { encodePublish } from "./publish-frame.ts";
import { payloadOf, qosOf, type KeptMessage } from "./records.ts";
import type { Entry } from "./session-queue.ts";
import { Turns } from "./turns.ts";

export interface OutletOptions {
  readonly gate: Gate;
  readonly access: Access;
  readonly persistence: Persistence;
  readonly counters: Counters;
}

type Packet = AedesPublishPacket;
type Publish = Parameters<Client["publish"]>[0];

/** Retained messages handed over before others have a turn. */
const replayBatch = 100;

/**
 * Decides, for each message and each client that is subscribed, whether and how it is handed over.
 * What one client does not read is never in the way of another.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #turns = new Turns();
  /** The bytes of the message that was handed over last, for whoever else gets it. */
  #frame: Buffer = Buffer.alloc(0);
  #frameOf: number | undefined;
  /** Whether what is published in this very call is a retained message for a new subscription. */
  #isReplaying = false;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** The message for aedes to hand to this client; null when it is handed over already, or not at all. */
  forward(client: Client, packet: Packet): Packet | null {
    const { gate, access, persistence } = this.#options;
    const peer = gate.peerOf(client);
    if (!peer) return null;
    const queue = client.clean ? undefined : persistence.sessions.queueOf(client.id);
    const sending = queue?.sending;
    if (!access.mayRead(peer.principal, packet.topic)) {
      if (sending) queue?.drop(sending);
      return null;
    }
    if (queue && sending) {
      return this.#leaveToAedes(peer, Object.assign(packet, { messageId: queue.number(sending) }));
    }
    if (packet.qos > 0) packet.qos = qosOf(Math.min(packet.qos, peer.qosFor(packet.topic)));
    if (packet.qos === 0 || client.clean) return this.#handOver(client, peer, packet);
    // It is in the queue already: a session is served from there alone.
    return null;
  }

  /** Serves the session of a client, if it has one, over its connection. */
  serve(client: Client): void {
    const { sessions } = this.#options.persistence;
    const queue = client.clean || client.closed ? undefined : sessions.queueOf(client.id);
    if (!queue || queue.isServed) return;
    sessions.setConnected(client.id, true);
    queue.open((entry, written) => client.publish(packetOf(entry), written));
  }

  /** Hands over the retained messages that new subscriptions match [MQTT-3.3.1-6]. */
  async replay(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const { retained } = this.#options.persistence;
    const granted = subscriptions.filter(({ qos }) => qos < 3).map(({ topic }) => topic);
    const found = new Set(granted.flatMap((filter) => [...retained.matchedBy(filter)]));
    let count = 0;
    for (const { topic } of found) {
      // An older value must not come after a newer one that went out live.
      const newest = retained.get(topic);
      if (client.closed) return;
      if (newest) this.#replayOne(client, newest);
      count += 1;
      if (count % replayBatch === 0) await roomOf(client);
    }
  }

  /** The connection is gone. */
  leave(client: Client): void {
    if (!client.clean) this.#options.persistence.sessions.setConnected(client.id, false);
  }

  #handOver(client: Client, peer: Peer, packet: Packet): Packet | null {
    const unread = unreadBytesOf(client);
    // What is retained waits for room; what is live has gone by then.
    if (!this.#isReplaying) {
      if (!peer.isGreeted) return null;
      if (packet.qos === 0 && unread > limits.mqttHighWaterBytes / 2) {
        this.#options.counters.add("dropped.slow_client");
        return null;
      }
      if (unread > limits.mqttHighWaterBytes) {
        this.#options.counters.add("dropped.slow_clients_disconnected");
        setImmediate(() => client.close());
        return null;
      }
    }
    return packet.qos === 0 ? this.#write(client, peer, packet) : this.#leaveToAedes(peer, packet);
  }

  /**
   * Writes a message of QoS 0 at once, the same bytes to everybody: aedes would put off, copy and
   * encode it for each. Not past one that was left to aedes before, and not to our own adapters.
   */
  #write({ conn }: Client, peer: Peer, packet: Packet): Packet | null {
    if (!(conn instanceof Guard) || this.#turns.now < peer.putOffUntil) {
      return this.#leaveToAedes(peer, packet);
    }
    this.#options.counters.add("messages.sent");
    conn.write(this.#frameFor(packet));
    return null;
  }

  #frameFor({ topic, payload, retain, brokerCounter }: Packet): Buffer {
    if (this.#frameOf !== brokerCounter) {
      this.#frame = encodePublish(topic, payload, retain);
      this.#frameOf = brokerCounter;
    }
    return this.#frame;
  }

  /** aedes hands a message over with `setImmediate`. */
  #leaveToAedes(peer: Peer, packet: Packet): Packet {
    peer.putOffUntil = this.#turns.now + 2;
    if (peer.principal.role !== "adapter") this.#options.counters.add("messages.sent");
    return packet;
  }

  #replayOne(client: Client, message: KeptMessage): void {
    const { sessions } = this.#options.persistence;
    const peer = this.#options.gate.peerOf(client);
    const qos = qosOf(Math.min(message.qos, peer?.qosFor(message.topic) ?? 0));
    if (qos > 0 && !client.clean) {
      // A session is served from its queue, which numbers what is sent.
      if (this.#mayRead(peer, message)) {
        sessions.append(client.id, sessions.nextKey(client.id), { ...message, qos }, true);
      }
      return;
    }
    this.#isReplaying = true;
    client.publish(retainedPacket({ ...message, qos }), noop);
    this.#isReplaying = false;
  }

  #mayRead(peer: Peer | undefined, { topic }: KeptMessage): boolean {
    return peer !== undefined && this.#options.access.mayRead(peer.principal, topic);
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

/** aedes calls back, whether it is asked to or not. */
function noop(): void {}

function packetOf({ message, isPassing, messageId }: Entry): Publish {
  return {
    cmd: "publish",
    topic: message.topic,
    payload: payloadOf(message),
    qos: message.qos,
    retain: isPassing,
    // One that was sent before says so [MQTT-3.3.1-1].
    dup: messageId !== undefined,
  };
}

function retainedPacket(message: KeptMessage): Publish {
  const { topic, qos } = message;
  return { cmd: "publish", topic, payload: payloadOf(message), qos, retain: true, dup: false };
}
