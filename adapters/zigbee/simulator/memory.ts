import { ieeeBytes, Reader, type Ieee } from "./bytes.ts";

/** Items of the stick's non-volatile memory that the simulated firmware uses itself. */
export const item = {
  address: 0x0001,
  startupOption: 0x0003,
  nib: 0x0021,
  extendedPanId: 0x002d,
  activeKey: 0x003a,
  alternateKey: 0x003b,
  apsLinkKeys: 0x004c,
  configured: 0x0060,
  networkKey: 0x0062,
  keyInUse: 0x0082,
  panId: 0x0083,
  channels: 0x0084,
  linkKeySeed: 0x0101,
} as const;

/** How many link keys of single devices it has room for. */
const linkKeys = 30;

/** Tables in the extended part, and how many bytes an entry has. */
const tables = [
  { id: 0x01, entries: 120, length: 12, empty: "00ff00000000000000000000" },
  { id: 0x04, entries: 120, length: 20, empty: "00".repeat(20) },
  { id: 0x06, entries: linkKeys, length: 24, empty: "00".repeat(24) },
  { id: 0x07, entries: 5, length: 12, empty: "00".repeat(12) },
] as const;

/** The non-volatile memory of a Z-Stack 3.x stick: it survives a power cut, and a restart of us. */
export class Memory {
  readonly #items = new Map<number, Buffer>();
  readonly #extended = new Map<string, Buffer>();

  constructor(address: Ieee) {
    this.set(item.address, ieeeBytes(address));
    this.forget();
  }

  get(id: number): Buffer | undefined {
    return this.#items.get(id);
  }

  set(id: number, value: Buffer): void {
    this.#items.set(id, Buffer.from(value));
  }

  delete(id: number): void {
    this.#items.delete(id);
  }

  /** Writes into an item that is there already. */
  write(id: number, offset: number, value: Buffer): boolean {
    const whole = this.#items.get(id);
    if (!whole || offset + value.length > whole.length) return false;
    value.copy(whole, offset);
    return true;
  }

  entry(table: number, index: number): Buffer | undefined {
    return this.#extended.get(`${table}/${index}`);
  }

  setEntry(table: number, index: number, offset: number, value: Buffer): void {
    const before = this.entry(table, index) ?? Buffer.alloc(offset + value.length);
    value.copy(before, offset);
    this.#extended.set(`${table}/${index}`, before);
  }

  createEntry(table: number, index: number, length: number): void {
    this.#extended.set(`${table}/${index}`, Buffer.alloc(length));
  }

  /** Back to how it left the factory; only its address stays. */
  forget(): void {
    const address = this.#items.get(item.address) ?? Buffer.alloc(8);
    this.#items.clear();
    this.set(item.address, address);
    this.set(item.keyInUse, Buffer.alloc(24));
    this.set(item.activeKey, Buffer.alloc(18));
    this.set(item.alternateKey, Buffer.alloc(18));
    this.set(item.networkKey, Buffer.alloc(16));
    this.set(item.apsLinkKeys, Buffer.from(`0000${"feff00000000".repeat(linkKeys)}`, "hex"));
    this.set(item.linkKeySeed, Buffer.alloc(16, 0x5a));
    this.#extended.clear();
    for (const { id, entries, empty } of tables) {
      for (let index = 0; index < entries; index++) {
        this.#extended.set(`${id}/${index}`, Buffer.from(empty, "hex"));
      }
    }
  }
}

/** Places of what the simulated firmware knows of its network, in the 116 bytes of the NIB. */
const nibLength = 116;
const nibAt = { securityLevel: 12, version: 18, channel: 24, panId: 36, state: 38, channels: 40 };
const nibExtendedPanIdAt = 57;

export interface NetworkInformation {
  readonly panId: number;
  readonly extendedPanId: Ieee;
  readonly channel: number;
}

/** What a stick keeps of the network it formed. */
export function encodeNib(network: NetworkInformation, channels: number): Buffer {
  const nib = Buffer.alloc(nibLength);
  nib.writeUInt8(5, nibAt.securityLevel);
  nib.writeUInt8(2, nibAt.version);
  nib.writeUInt8(network.channel, nibAt.channel);
  nib.writeUInt16LE(network.panId, nibAt.panId);
  nib.writeUInt8(8, nibAt.state);
  nib.writeUInt32LE(channels, nibAt.channels);
  ieeeBytes(network.extendedPanId).copy(nib, nibExtendedPanIdAt);
  return nib;
}

export function parseNib(nib: Buffer): NetworkInformation {
  return {
    panId: nib.readUInt16LE(nibAt.panId),
    channel: nib.readUInt8(nibAt.channel),
    extendedPanId: new Reader(nib.subarray(nibExtendedPanIdAt)).ieee(),
  };
}
