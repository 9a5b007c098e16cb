import type { Plugged, Port } from "../../simulation/line.ts";

export interface BadCableOptions {
  /** Bytes of one piece; all of them arrive one by one. */
  readonly pieceBytes?: number;
  /** Share of the bytes to the host that arrive as others. */
  readonly noise?: number;
  readonly random: () => number;
}

/** A cable between a host and what is plugged in: it cuts what it carries into pieces, and spoils some. */
export class BadCable implements Plugged {
  readonly #plugged: Plugged;
  readonly #options: BadCableOptions;
  readonly #ports = new WeakMap<Port, Port>();

  constructor(plugged: Plugged, options: BadCableOptions) {
    this.#plugged = plugged;
    this.#options = options;
  }

  attach(port: Port): void {
    const near: Port = { write: (bytes) => this.#carry(bytes, port) };
    this.#ports.set(port, near);
    this.#plugged.attach(near);
  }

  detach(port: Port): void {
    const near = this.#ports.get(port);
    if (near) this.#plugged.detach(near);
  }

  receive(bytes: Buffer): void {
    for (const byte of bytes) this.#plugged.receive(Buffer.from([byte]));
  }

  #carry(bytes: Buffer, port: Port): void {
    const { pieceBytes = bytes.length, noise = 0, random } = this.#options;
    const spoilt = bytes.map((byte) => (random() < noise ? Math.floor(random() * 256) : byte));
    for (let at = 0; at < spoilt.length; at += pieceBytes) {
      port.write(Buffer.from(spoilt.subarray(at, at + pieceBytes)));
    }
  }
}
