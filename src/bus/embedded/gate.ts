import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { AuthenticateError, Client, ConnectPacket } from "aedes";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { Principal } from "../access/access.ts";
import type { Logins } from "../access/logins.ts";
import { isTopicName } from "../topic-filter.ts";
import { isLoopback } from "./admission.ts";
import { Guard, type Refusal } from "./guard.ts";
import type { Visit } from "./listener.ts";
import { Peer } from "./peer.ts";

export interface GateOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly logins: Logins;
  /** Whether somebody on another machine may connect without a name. */
  readonly isOpen: () => boolean;
  /** Whose the session of a client id is; undefined when there is none. */
  readonly ownerOfSession: (clientId: string) => string | undefined;
  /** A client is let in. */
  readonly entered: (client: Client) => void;
  /** Its connection is gone; also before it was ready. */
  readonly left: (client: Client) => void;
}

/** Return codes of CONNACK [MQTT-3.2.2.3]. */
const connack = {
  identifierRejected: 2,
  unavailable: 3,
  badPassword: 4,
  notAuthorized: 5,
} as const;
type ConnackCode = (typeof connack)[keyof typeof connack];

const codeOf = {
  wrong: connack.badPassword,
  too_often: connack.notAuthorized,
  busy: connack.unavailable,
} as const;

const adapter: Principal = { role: "adapter" };
const local: Principal = { role: "local" };

/** Lets clients in: those that speak MQTT 3.1.1 or 3.1, and are who they say. */
export class Gate {
  readonly #options: GateOptions;
  readonly #visits = new WeakMap<object, Visit>();
  /** Connections of our own adapters. */
  readonly #own = new WeakSet<object>();
  /** Clients that came without an id, which ends with the connection [MQTT-3.1.3-8]. */
  readonly #nameless = new WeakSet<Client>();
  readonly #peers = new WeakMap<Client, Peer>();
  /** Who is connected, or being let in, by client id. */
  readonly #byId = new Map<string, { readonly client: Client; readonly peer: Peer }>();
  /** Client ids that our own adapters had. */
  readonly #adapterIds = new Set<string>();
  /** When who was last told in the log that MQTT 5 is not spoken, by address. */
  readonly #told = new Map<string, number>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** What the broker should talk to instead of the connection itself. */
  guard(visit: Visit): Duplex {
    const guard = new Guard(visit.stream, {
      clock: this.#options.clock,
      greeted: () => visit.greeted(),
      refused: (refusal) => this.#refused(visit, refusal),
    });
    this.#visits.set(guard, visit);
    return guard;
  }

  /** A connection of one of our own adapters. */
  adopt(stream: Duplex): void {
    this.#own.add(stream);
  }

  isOwn({ conn }: Client): boolean {
    return this.#own.has(conn);
  }

  peerOf(client: Client): Peer | undefined {
    return this.#peers.get(client);
  }

  /** CONNACK is out, and it was a yes. */
  open(client: Client): void {
    const peer = this.#peers.get(client);
    if (peer) peer.isGreeted = true;
    if (client.conn instanceof Guard) client.conn.open();
  }

  /** Whether a CONNECT can be answered at all. */
  preConnect(
    client: Client,
    { clientId, clean, username, will }: ConnectPacket,
    done: (error: Error | null, isRight: boolean) => void,
  ): void {
    const isText = [clientId, username ?? ""].every((text) => !/[\0\uFFFD]/.test(text));
    // mqtt-packet reads the reserved QoS 3 of a will as one of three [MQTT-3.1.2-14].
    const mayWill = will === undefined || (isTopicName(will.topic) && Number(will.qos) < 3);
    if (!isText || !mayWill || clientId.length > limits.mqttClientIdLength) {
      this.#options.counters.add("malformed.connect");
      return done(new Error("CONNECT cannot be read"), false);
    }
    if (clientId === "" && clean === false) this.#nameless.add(client);
    done(null, true);
  }

  async authenticate(
    client: Client,
    name: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, isRight: boolean | null) => void,
  ): Promise<void> {
    const found = await this.#identify(client, name, password?.toString() ?? "");
    if (typeof found === "number") return done(refusalOf(found), null);
    // Who has gone meanwhile closes no more.
    if (client.conn.destroyed) return;
    const peer = new Peer(found, this.#visits.get(client.conn)?.address ?? "");
    if (!this.#mayHave(client.id, peer)) {
      this.#options.counters.add("refused.logins.client_id");
      return done(refusalOf(connack.identifierRejected), null);
    }
    this.#peers.set(client, peer);
    await this.#takeOver(client, peer);
    if (client.conn.destroyed) return done(refusalOf(connack.unavailable), null);
    done(null, true);
  }

  /**
   * Ends whoever has this client id already [MQTT-3.1.4-2], and waits until that one is gone: aedes
   * takes the newer one for it otherwise.
   */
  async #takeOver(client: Client, peer: Peer): Promise<void> {
    const { id, conn } = client;
    const before = this.#byId.get(id);
    this.#byId.set(id, { client, peer });
    this.#options.entered(client);
    conn.once("close", () => {
      if (this.#byId.get(id)?.client === client) this.#byId.delete(id);
      this.#options.left(client);
    });
    if (!before || before.client.conn.destroyed) return;
    const isGone = once(before.client.conn, "close");
    before.client.close();
    await isGone;
  }

  /** Takes their rights from some, also from those that are just being let in. */
  revoke(isConcerned: (peer: Peer) => boolean): void {
    for (const { peer } of this.#byId.values()) peer.isRevoked ||= isConcerned(peer);
  }

  /** Nobody takes the connection, or the session, of somebody else by its client id. */
  #mayHave(clientId: string, { principal, owner }: Peer): boolean {
    if (principal.role === "adapter") {
      this.#adapterIds.add(clientId);
      const [oldest] = this.#adapterIds;
      if (this.#adapterIds.size > limits.adapterClientIds) this.#adapterIds.delete(oldest ?? "");
      return true;
    }
    if (this.#adapterIds.has(clientId)) return false;
    const holder = this.#byId.get(clientId)?.peer.owner ?? this.#options.ownerOfSession(clientId);
    return holder === undefined || holder === owner;
  }

  async #identify(
    client: Client,
    name: string | undefined,
    password: string,
  ): Promise<Principal | ConnackCode> {
    if (this.#nameless.has(client)) return connack.identifierRejected;
    if (this.#own.has(client.conn)) return adapter;
    const address = this.#visits.get(client.conn)?.address ?? "";
    if (name === undefined) return this.#mayBeNameless(address) ? local : connack.notAuthorized;
    const user = await this.#options.logins.check({ address, name, password });
    return typeof user === "string" ? codeOf[user] : user;
  }

  #mayBeNameless(address: string): boolean {
    const { isOpen, counters } = this.#options;
    if (isLoopback(address) || isOpen()) return true;
    counters.add("refused.logins.anonymous");
    return false;
  }

  #refused({ address }: Visit, refusal: Refusal): void {
    const { counters, log } = this.#options;
    counters.add(refusal === "stalled" ? "dropped.clients_stalled" : `malformed.${refusal}`);
    if (refusal !== "mqtt_5") {
      log.debug({ address, reason: refusal }, "MQTT connection closed");
    } else if (this.#isNews(address)) {
      log.warn(
        { address },
        "client refused: it speaks MQTT 5; set it to MQTT 3.1.1 (protocol version 4), or run another broker and give Koine its bus.url",
      );
    }
  }

  /** Whether it was not told for a while: a client comes back every few seconds. */
  #isNews(address: string): boolean {
    const now = this.#options.clock.monotonic();
    const before = this.#told.get(address);
    if (before !== undefined && now - before < limits.mqttTellAgainMs) return false;
    this.#told.delete(address);
    this.#told.set(address, now);
    const [oldest] = this.#told.keys();
    if (this.#told.size > limits.mqttAddresses && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}

function refusalOf(returnCode: ConnackCode): AuthenticateError {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- its names are only in types
  return Object.assign(new Error("Connection refused"), { returnCode });
}
