import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { publishThenWrite, type Bus, type Subscriber } from "../../core/bus.ts";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import { invariant } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Scope } from "../../model/adapter-event.ts";
import { wishKinds, type Message } from "../../model/message.ts";
import { encodeTopic, majorVersion, type Kind } from "../../model/topic.ts";
import { Dispatcher } from "../dispatcher.ts";
import { isBrokerUrl, openBrokerStream } from "./broker-stream.ts";
import { credentialsOf, SignedInStream } from "./credentials.ts";
import { Inbox } from "./inbox.ts";
import { Link } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { toPublication, type Publication } from "./publication.ts";

export interface ExternalBusOptions {
  /** The first topic segment of everything of the schema. */
  readonly root: string;
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`, with user and password where the broker wants them. */
  readonly url: URL;
  /** The same at every start, and of no other client: the broker keeps wishes for it. */
  readonly clientId: string;
  /** PEM certificates of who may vouch for the broker, instead of those that the system trusts. */
  readonly ca?: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly log: Logger;
}

/**
 * The bus with an MQTT 3.1.1 broker elsewhere, or a cluster of them. It asks of the broker only what
 * all of them carry: QoS 0 and 1, retained messages, a last will and a session that outlives its
 * connection. Who may publish and read what is a matter of the broker.
 *
 * Clients get messages of the same QoS in order; most brokers let QoS 0 overtake QoS 1. A wish with
 * QoS 1 is kept by the broker until it was handed over here, so it may come late, and twice. It is
 * marked as retained only when the broker replays it: a 3.1.1 broker hides the flag from those who
 * are subscribed already [MQTT-3.3.1-9].
 */
export class ExternalBus implements Bus {
  readonly #options: ExternalBusOptions;
  readonly #dispatcher = new Dispatcher();
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #link: Link;
  /** Whether a subscriber inside the process was called since this was last looked at. */
  #wasHeard = false;
  #isConnected = false;
  #isClosed = false;
  #hasWarnedOfSize = false;

  private constructor(options: ExternalBusOptions) {
    checkRoot(options.root);
    invariant(isBrokerUrl(options.url), `No address of a broker: "${options.url.protocol}"`);
    this.#options = options;
    this.#outbox = new Outbox(options.counters);
    this.#inbox = new Inbox({ ...options, handOver: (wish) => this.#handOver(wish) });
    this.#link = new Link({
      ...options,
      dial: (signal) => openBrokerStream(options, signal),
      filters: wishFilters(options.root),
      session: {
        clientId: options.clientId,
        ...credentialsOf(options.url),
        will: lastWill(options.root),
        take: (arrival, done) => this.#inbox.take(arrival, done),
      },
      connected: (session) => {
        this.#isConnected = true;
        this.#outbox.connected((publication, sent) => {
          options.counters.add("messages.sent");
          session.publish(publication, sent);
        });
      },
      disconnected: () => {
        this.#isConnected = false;
        this.#inbox.drop();
        this.#outbox.disconnected();
      },
    });
  }

  /** Starts to connect, and goes on trying: a gateway works without its broker. Caller closes. */
  static async open(options: ExternalBusOptions): Promise<ExternalBus> {
    return new ExternalBus(options);
  }

  /** Whether the broker is there and has accepted us. */
  get connected(): boolean {
    return this.#isConnected;
  }

  /** Messages that wait to be sent to the broker, or to be acknowledged. */
  get queued(): number {
    return this.#outbox.size;
  }

  publish(message: Message, scope: Scope = "public"): void {
    this.#dispatcher.publish(message, scope);
    // A wish of our own has been heard; the broker would only send it back.
    if (scope === "local" || wishKinds.has(message.kind) || this.#isClosed) return;
    const publication = toPublication(this.#options.root, message);
    if (publication.bytes > limits.externalPayloadBytes) this.#refuse(publication);
    else this.#outbox.add(publication);
  }

  publishWith(...noted: Parameters<Bus["publishWith"]>): Promise<void> {
    return publishThenWrite(this, ...noted);
  }

  async kept(): Promise<void> {
    // What it has acknowledged it keeps; until then the outbox of this run has it.
  }

  subscribe<K extends Kind>(kinds: readonly K[], subscriber: Subscriber<K>): () => void {
    const unsubscribe = this.#dispatcher.subscribe(kinds, (message, scope) => {
      this.#wasHeard = true;
      return subscriber(message, scope);
    });
    // Never at once: whoever subscribes may still be starting.
    setImmediate(() => this.#inbox.offer());
    return unsubscribe;
  }

  /**
   * A connection of one of our adapters to the same broker, before CONNECT, in which it need not say
   * who it is. Caller closes.
   * @throws LinkError when the broker cannot be reached, or the signal aborts first
   */
  async openMqtt(signal: AbortSignal): Promise<Duplex> {
    const stream = await openBrokerStream(this.#options, signal);
    const credentials = credentialsOf(this.#options.url);
    return credentials ? new SignedInStream(stream, credentials) : stream;
  }

  /** Waits a moment for the broker to get what was published, then says goodbye: no last will. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#inbox.close();
    await this.#flush();
    await this.#link.close();
  }

  async #flush(): Promise<void> {
    const { clock, counters } = this.#options;
    const flushed = new AbortController();
    const late = clock.sleep(limits.mqttFlushMs, flushed.signal).catch(() => {});
    await Promise.race([this.#outbox.settled(), late]);
    flushed.abort();
    if (this.#outbox.size > 0) counters.add("dropped.external_unflushed", this.#outbox.size);
  }

  #handOver(wish: Message): boolean {
    this.#wasHeard = false;
    this.#dispatcher.publish(wish);
    return this.#wasHeard;
  }

  #refuse({ topic, bytes }: Publication): void {
    const { counters, log } = this.#options;
    counters.add("dropped.external_too_large");
    if (!this.#hasWarnedOfSize) log.warn({ topic, bytes }, "message too large for the MQTT broker");
    this.#hasWarnedOfSize = true;
  }
}

function wishFilters(root: string): readonly string[] {
  const below = `${root}/${majorVersion}`;
  return [`${below}/+/set`, `${below}/+/set/+`, `${below}/+/get`, `${below}/bridge/request/#`];
}

/** What the broker says of the gateway when the connection is lost. */
function lastWill(root: string) {
  const topic = encodeTopic(root, { kind: "bridge_availability" });
  return { topic, payload: Buffer.from("offline"), qos: 1, retain: true } as const;
}

function checkRoot(root: string): void {
  const deepest = encodeTopic(root, { kind: "bridge_response", verb: "adapter/verb" });
  const isUsable = !root.startsWith("$") && deepest.split("/").length <= limits.externalTopicLevels;
  invariant(isUsable, `Not every broker takes topics below "${root}"`);
}
