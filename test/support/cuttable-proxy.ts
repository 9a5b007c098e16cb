import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP connection to somewhere else that can be cut in the middle of what it carries. */
export class CuttableProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isCutting = false;

  private constructor(target: number) {
    this.#server = createServer((near) => this.#carry(near, connect(target, "127.0.0.1")));
  }

  static async open(target: number): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** From the next bytes on: half of them arrive, then the connections are gone. */
  cutWithinNext(): void {
    this.#isCutting = true;
  }

  async close(): Promise<void> {
    this.#cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #carry(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.pipe(far);
    far.on("data", (bytes) => {
      if (!this.#isCutting) {
        near.write(bytes);
        return;
      }
      this.#isCutting = false;
      near.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => this.#cut());
    });
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }

  #cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }
}
