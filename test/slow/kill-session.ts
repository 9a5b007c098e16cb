import type { IPublishPacket, Packet } from "mqtt-packet";
import { RawClient } from "../support/raw-client.ts";

/** How long nothing has to come until nothing more is believed to come, in ms. */
const quietMs = 10_000;

/** A persistent session of a subscriber that is away most of the time. */
export class Session {
  readonly clientId: string;
  readonly qos: 1 | 2;
  /** Numbers in the order in which they came first. */
  readonly arrivals: number[] = [];
  /** Numbers that came once more, each time. */
  readonly repetitions: number[] = [];
  /** Messages whose message id stands for another one that is not completed: a client drops them. */
  readonly confused: number[] = [];
  /** How often the broker knew nothing of the session. */
  forgotten = 0;
  /** Messages that came with a higher QoS than was granted [MQTT-3.8.4-6]. */
  aboveGranted = 0;
  readonly #arrived = new Set<number>();
  /** Acknowledged numbers that have not come. */
  readonly #owed = new Set<number>();
  /** QoS 2 messages that wait for their release, by message id: a part of the session. */
  readonly #held = new Map<number, number>();
  #onArrival: (n: number) => void = () => {};

  constructor(qos: 1 | 2) {
    this.qos = qos;
    this.clientId = `subscriber-${qos}`;
  }

  get owed(): ReadonlySet<number> {
    return this.#owed;
  }

  /** Makes the session, and leaves. */
  async open(port: number, filter: string): Promise<void> {
    const client = await RawClient.open(port);
    await client.connect({ clientId: this.clientId, clean: false });
    await client.subscribe(filter, this.qos);
    await client.leave();
  }

  /** The broker has this one for good. */
  owe(n: number): void {
    if (!this.#arrived.has(n)) this.#owed.add(n);
  }

  /**
   * Connects, takes everything that is owed now, and leaves. Ends early when the broker goes, when
   * nothing comes any more, or by a cut after `cutAfter` new numbers.
   */
  async drain(port: number, cutAfter = Infinity): Promise<void> {
    const client = await RawClient.open(port);
    client.hears = (packet) => this.#take(client, packet);
    const taken = this.#taken(client, cutAfter);
    const isKnown = await client.connect({ clientId: this.clientId, clean: false });
    if (!isKnown) this.#forget();
    await taken;
    await client.leave();
  }

  /** Drains until nothing is owed, or nothing new comes: one who is hung up on comes back. */
  async drainFully(port: number): Promise<void> {
    let before: number;
    do {
      before = this.arrivals.length;
      await this.drain(port);
    } while (this.#owed.size > 0 && this.arrivals.length > before);
  }

  #forget(): void {
    this.forgotten += 1;
    this.#held.clear();
  }

  #taken(client: RawClient, cutAfter: number): Promise<void> {
    const owed = new Set(this.#owed);
    let left = cutAfter;
    return new Promise((resolve) => {
      void client.closed.then(resolve);
      const quiet = setTimeout(resolve, quietMs);
      void client.closed.then(() => clearTimeout(quiet));
      this.#onArrival = (n) => {
        quiet.refresh();
        owed.delete(n);
        left -= 1;
        if (left === 0) client.socket.destroy();
        if (owed.size === 0) resolve();
      };
      if (owed.size === 0) resolve();
    });
  }

  #take(client: RawClient, packet: Packet): void {
    const { messageId = 0 } = packet;
    if (packet.cmd === "publish") this.#takeMessage(client, packet);
    if (packet.cmd !== "pubrel") return;
    this.#held.delete(messageId);
    client.send({ cmd: "pubcomp", messageId });
  }

  #takeMessage(client: RawClient, packet: IPublishPacket): void {
    const { qos, messageId = 0 } = packet;
    const n = Number.parseInt(packet.payload.toString(), 10);
    if (qos > this.qos) this.aboveGranted += 1;
    if (qos === 1) {
      this.#arrive(n);
      client.send({ cmd: "puback", messageId });
    } else if (qos === 2) {
      const held = this.#held.get(messageId);
      if (held === undefined) this.#arrive(n);
      else if (held !== n) this.confused.push(n);
      this.#held.set(messageId, held ?? n);
      client.send({ cmd: "pubrec", messageId });
    }
  }

  #arrive(n: number): void {
    if (this.#arrived.has(n)) {
      this.repetitions.push(n);
      return;
    }
    this.#arrived.add(n);
    this.arrivals.push(n);
    this.#owed.delete(n);
    this.#onArrival(n);
  }
}
