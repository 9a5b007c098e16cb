import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { Client, PublishPacket } from "aedes";
import { systemClock, type Clock } from "../../clock.ts";
import type { Bus, Subscriber } from "../../core/bus.ts";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import type { BrokerFigures } from "../../health/broker-readings.ts";
import { limits } from "../../limits.ts";
import type { Scope } from "../../model/adapter-event.ts";
import { encodePayload, isAssured, isRetained, type Message } from "../../model/message.ts";
import { encodeTopic, isUnder, type Kind } from "../../model/topic.ts";
import type { Change, Store } from "../../store/store.ts";
import { Access, type AccessRule, type Principal } from "../access/access.ts";
import { Logins } from "../access/logins.ts";
import type { Users } from "../access/users.ts";
import { Dispatcher } from "../dispatcher.ts";
import { isTopicFilter } from "../topic-filter.ts";
import { Admission, isLoopback } from "./admission.ts";
import { Broker } from "./broker.ts";
import { ClientPublications } from "./client-publications.ts";
import { Gate } from "./gate.ts";
import { Intake } from "./intake.ts";
import { Journal } from "./journal.ts";
import { listen, type Listener, type ListenerAddress, type Visit } from "./listener.ts";
import { memoryPair } from "./memory-pair.ts";
import { Outlet } from "./outlet.ts";
import { PendingWishes } from "./pending-wishes.ts";
import { Persistence } from "./persistence.ts";
import { TopicEmitter } from "./topic-emitter.ts";

/** Where the broker is asked whether it still hands out; no wildcard of a client matches it. */
const echoTopic = "$KOINE/echo";

export interface EmbeddedBusOptions {
  /** The first topic segment of everything of the schema. */
  readonly root: string;
  readonly listen: readonly ListenerAddress[];
  readonly store: Omit<Store, "close">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly users: Users;
  /** Whether connections wait until `takeUp`: what clients publish is heard by somebody then. */
  readonly isHeld?: boolean;
  readonly rules?: readonly AccessRule[];
  /** Whether other machines are let in without a password while there are no users. */
  readonly isInsecure?: boolean;
  /** The certificate to show now; of `tls` and `wss`. */
  readonly secureContext?: (() => SecureContext) | undefined;
}

/**
 * The bus with an MQTT 3.1.1 broker in this process. Facts below the root come from Koine alone;
 * what else clients may say and hear is up to `Access`. What is acknowledged is on the disk.
 */
export class EmbeddedBus implements Bus {
  readonly #options: EmbeddedBusOptions;
  readonly #dispatcher = new Dispatcher();
  readonly #access: Access;
  readonly #gate: Gate;
  readonly #journal: Journal;
  readonly #persistence: Persistence;
  readonly #wishes: PendingWishes;
  readonly #outlet: Outlet;
  readonly #publications: ClientPublications;
  readonly #admission: Admission;
  readonly #emitter = new TopicEmitter();
  readonly #broker: Broker;
  #listeners: readonly Listener[] = [];
  /** Connections that wait to be let in. */
  #atDoor: Visit[] | undefined;
  /** Clients connected from outside. */
  readonly #clients = new Set<Client>();
  /** Publications the broker has not handed to everyone yet. */
  #handingOut = 0;
  #handedOut: (() => void) | undefined;

  private constructor(options: EmbeddedBusOptions) {
    this.#options = options;
    this.#atDoor = options.isHeld === true ? [] : undefined;
    const { root, counters, users, rules = [], isInsecure = false } = options;
    const access = new Access(root, rules);
    const logins = new Logins(options);
    const isOpen = (): boolean => isInsecure && users.size === 0;
    const gate = new Gate({
      ...options,
      logins,
      isOpen,
      ownerOfSession: (id) => this.#persistence.sessions.ownerOf(id),
      entered: (client) => {
        if (!gate.isOwn(client)) this.#clients.add(client);
      },
      left: (client) => {
        this.#clients.delete(client);
        this.#outlet.leave(client);
      },
    });
    const journal = new Journal(options);
    const wishes = new PendingWishes(journal);
    const persistence = new Persistence({
      ...options,
      journal,
      isOurs: (topic) => isUnder(root, topic),
      maySubscribe: (client, filter) => this.#maySubscribe(client, filter),
      ownerOf: (client) => gate.peerOf(client)?.owner ?? "",
      mayRead: (owner, topic) => {
        const who: Principal | undefined = owner === "" ? { role: "local" } : users.get(owner);
        return who !== undefined && access.mayRead(who, topic);
      },
    });
    const intake = new Intake({ persistence, journal, publish: (packet) => this.#handOut(packet) });
    const parts = { ...options, access, gate, intake, wishes, persistence };
    this.#publications = new ClientPublications({ ...parts, dispatcher: this.#dispatcher });
    this.#outlet = new Outlet(parts);
    this.#access = access;
    this.#gate = gate;
    this.#journal = journal;
    this.#wishes = wishes;
    this.#persistence = persistence;
    this.#admission = new Admission(options.clock, counters);
    this.#broker = this.#makeBroker();
    this.#watch();
    users.changed = (name) => {
      logins.forget(name);
      this.#userChanged(name, isOpen());
    };
  }

  /**
   * Takes up what an earlier run left, starts the broker and listens.
   * @throws LinkError when a port cannot be taken; nothing is left open then
   */
  static async open(options: EmbeddedBusOptions): Promise<EmbeddedBus> {
    const bus = new EmbeddedBus(options);
    await bus.#persistence.load(options.store);
    await bus.#wishes.load(options.store);
    await bus.#broker.listen();
    const opened: Listener[] = [];
    try {
      for (const address of options.listen) opened.push(await bus.#listen(address));
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

  /** How the broker does. */
  get figures(): BrokerFigures {
    const { messages, bytes } = this.#persistence.sessions.waiting;
    const { latencies } = this.#journal;
    return {
      sessions: this.#persistence.sessions.count,
      queuedMessages: messages,
      queuedBytes: bytes,
      commitMs: latencies.quantile(0.5),
      commitSlowMs: latencies.quantile(0.99),
    };
  }

  publish(message: Message, scope: Scope = "public"): void {
    this.#dispatcher.publish(message, scope);
    if (scope === "public") this.#handOut(this.#packetOf(message));
  }

  async publishWith(message: Message, changes: readonly Change[]): Promise<void> {
    // Once: to whoever subscribed with QoS 2.
    const packet: PublishPacket = { ...this.#packetOf(message), qos: 2 };
    const plan = this.#persistence.plan(packet);
    await this.#journal.commit([...changes, ...plan.changes]).durable;
    this.#dispatcher.publish(message);
    this.#persistence.carryOut(plan, () => this.#handOut(packet));
  }

  async kept(): Promise<void> {
    await this.#journal.commit([]).tried;
  }

  /** Resolves when a message has gone through the broker and come back; never, when the broker hangs. */
  echo(): Promise<void> {
    return new Promise((resolve) => {
      const heard = (_: unknown, done: () => void): void => {
        done();
        this.#broker.unsubscribe(echoTopic, heard, () => resolve());
      };
      const packet = { cmd: "publish", topic: echoTopic, payload: "", qos: 0 } as const;
      this.#broker.subscribe(echoTopic, heard, () =>
        this.#handOut({ ...packet, retain: false, dup: false }),
      );
    });
  }

  subscribe<K extends Kind>(kinds: readonly K[], subscriber: Subscriber<K>): () => void {
    return this.#dispatcher.subscribe(kinds, subscriber);
  }

  /**
   * Whoever has to hear clients is subscribed: lets them answer the wishes that an earlier run left
   * unanswered, and clients in.
   */
  takeUp(): void {
    void this.#publications.takeUp();
    const visits = this.#atDoor ?? [];
    this.#atDoor = undefined;
    for (const visit of visits) this.#receive(visit);
  }

  #receive(visit: Visit): void {
    if (this.#atDoor) {
      this.#atDoor.push(visit);
      // Who goes away before is not missed.
      visit.stream.on("error", () => {});
    } else if (!visit.stream.destroyed) {
      this.#broker.handle(this.#gate.guard(visit));
    }
  }

  /** A connection of one of our adapters to this broker, without a socket. */
  openMqtt(): Duplex {
    const [ours, theirs] = memoryPair();
    this.#gate.adopt(ours);
    this.#broker.handle(ours);
    return theirs;
  }

  /** Waits a moment for what was published to be handed out, then disconnects everyone. */
  async close(): Promise<void> {
    if (this.#handingOut > 0) await this.#flush();
    await Promise.all(this.#listeners.map((listener) => listener.close(limits.mqttGoodbyeMs)));
    await new Promise<void>((resolve) => {
      this.#broker.close(() => resolve());
    });
    this.#persistence.stop();
    await this.#journal.close();
  }

  #makeBroker(): Broker {
    return new Broker({
      mq: this.#emitter,
      persistence: this.#persistence,
      connectTimeout: limits.mqttConnectMs,
      // The guard of each connection sees to that.
      drainTimeout: 0,
      maxInflightInbound: limits.mqttInflightInbound,
      maxTopicLevels: limits.topicLevels,
      preConnect: (client, packet, done) => this.#gate.preConnect(client, packet, done),
      authenticate: (client, name, password, done) =>
        void this.#gate.authenticate(client, name, password, done),
      authorizePublish: (client, packet, done) => this.#publications.take(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => {
        if (!isTopicFilter(subscription.topic)) return done(new Error("The filter is none"));
        const may = this.#maySubscribe(client, subscription.topic);
        if (may) this.#gate.peerOf(client)?.grant(subscription.topic, subscription.qos);
        done(null, may ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        this.#outlet.forward(client, packet);
        return null;
      },
    });
  }

  #listen(address: ListenerAddress): Promise<Listener> {
    const { secureContext } = this.#options;
    return listen({
      address,
      // How long a client takes is not ours to speed up: `--time-scale` leaves it alone.
      clock: systemClock(),
      admission: this.#admission,
      secureContext,
      connected: (visit) => this.#receive(visit),
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

  #packetOf(message: Message): PublishPacket {
    return {
      cmd: "publish",
      topic: encodeTopic(this.#options.root, message),
      payload: encodePayload(message),
      qos: isAssured(message.kind) ? 1 : 0,
      retain: isRetained(message.kind),
      dup: false,
    };
  }

  /** Hands a message to everybody; where nobody listens, it is only kept. */
  #handOut(packet: PublishPacket): void {
    if (!this.#isHeard(packet)) {
      if (packet.retain) this.#persistence.storeRetained(packet);
      return;
    }
    this.#handingOut += 1;
    this.#broker.publish(packet, (error) => {
      if (error) this.#options.counters.add("dropped.broker_errors");
      this.#handingOut -= 1;
      if (this.#handingOut === 0) this.#handedOut?.();
    });
  }

  #isHeard({ topic, qos }: PublishPacket): boolean {
    if (this.#emitter.isHeard(topic)) return true;
    return qos > 0 && this.#persistence.sessions.subscribersTo(topic).length > 0;
  }

  #maySubscribe(client: Client, filter: string): boolean {
    const peer = this.#gate.peerOf(client);
    if (!peer || !this.#access.maySubscribe(peer.principal, filter)) return false;
    if (peer.hasRoomFor(filter)) return true;
    this.#options.counters.add("refused.subscriptions");
    return false;
  }

  /** What a user may do, or its password, is another now; with the first one strangers have to go. */
  #userChanged(name: string, isOpen: boolean): void {
    if (!this.#options.users.get(name)) this.#persistence.sessions.endOf(name);
    this.#gate.revoke(({ principal: { role, name: own }, address }) => {
      const isStranger = role === "local" && !isLoopback(address) && !isOpen;
      return own === name || isStranger;
    });
    for (const client of this.#clients) this.#endIfRevoked(client);
  }

  /** A session that is meant to last does so whether or not anything is subscribed in it yet. */
  #keepSession(client: Client): void {
    const owner = this.#gate.peerOf(client)?.owner ?? "";
    if (client.clean || client.conn.destroyed) return;
    const changes = this.#persistence.sessions.ensure(client.id, owner);
    if (changes.length > 0) this.#journal.commit(changes);
  }

  /** Ends the connection of a client that has lost its rights, or has others now. */
  #endIfRevoked(client: Client): void {
    if (this.#gate.peerOf(client)?.isRevoked === true) client.close();
  }

  #watch(): void {
    const { counters, log } = this.#options;
    const broker = this.#broker;
    const failed = (client: Client, err: Error): void => {
      counters.add("broker.client_errors");
      log.debug({ err, client: client.id }, "MQTT client failed");
    };
    broker.on("connackSent", ({ returnCode }, client) => {
      if (returnCode === 0) this.#gate.open(client);
    });
    broker.on("clientReady", (client) => {
      this.#endIfRevoked(client);
      this.#keepSession(client);
      this.#outlet.serve(client);
    });
    broker.on("subscribe", (subscriptions, client) => {
      this.#outlet.serve(client);
      void this.#outlet.replay(client, subscriptions);
    });
    broker.on("unsubscribe", (filters, client) => {
      for (const filter of filters) this.#gate.peerOf(client)?.revoke(filter);
    });
    broker.on("clientError", failed);
    broker.on("connectionError", failed);
    broker.on("keepaliveTimeout", () => counters.add("broker.keepalive_timeouts"));
  }
}
