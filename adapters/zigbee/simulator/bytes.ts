/** An IEEE address (EUI-64): 16 lower-case hexadecimal digits, most significant first. */
export type Ieee = string;

/** Reads little-endian fields one after the other, as every Zigbee layer writes them. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws RangeError when there are fewer bytes than this field has, as all below */
  u8(): number {
    return this.uint(1);
  }

  u16(): number {
    return this.uint(2);
  }

  u32(): number {
    return this.uint(4);
  }

  uint(length: number): number {
    return this.take(length).readUIntLE(0, length);
  }

  ieee(): Ieee {
    return this.take(8)
      .toReversed()
      .reduce((text, byte) => text + hex(byte), "");
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError(`${length} bytes wanted, ${this.left} left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Buffer {
    return this.take(this.left);
  }
}

/** An address as it goes over the air: least significant byte first. */
export function ieeeBytes(address: Ieee): Buffer {
  return Buffer.from(Buffer.from(address, "hex").toReversed());
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** Writes little-endian fields one after the other. */
export class Writer {
  readonly #parts: Buffer[] = [];

  u8(...values: readonly number[]): this {
    this.#parts.push(Buffer.from(values));
    return this;
  }

  u16(...values: readonly number[]): this {
    for (const value of values) this.uint(value, 2);
    return this;
  }

  u32(value: number): this {
    return this.uint(value, 4);
  }

  uint(value: number, length: number): this {
    const bytes = Buffer.alloc(length);
    bytes.writeUIntLE(value, 0, length);
    return this.bytes(bytes);
  }

  int(value: number, length: number): this {
    const bytes = Buffer.alloc(length);
    bytes.writeIntLE(value, 0, length);
    return this.bytes(bytes);
  }

  ieee(address: Ieee): this {
    return this.bytes(ieeeBytes(address));
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
