import { Duplex } from "node:stream";

/**
 * Two ends of a connection inside the process. Unlike `stream.duplexPair`, an end hears of it when
 * the other one is destroyed; and what was written never arrives while its reader is reading, because
 * aedes parses what it reads at once, also in the middle of a packet.
 */
export function memoryPair(): readonly [Duplex, Duplex] {
  const [one, other] = [new End(), new End()];
  one.peer = other;
  other.peer = one;
  return [one, other];
}

class End extends Duplex {
  peer: End | undefined;
  /** Lets the peer write on. */
  #taken: (() => void) | undefined;

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken) setImmediate(taken);
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.peer?.give(chunk, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.peer?.give(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    // One that has said all leaves its peer to read it.
    if (!this.writableFinished) this.peer?.destroy();
  }

  /** Takes bytes from the peer, and says when there is room for more. */
  give(chunk: Buffer, taken: () => void): void {
    if (this.destroyed) return taken();
    this.#taken = taken;
    this.push(chunk);
  }
}
