import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { generate, parser, type IConnectPacket, type Packet, type PacketCmd } from "mqtt-packet";
import { createWebSocketStream, WebSocketServer } from "ws";

type PacketOf<C extends PacketCmd> = Extract<Packet, { cmd: C }>;

/** The other side of the wire: a broker that does as a test tells it, and keeps what it gets. */
export class ScriptedBroker implements AsyncDisposable {
  readonly packets: Packet[] = [];
  /** The code of its CONNACK; 0 accepts. */
  connackCode = 0;
  /** What it grants of each filter; 128 refuses. */
  granted: 0 | 1 | 128 = 1;
  acknowledges = true;
  readonly #server: Server;
  readonly #streams = new Set<Duplex>();
  #waiting: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(over: "tcp" | "ws" | TlsOptions = "tcp", port = 0): Promise<ScriptedBroker> {
    const took = (stream: Duplex): void => broker.#take(stream);
    const broker = new ScriptedBroker(
      over === "tcp"
        ? createServer(took)
        : over === "ws"
          ? webSocketServer(took)
          : createTlsServer(over, took),
    );
    broker.#server.listen(port, "127.0.0.1");
    await once(broker.#server, "listening");
    return broker;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Packets of one kind that have come. */
  all<C extends PacketCmd>(cmd: C): PacketOf<C>[] {
    return this.packets.filter((packet): packet is PacketOf<C> => packet.cmd === cmd);
  }

  /** Resolves when so many packets of one kind have come. */
  async count<C extends PacketCmd>(cmd: C, wanted: number): Promise<PacketOf<C>[]> {
    while (this.all(cmd).length < wanted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.all(cmd);
  }

  /** Sends to everyone who is connected. */
  send(packet: Packet): void {
    this.sendBytes(generate(packet));
  }

  sendBytes(bytes: Buffer): void {
    for (const stream of this.#streams) stream.write(bytes);
  }

  /** Ends every connection without a word. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(stream: Duplex): void {
    const parse = parser();
    this.#streams.add(stream);
    stream.on("close", () => this.#streams.delete(stream));
    stream.on("error", () => {});
    stream.on("data", (bytes: Buffer) => parse.parse(bytes));
    parse.on("packet", (packet: Packet) => {
      this.packets.push(packet);
      const answer = this.#answer(packet);
      if (answer) stream.write(generate(answer));
      if (packet.cmd === "disconnect") stream.end();
      for (const look of this.#waiting.splice(0)) look();
    });
  }

  #answer(packet: Packet): Packet | undefined {
    switch (packet.cmd) {
      case "connect":
        return { cmd: "connack", returnCode: this.connackCode, sessionPresent: false };
      case "subscribe": {
        const granted = packet.subscriptions.map(() => this.granted);
        return { cmd: "suback", messageId: packet.messageId ?? 0, granted };
      }
      case "publish":
        if (packet.qos === 0 || !this.acknowledges) return undefined;
        return { cmd: "puback", messageId: packet.messageId ?? 0 };
      default:
        return undefined;
    }
  }
}

function webSocketServer(took: (stream: Duplex) => void): Server {
  const server = createHttpServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "mqtt" });
  sockets.on("connection", (socket) => took(createWebSocketStream(socket)));
  return server;
}

/** CONNECT as an adapter would send it. */
export function connectPacket(more: Partial<IConnectPacket> = {}): Buffer {
  return generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId: "adapter",
    clean: true,
    keepalive: 30,
    ...more,
  });
}
