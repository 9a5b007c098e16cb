import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { Clock } from "../../clock.ts";
import { LinkError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";

/** Where MQTT clients may connect: `tcp://127.0.0.1:1883`, `ws://127.0.0.1:9001`. */
export interface ListenerAddress {
  readonly protocol: "tcp" | "ws";
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  /** With the port that was taken, when port 0 was asked for. */
  readonly address: ListenerAddress;
  /**
   * Stops listening and says goodbye to everyone: a client reads what is under way and then closes.
   * Whoever has not after `graceMs` is cut off.
   */
  close(clock: Clock, graceMs: number): Promise<void>;
}

/** The usual `tcp://host:port` of an address. */
export function addressText({ protocol, host, port }: ListenerAddress): string {
  return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * Listens for MQTT clients and hands over each connection.
 * @throws LinkError when the port cannot be taken
 */
export async function listen(
  address: ListenerAddress,
  connected: (stream: Duplex) => void,
): Promise<Listener> {
  const server = address.protocol === "tcp" ? tcpServer(connected) : webSocketServer(connected);
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const port = await bind(server, address);
  return {
    address: { ...address, port },
    close: (clock, graceMs) =>
      new Promise((resolve) => {
        const late = clock.after(graceMs, () => {
          for (const socket of open) socket.destroy();
        });
        server.close(() => {
          late.cancel();
          resolve();
        });
        for (const socket of open) socket.end();
      }),
  };
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

function tcpServer(connected: (stream: Duplex) => void): Server {
  return createTcpServer({ noDelay: true, highWaterMark: limits.mqttHighWaterBytes }, connected);
}

function webSocketServer(connected: (stream: Duplex) => void): Server {
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
  sockets.on("connection", (socket) => connected(createWebSocketStream(socket)));
  return server;
}

function isLocalOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const host = URL.canParse(origin) ? new URL(origin).hostname : "";
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host);
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
