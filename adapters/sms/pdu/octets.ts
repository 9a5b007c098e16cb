import { ProtocolError } from "koine/adapter";

/** Reads octets one after the other; past the end it throws. */
export class Octets {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * @param hex as modems write a PDU
   * @throws ProtocolError when it is not hexadecimal
   */
  static fromHex(hex: string): Octets {
    if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) {
      throw new ProtocolError("Cannot read PDU: it is not hexadecimal");
    }
    return new Octets(Buffer.from(hex, "hex"));
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws ProtocolError when there are fewer left; `what` they should be */
  take(count: number, what: string): Buffer {
    if (count > this.left) {
      throw new ProtocolError(`Cannot read PDU: it ends within its ${what}`);
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  one(what: string): number {
    return this.take(1, what).readUInt8(0);
  }

  rest(): Buffer {
    return this.take(this.left, "rest");
  }
}
