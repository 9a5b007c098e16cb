import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  parser,
  writeToStream,
  type IConnectPacket,
  type IPublishPacket,
  type Packet,
} from "mqtt-packet";

type Waiting = { readonly cmd: Packet["cmd"]; readonly take: (packet: Packet) => void };

/** A TCP connection to a broker that says what the test says, be it MQTT or not. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** Takes every packet that comes. */
  hears: (packet: Packet) => void = () => {};
  readonly #waiting = new Set<Waiting>();

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => resolve());
    });
    // What is wrong with a connection shows in that it closes.
    socket.on("error", () => {});
    const packets = parser();
    packets.on("packet", (packet) => this.#take(packet));
    packets.on("error", () => socket.destroy());
    socket.on("data", (bytes) => packets.parse(bytes));
  }

  /** Opens the connection and says nothing. */
  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  get isOpen(): boolean {
    return !this.socket.closed && !this.socket.destroyed;
  }

  /**
   * Says CONNECT; resolves to whether the broker has a session.
   * @throws when it refuses, or hangs up before it answers
   */
  async connect(options: Partial<IConnectPacket> = {}): Promise<boolean> {
    const answered = this.next("connack");
    this.send({ cmd: "connect", clientId: "", clean: true, keepalive: 0, ...options });
    const packet = await answered;
    if (packet.cmd !== "connack") throw new Error(`Got ${packet.cmd} for CONNECT`);
    if (packet.returnCode !== 0) throw new Error(`Refused with ${String(packet.returnCode)}`);
    return packet.sessionPresent;
  }

  /** Subscribes; resolves when it is acknowledged. */
  async subscribe(topic: string, qos: 0 | 1 | 2): Promise<void> {
    const answered = this.next("suback");
    this.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] });
    await answered;
  }

  send(packet: Packet): void {
    if (this.isOpen) writeToStream(packet, this.socket);
  }

  /**
   * The next packet of a kind.
   * @throws when the connection is gone before
   */
  async next(cmd: Packet["cmd"]): Promise<Packet> {
    const come = new Promise<Packet>((take) => {
      this.#waiting.add({ cmd, take });
    });
    const gone = this.closed.then(() => {
      throw new Error(`Hung up on before ${cmd} came`);
    });
    return Promise.race([come, gone]);
  }

  /**
   * Takes messages, and acknowledges those of QoS 1, until one is the last, or none comes for
   * `quietMs`.
   */
  messages(quietMs: number, isLast: (message: IPublishPacket) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const quiet = setTimeout(resolve, quietMs);
      void this.closed.then(() => clearTimeout(quiet));
      void this.closed.then(resolve);
      this.hears = (packet) => {
        if (packet.cmd !== "publish") return;
        quiet.refresh();
        const { messageId = 0, qos } = packet;
        if (qos === 1) this.send({ cmd: "puback", messageId });
        if (isLast(packet)) resolve();
      };
    });
  }

  /** Leaves in peace: what was said before is heard. */
  async leave(): Promise<void> {
    this.send({ cmd: "disconnect" });
    this.socket.end();
    await this.closed;
  }

  #take(packet: Packet): void {
    for (const waiting of this.#waiting) {
      if (waiting.cmd !== packet.cmd) continue;
      this.#waiting.delete(waiting);
      waiting.take(packet);
    }
    this.hears(packet);
  }
}
