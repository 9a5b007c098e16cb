import type { Duplex } from "node:stream";
import { Aedes, type AedesPublishPacket, type Client, type PublishPacket } from "aedes";
import type { Clock } from "../../clock.ts";
import type { Bus, Subscriber } from "../../core/bus.ts";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import { isKoineError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Scope } from "../../model/adapter-event.ts";
import { encodePayload, isRetained, type Message } from "../../model/message.ts";
import { encodeTopic, isUnder, parseTopic, type Kind } from "../../model/topic.ts";
import { Dispatcher } from "../dispatcher.ts";
import { listen, type Listener, type ListenerAddress } from "./listener.ts";
import { memoryPair } from "./memory-pair.ts";
import { MemoryPersistence } from "./persistence.ts";

export interface EmbeddedBusOptions {
  /** The first topic segment of everything of the schema. */
  readonly root: string;
  readonly listen: readonly ListenerAddress[];
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** Where refused publications go instead; nobody may subscribe below `$`. */
const sinkTopic = "$koine/refused";

/** Topics that start with `$` are the broker's own affairs, and shared subscriptions it has not. */
function maySubscribe(filter: string): boolean {
  return !filter.startsWith("$");
}

/** Kinds that must reach a subscriber that was away; the rest is superseded by its next message. */
const assured: ReadonlySet<Kind> = new Set([
  "description",
  "availability",
  "event",
  "alert",
  "result",
  "bridge_event",
  "bridge_response",
]);

/**
 * The bus with an MQTT 3.1.1 broker in this process. Facts below the root come from Koine alone:
 * clients may publish commands there, anything elsewhere, and read all but `$` topics.
 */
export class EmbeddedBus implements Bus {
  readonly #options: EmbeddedBusOptions;
  readonly #dispatcher = new Dispatcher();
  readonly #persistence: MemoryPersistence;
  readonly #broker: Aedes;
  #listeners: readonly Listener[] = [];
  /** Connections of our own adapters: they read the dialects of devices, not what Koine made of it. */
  readonly #own = new WeakSet<object>();
  /** Clients connected from outside. */
  readonly #clients = new Set<Client>();
  /** Publications the broker has not handed to everyone yet. */
  #handingOut = 0;
  #handedOut: (() => void) | undefined;

  private constructor(options: EmbeddedBusOptions) {
    this.#options = options;
    this.#persistence = new MemoryPersistence({
      counters: options.counters,
      isOurs: (topic) => isUnder(options.root, topic),
      maySubscribe,
    });
    this.#broker = new Aedes({
      persistence: this.#persistence,
      connectTimeout: limits.mqttConnectMs,
      drainTimeout: limits.mqttDrainMs,
      maxInflightInbound: limits.mqttInflightInbound,
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, done),
      authorizeSubscribe: (_, subscription, done) =>
        done(null, maySubscribe(subscription.topic) ? subscription : null),
      authorizeForward: (client, packet) => this.#authorizeForward(client, packet),
    });
    this.#watch();
  }

  /**
   * Starts the broker and listens.
   * @throws LinkError when a port cannot be taken; nothing is left open then
   */
  static async open(options: EmbeddedBusOptions): Promise<EmbeddedBus> {
    const bus = new EmbeddedBus(options);
    await bus.#broker.listen();
    const opened: Listener[] = [];
    try {
      for (const address of options.listen) {
        opened.push(await listen(address, (stream) => bus.#broker.handle(stream)));
      }
    } catch (error) {
      bus.#listeners = opened;
      await bus.close();
      throw error;
    }
    bus.#listeners = opened;
    return bus;
  }

  /** Where clients can connect. */
  get addresses(): readonly ListenerAddress[] {
    return this.#listeners.map(({ address }) => address);
  }

  /** How many clients are connected from outside. */
  get clientCount(): number {
    return this.#clients.size;
  }

  publish(message: Message, scope: Scope = "public"): void {
    this.#dispatcher.publish(message, scope);
    if (scope === "local") return;
    this.#handingOut += 1;
    this.#broker.publish(
      {
        cmd: "publish",
        topic: encodeTopic(this.#options.root, message),
        payload: encodePayload(message),
        qos: assured.has(message.kind) ? 1 : 0,
        retain: isRetained(message.kind),
        dup: false,
      },
      (error) => this.#published(error),
    );
  }

  subscribe<K extends Kind>(kinds: readonly K[], subscriber: Subscriber<K>): () => void {
    return this.#dispatcher.subscribe(kinds, subscriber);
  }

  /** A connection of one of our adapters to this broker, without a socket. */
  openMqtt(): Duplex {
    const [ours, theirs] = memoryPair();
    this.#own.add(ours);
    this.#broker.handle(ours);
    return theirs;
  }

  /** Waits a moment for what was published to be handed out, then disconnects everyone. */
  async close(): Promise<void> {
    if (this.#handingOut > 0) await this.#flush();
    const { clock } = this.#options;
    await Promise.all(
      this.#listeners.map((listener) => listener.close(clock, limits.mqttGoodbyeMs)),
    );
    await new Promise<void>((resolve) => {
      this.#broker.close(() => resolve());
    });
  }

  #flush(): Promise<void> {
    return new Promise((resolve) => {
      const late = this.#options.clock.after(limits.mqttFlushMs, () => {
        this.#options.counters.add("dropped.broker_unflushed", this.#handingOut);
        resolve();
      });
      this.#handedOut = () => {
        late.cancel();
        resolve();
      };
    });
  }

  #published(error: Error | undefined): void {
    if (error) this.#options.counters.add("dropped.broker_errors");
    this.#handingOut -= 1;
    if (this.#handingOut === 0) this.#handedOut?.();
  }

  #authorizePublish(
    client: Client | null,
    packet: PublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    this.#options.counters.add("messages.received");
    if (packet.topic.startsWith("$")) this.#refuse(client, packet, "reserved_topic");
    else if (isUnder(this.#options.root, packet.topic)) this.#takeWish(client, packet);
    done(null);
  }

  /** Below the root a client may only wish; what it wishes goes to the bus. */
  #takeWish(client: Client | null, packet: PublishPacket): void {
    const { root, counters, log } = this.#options;
    try {
      const address = parseTopic(root, packet.topic);
      switch (address.kind) {
        case "set":
        case "get":
        case "bridge_request": {
          const body = { text: packet.payload.toString(), retained: packet.retain };
          const isRepeated = this.#isRepeated(client, packet);
          if (packet.retain) this.#refuse(client, packet, "retained_command");
          if (!isRepeated) this.#dispatcher.publish({ ...address, body });
          break;
        }
        default:
          this.#refuse(client, packet, "forged_fact");
      }
    } catch (err) {
      if (!isKoineError(err, "protocol")) throw err;
      counters.add("malformed.topic");
      log.debug({ err, client: client?.id }, "topic not understood");
      this.#refuse(client, packet, "unknown_topic");
    }
  }

  /** aedes asks for leave before it looks whether it has this QoS 2 message already. */
  #isRepeated(client: Client | null, { qos, messageId = 0 }: PublishPacket): boolean {
    return client !== null && qos === 2 && this.#persistence.isIncoming(client, messageId);
  }

  /**
   * Lets a publication go nowhere. It is acknowledged all the same: a refusal by error would cut
   * the connection, and the client would come back and send it again for ever.
   */
  #refuse(client: Client | null, packet: PublishPacket, reason: string): void {
    const { counters, log } = this.#options;
    counters.add(`refused.publish.${reason}`);
    log.debug({ client: client?.id, topic: packet.topic, reason }, "publication refused");
    packet.topic = sinkTopic;
    packet.retain = false;
  }

  #authorizeForward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    if (this.#own.has(client.conn)) {
      if (isUnder(this.#options.root, packet.topic)) return null;
    } else {
      this.#options.counters.add("messages.sent");
    }
    return packet;
  }

  #watch(): void {
    const { counters, log } = this.#options;
    const failed = (client: Client, err: Error): void => {
      counters.add("broker.client_errors");
      log.debug({ err, client: client.id }, "MQTT client failed");
    };
    this.#broker.on("clientReady", (client) => {
      if (!this.#own.has(client.conn)) this.#clients.add(client);
    });
    this.#broker.on("clientDisconnect", (client) => this.#clients.delete(client));
    this.#broker.on("clientError", failed);
    this.#broker.on("connectionError", failed);
    this.#broker.on("keepaliveTimeout", () => counters.add("broker.keepalive_timeouts"));
  }
}
