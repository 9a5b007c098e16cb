import type { AedesPublishPacket, Client } from "aedes";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Access } from "../access/access.ts";
import type { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import type { Peer } from "./peer.ts";
import type { Persistence } from "./persistence.ts";
import { messageOf, payloadOf, qosOf } from "./records.ts";
import type { Entry } from "./session-queue.ts";

export interface OutletOptions {
  readonly gate: Gate;
  readonly access: Access;
  readonly persistence: Persistence;
  readonly counters: Counters;
}

type Packet = AedesPublishPacket;

/**
 * Decides, for each message and each client that is subscribed, whether and how it is handed over.
 * What one client does not read is never in the way of another.
 */
export class Outlet {
  readonly #options: OutletOptions;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** The message as this client gets it; null when it does not, or not now. */
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
    if (queue && sending) return this.#count(client, { packet, messageId: queue.number(sending) });
    if (packet.qos > 0) packet.qos = qosOf(Math.min(packet.qos, peer.qosFor(packet.topic)));
    if (packet.qos === 0 || client.clean) return this.#handOver(client, peer, packet);
    if (isReplay(packet)) this.#enqueueReplay(client, packet);
    // Otherwise it is in the queue already; a session is served from there alone.
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

  /** The connection is gone. */
  leave(client: Client): void {
    if (!client.clean) this.#options.persistence.sessions.setConnected(client.id, false);
  }

  #handOver(client: Client, peer: Peer, packet: Packet): Packet | null {
    // What is retained waits for room; what is live has gone by then.
    if (isReplay(packet)) return this.#count(client, { packet });
    if (!peer.isGreeted) return null;
    const unread = unreadBytesOf(client);
    if (packet.qos === 0 && unread > limits.mqttHighWaterBytes / 2) {
      this.#options.counters.add("dropped.slow_client");
      return null;
    }
    if (unread > limits.mqttHighWaterBytes) {
      this.#options.counters.add("dropped.slow_clients_disconnected");
      setImmediate(() => client.close());
      return null;
    }
    return this.#count(client, { packet });
  }

  /** Retained messages for a session go through its queue, too: it numbers what it is sent. */
  #enqueueReplay({ id }: Client, { topic, payload, qos }: Packet): void {
    const { sessions } = this.#options.persistence;
    sessions.append(id, sessions.nextKey(id), messageOf(topic, payload, qos), true);
  }

  #count(client: Client, sent: { packet: Packet; messageId?: number }): Packet {
    if (!this.#options.gate.isOwn(client)) this.#options.counters.add("messages.sent");
    return sent.messageId === undefined
      ? sent.packet
      : Object.assign(sent.packet, { messageId: sent.messageId });
  }
}

function unreadBytesOf({ conn }: Client): number {
  return conn instanceof Guard ? conn.unreadBytes : conn.writableLength;
}

/** Whether it is a retained message, told because of a subscription: aedes numbers those not. */
function isReplay({ brokerId }: Packet): boolean {
  return !brokerId;
}

function packetOf(entry: Entry): Parameters<Client["publish"]>[0] {
  const { message, isPassing, messageId } = entry;
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
