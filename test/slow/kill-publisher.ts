import type { IPublishPacket, Packet } from "mqtt-packet";
import type { Chance } from "../support/chance.ts";
import { RawClient } from "../support/raw-client.ts";
import type { Ledger } from "./kill-ledger.ts";

/** How many messages wait for their acknowledgement at most. */
const window = 100;

/** So few that each is used again soon: what the broker forgot to forget is taken for a repetition. */
const messageIds = 250;

const loadTopics = 8;

/** So many that most values are older than the last few kills. */
const keepTopics = 2_000;

interface Flight {
  readonly n: number;
  readonly packet: IPublishPacket;
  /** Of QoS 2: the broker has the message, and is to let it go. */
  isReleased: boolean;
}

/**
 * Sends numbered messages, `<number> <filler>`, as fast as they are acknowledged, and sends again what
 * was not when it connects again.
 */
export class Publisher {
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  /** By message id, in the order in which they went out first. */
  readonly #flights = new Map<number, Flight>();
  #client: RawClient | undefined;
  #messageId = 0;
  #isStopping = false;
  #allAcknowledged: () => void = () => {};

  constructor(ledger: Ledger, chance: Chance) {
    this.#ledger = ledger;
    this.#chance = chance;
  }

  async connect(port: number): Promise<void> {
    const client = await RawClient.open(port);
    client.hears = (packet) => this.#take(packet);
    await client.connect({ clientId: "publisher", clean: false });
    this.#client = client;
    // In their order, before anything new [MQTT-4.6.0-1].
    for (const [messageId, flight] of this.#flights) this.#sendAgain(messageId, flight);
    this.#fill();
  }

  /**
   * Resolves when so many messages are acknowledged.
   * @throws when the broker hangs up before
   */
  async reached(count: number): Promise<void> {
    const gone = this.#client?.closed.then(() => {
      throw new Error(`The publisher was hung up on at ${this.#ledger.acknowledged}`);
    });
    await Promise.race([this.#ledger.reached(count), gone]);
  }

  /** Sends nothing new; resolves when all is acknowledged. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#flights.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#allAcknowledged = resolve;
    });
  }

  #take(packet: Packet): void {
    const { cmd, messageId = 0 } = packet;
    const flight = this.#flights.get(messageId);
    if (!flight) return;
    if (cmd === "pubrec") {
      flight.isReleased = true;
      this.#client?.send({ cmd: "pubrel", messageId });
    } else if (cmd === (flight.packet.qos === 1 ? "puback" : "pubcomp")) {
      this.#flights.delete(messageId);
      this.#ledger.acknowledge(flight.n);
      this.#fill();
    }
  }

  #fill(): void {
    while (!this.#isStopping && this.#flights.size < window) this.#sendNew();
    if (this.#flights.size === 0) this.#allAcknowledged();
  }

  #sendNew(): void {
    const chance = this.#chance;
    if (chance.happens(0.2)) this.#sendNoise();
    const isKept = chance.happens(0.1);
    const topic = isKept
      ? `keep/${chance.between(1, keepTopics)}`
      : `load/${chance.between(1, loadTopics)}`;
    const qos = !isKept && chance.happens(0.1) ? 2 : 1;
    const n = this.#ledger.add(topic, qos);
    const payload = `${n} ${".".repeat(this.#fillerLength())}`;
    const messageId = this.#freeMessageId();
    const flags = { qos, retain: isKept, dup: false } as const;
    const packet: IPublishPacket = { cmd: "publish", topic, payload, messageId, ...flags };
    this.#flights.set(messageId, { n, packet, isReleased: false });
    this.#client?.send(packet);
  }

  /** Nobody is owed these, and nothing that is owed may get lost because of them. */
  #sendNoise(): void {
    const flags = { qos: 0, retain: false, dup: false } as const;
    this.#client?.send({ cmd: "publish", topic: "load/noise", payload: "noise", ...flags });
  }

  #sendAgain(messageId: number, { n, packet, isReleased }: Flight): void {
    this.#ledger.sentAgain(n);
    this.#client?.send(isReleased ? { cmd: "pubrel", messageId } : { ...packet, dup: true });
  }

  #fillerLength(): number {
    const chance = this.#chance;
    return chance.happens(0.01) ? chance.between(1_000, 20_000) : chance.between(0, 200);
  }

  #freeMessageId(): number {
    do this.#messageId = (this.#messageId % messageIds) + 1;
    while (this.#flights.has(this.#messageId));
    return this.#messageId;
  }
}
