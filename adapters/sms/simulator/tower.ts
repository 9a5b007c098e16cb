import { createServer, type Server, type Socket } from "node:net";
import { LinkError, reasonOf, type Clock } from "koine/adapter";
import { portOf } from "../../simulation/line.ts";
import { limits } from "../limits.ts";
import type { Network } from "./network.ts";
import { Phone, type Shown } from "./phone.ts";

export interface TowerOptions {
  readonly clock: Clock;
  readonly network: Network;
  /** Numbers of the people who are known by name. */
  readonly people: ReadonlyMap<string, string>;
}

const host = "127.0.0.1";

/**
 * Where phones reach a simulated mobile network: a TCP port on this machine. Each line, both ways, is
 * a JSON document. A phone says `{"phone":"Amina"}` or a number instead of the name, and is told
 * `{"number":"+254…","name":"Amina"}`, then its latest texts. `{"text":"…"}` and `{"call":true}` text
 * and call the modem. What arrives is `{"text":"…","parts":1,"at":"…"}`; what cannot be done is
 * answered with `{"error":"…"}`.
 */
export class Tower {
  readonly #options: TowerOptions;
  readonly #phones = new Map<Socket, Phone>();
  /** The latest texts of all numbers, oldest first. */
  #latest: readonly Shown[] = [];
  #server: Server | undefined;
  #forget: () => void = () => {};

  constructor(options: TowerOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#server ? portOf(this.#server.address()) : 0;
  }

  /**
   * Lets phones in; at any free port when none is given.
   * @throws LinkError when the port is taken
   */
  async open(port = 0): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = limits.phoneConnections;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    }).catch((cause: unknown) => {
      const where = `${host}:${port}`;
      throw new LinkError(`Cannot open the simulated network at ${where}: ${reasonOf(cause)}`, {
        cause,
      });
    });
    this.#server = server;
    const { network, clock } = this.#options;
    this.#forget = network.onArrival((arrived) => this.#show({ ...arrived, atMs: clock.now() }));
  }

  /** Hangs up on every phone and lets none in. */
  async close(): Promise<void> {
    this.#forget();
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => {
      if (server) server.close(() => resolve());
      else resolve();
    });
    for (const socket of this.#phones.keys()) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const isFull = this.#phones.size >= limits.phones;
    const phone = new Phone({ ...this.#options, socket, earlier: (number) => this.#of(number) });
    this.#phones.set(socket, phone);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#phones.delete(socket));
    if (isFull) phone.hangUp(`There are ${limits.phones} phones already`);
  }

  #show(shown: Shown): void {
    this.#latest = [...this.#latest, shown].slice(-limits.phoneTextsKept);
    for (const phone of this.#phones.values()) phone.show(shown);
  }

  #of(number: string): readonly Shown[] {
    return this.#latest.filter(({ to }) => to === number).slice(-limits.phoneTextsShown);
  }
}
