import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP connection to a port of this machine that can be cut, pulled out and put in again. */
export class Cable implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isIn = true;
  #isCutting = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      if (this.#isIn) this.#carry(near, connect(target, "127.0.0.1"));
      else near.destroy();
    });
  }

  static async open(target: number): Promise<Cable> {
    const cable = new Cable(target);
    await new Promise<void>((resolve) => {
      cable.#server.listen(0, "127.0.0.1", resolve);
    });
    return cable;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Cuts whatever it carries, and carries nothing more. */
  pull(): void {
    this.#isIn = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** From the next bytes on: half of them arrive, then what it carries is gone. */
  cutWithinNext(): void {
    this.#isCutting = true;
  }

  plug(): void {
    this.#isIn = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pull();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #carry(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (bytes) => this.#pass(bytes, near));
  }

  #pass(bytes: Buffer, near: Socket): void {
    if (!this.#isCutting) {
      near.write(bytes);
      return;
    }
    this.#isCutting = false;
    near.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => {
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}
