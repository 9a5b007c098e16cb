import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket, type SecureContext } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Clock } from "../../clock.ts";
import { invariant, LinkError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { addressOf, isLoopback, type Admission } from "./admission.ts";

export const protocols = ["tcp", "tls", "ws", "wss"] as const;
export type Protocol = (typeof protocols)[number];

/** Where MQTT clients may connect: `tcp://127.0.0.1:1883`, `wss://0.0.0.0:9001`. */
export interface ListenerAddress {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
}

/** A connection that says MQTT next. */
export interface Visit {
  readonly stream: Duplex;
  /** The IP address it comes from. */
  readonly address: string;
  /** CONNECT is there: nothing more is due before a deadline. */
  greeted(): void;
}

export interface ListenerOptions {
  readonly address: ListenerAddress;
  readonly clock: Clock;
  readonly admission: Admission;
  /** The certificate to show now; of `tls` and `wss`. */
  readonly secureContext?: (() => SecureContext) | undefined;
  readonly connected: (visit: Visit) => void;
}

export interface Listener {
  /** With the port that was taken, when port 0 was asked for. */
  readonly address: ListenerAddress;
  /**
   * Stops listening and says goodbye to everyone: a client reads what is under way and then closes.
   * Whoever has not after `graceMs` is cut off.
   */
  close(graceMs: number): Promise<void>;
}

/** The usual `tcp://host:port` of an address. */
export function addressText({ protocol, host, port }: ListenerAddress): string {
  return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * Listens for MQTT clients and hands over each connection.
 * @throws LinkError when the port cannot be taken
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { address, clock, admission } = options;
  const open = new Set<Socket>();
  const speak = speakerOf(options);
  const server = createTcpServer({ noDelay: true, keepAlive: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (!admission.admit(socket)) return;
    open.add(socket);
    const deadline = clock.after(limits.mqttConnectMs, () => socket.destroy());
    socket.once("close", () => {
      open.delete(socket);
      deadline.cancel();
    });
    speak(socket, { address: addressOf(socket), greeted: () => deadline.cancel() });
  });
  const port = await bind(server, address);
  server.on("error", () => admission.failed());
  return { address: { ...address, port }, close: (graceMs) => close(server, open, clock, graceMs) };
}

function close(
  server: Server,
  open: ReadonlySet<Socket>,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const late = clock.after(graceMs, () => {
      for (const socket of open) socket.destroy();
    });
    server.close(() => {
      late.cancel();
      resolve();
    });
    for (const socket of open) socket.end();
  });
}

/** The first port from `wanted` on that nobody listens on; 0, for any, when there is none near. */
export async function firstFreePort(host: string, wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + limits.portsTried; port++) {
    const probe = createTcpServer();
    const isFree = await bind(probe, { protocol: "tcp", host, port }).then(
      () => true,
      () => false,
    );
    await new Promise((resolve) => {
      probe.close(resolve);
    });
    if (isFree) return port;
  }
  return 0;
}

type Speak<S extends Duplex> = (stream: S, visit: Omit<Visit, "stream">) => void;

/** What is between a socket and MQTT: TLS, WebSocket, both or nothing. */
function speakerOf({ address, secureContext, connected }: ListenerOptions): Speak<Socket> {
  const plain: Speak<Duplex> = (stream, visit) => connected({ ...visit, stream });
  const { protocol } = address;
  const inner = protocol === "ws" || protocol === "wss" ? webSockets(plain) : plain;
  return protocol === "tls" || protocol === "wss" ? overTls(secureContext, inner) : inner;
}

function overTls(
  secureContext: ListenerOptions["secureContext"],
  inner: Speak<Duplex>,
): Speak<Socket> {
  invariant(secureContext, "a TLS listener has a certificate");
  return (socket, visit) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext: secureContext() });
    secured.on("error", () => socket.destroy());
    secured.on("close", () => socket.destroy());
    secured.once("secure", () => inner(secured, visit));
  };
}

function webSockets(inner: Speak<Duplex>): Speak<Duplex> {
  const visits = new WeakMap<Duplex, Omit<Visit, "stream">>();
  const server = createHttpServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    server,
    maxPayload: limits.webSocketMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
    // A browser names the page that asks. Pages from elsewhere must not command the house.
    verifyClient: ({ origin }: { origin?: string }) => isLocalOrigin(origin),
  });
  // The HTTP server reports the same errors, to whoever listens.
  sockets.on("error", () => {});
  sockets.on("connection", (socket, { socket: connection }) => {
    const visit = visits.get(connection);
    if (!visit) return;
    const greeted = limitUntilGreeted(connection);
    inner(createWebSocketStream(socket), {
      ...visit,
      greeted: () => {
        greeted();
        visit.greeted();
      },
    });
  });
  return (stream, visit) => {
    visits.set(stream, visit);
    server.emit("connection", stream);
  };
}

/** Before CONNECT nobody needs more than that: a frame is kept until it is whole. */
function limitUntilGreeted(connection: Duplex): () => void {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limits.webSocketOpeningBytes) connection.destroy();
  };
  connection.on("data", count);
  return () => connection.removeListener("data", count);
}

function isLocalOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const host = URL.canParse(origin) ? new URL(origin).hostname.replace(/^\[|\]$/g, "") : "";
  return host === "localhost" || isLoopback(host);
}

function bind(server: Server, address: ListenerAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `Cannot listen on ${addressText(address)}: ${reasonOf(cause)}`;
      const taken = "code" in cause && cause.code === "EADDRINUSE";
      reject(new LinkError(message, { cause, context: { taken } }));
    });
    server.listen(address.port, address.host, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound ? bound.port : address.port);
    });
  });
}
