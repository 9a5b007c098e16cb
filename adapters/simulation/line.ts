import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Clock } from "koine/adapter";

/** One connection of a host to what is plugged in. */
export interface Port {
  write(bytes: Buffer): void;
}

/** A simulated stick or modem, from the side of its one line. */
export interface Plugged {
  /** A host has connected. */
  attach(port: Port): void;
  detach(port: Port): void;
  receive(bytes: Buffer): void;
}

/** How fast a UART of 115200 baud is: ten bits a byte. */
const uartBytesPerMs = 11.52;

export interface LineOptions {
  readonly clock: Clock;
  /** Bytes leave no faster than a UART of 115200 baud would let them. */
  readonly isPaced?: boolean;
}

/** The TCP port behind which a stick or modem is, as network sticks and `ser2net` offer it. */
export class Line {
  readonly #plugged: () => Plugged;
  readonly #options: LineOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  /** @param plugged what is plugged in when a host connects */
  constructor(plugged: () => Plugged, options: LineOptions) {
    this.#plugged = plugged;
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** Where a host finds it. */
  get address(): string {
    return `tcp://127.0.0.1:${this.#port}`;
  }

  /** Accepts connections, at the same port as before when it was closed. */
  async open(port = this.#port): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    this.#server = server;
    this.#port = portOf(server.address());
  }

  /** Resets every connection; the next one is accepted. */
  drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resets every connection and accepts no other. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => {
      if (server) server.close(() => resolve());
      else resolve();
    });
    this.drop();
    await closed;
  }

  #accept(socket: Socket): void {
    // There is one line: who comes last has it.
    this.drop();
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const port = this.#options.isPaced === true ? this.#paced(socket) : socketPort(socket);
    const plugged = this.#plugged();
    plugged.attach(port);
    socket.on("data", (chunk: Buffer) => plugged.receive(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      plugged.detach(port);
    });
  }

  #paced(socket: Socket): Port {
    const { clock } = this.#options;
    let freeAt = 0;
    return {
      write: (bytes) => {
        const now = clock.monotonic();
        freeAt = Math.max(freeAt, now) + bytes.length / uartBytesPerMs;
        clock.after(freeAt - now, () => socketPort(socket).write(bytes));
      },
    };
  }
}

function socketPort(socket: Socket): Port {
  return {
    write: (bytes) => {
      if (!socket.destroyed) socket.write(bytes);
    },
  };
}

/** The TCP port that a server has; 0 when it does not listen. */
export function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
