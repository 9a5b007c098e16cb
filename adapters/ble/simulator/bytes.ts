/** A device address: twelve lower-case hexadecimal digits, most significant first. */
export type Address = string;

/** Public, or random: static, or private and changing (Core, Vol 6, Part B, 1.3). */
export type AddressType = "public" | "random";

/** Reads little-endian fields one after the other, as HCI, L2CAP and ATT write them. */
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
    return this.take(1).readUInt8(0);
  }

  u16(): number {
    return this.take(2).readUInt16LE(0);
  }

  addressType(): AddressType {
    return this.u8() === 0 ? "public" : "random";
  }

  address(): Address {
    return Buffer.from(this.take(6).toReversed()).toString("hex");
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

/** Writes little-endian fields one after the other. */
export class Writer {
  readonly #parts: Buffer[] = [];

  u8(...values: readonly number[]): this {
    this.#parts.push(Buffer.from(values));
    return this;
  }

  u16(...values: readonly number[]): this {
    for (const value of values) this.int(value & 0xffff, 2);
    return this;
  }

  /** Of up to six bytes; `value` may be negative. */
  int(value: number, length: number): this {
    const bytes = Buffer.alloc(length);
    if (value < 0) bytes.writeIntLE(value, 0, length);
    else bytes.writeUIntLE(value, 0, length);
    return this.bytes(bytes);
  }

  /** Most significant byte first; `value` may be negative. */
  intBe(value: number, length: number): this {
    return this.bytes(Buffer.from(new Writer().int(value, length).done().toReversed()));
  }

  addressType(type: AddressType): this {
    return this.u8(type === "public" ? 0 : 1);
  }

  address(address: Address): this {
    return this.bytes(addressBytes(address));
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** An address as it is sent: least significant byte first. */
export function addressBytes(address: Address): Buffer {
  return Buffer.from(Buffer.from(address, "hex").toReversed());
}

/** A UUID, hyphens or not, as it is sent. */
export function uuidBytes(uuid: string): Buffer {
  return addressBytes(uuid.replaceAll("-", ""));
}
