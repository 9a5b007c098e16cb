import type { Envelope } from "./crypto.ts";

/* MiBeacon protocol, frame control. */
const isEncryptedBit = 1 << 3;
const hasAddressBit = 1 << 4;
const hasCapabilityBit = 1 << 5;
const hasObjectBit = 1 << 6;
const isMeshBit = 1 << 7;
const oldestVersion = 2;
const newestVersion = 5;
const lastLegacyVersion = 3;
/** Of the capability: two more bytes follow. */
const hasInputOutputBit = 1 << 5;
const headBytes = 5;
const addressBytes = 6;

/** The plain fields of a frame. */
export interface Frame extends Envelope {
  readonly product: number;
  readonly count: number;
  readonly hasAddress: boolean;
  readonly hasObject: boolean;
  readonly isEncrypted: boolean;
  /** Of versions 2 and 3. */
  readonly isLegacy: boolean;
}

/** Undefined when it is no MiBeacon, of a mesh, cut off or of another address. */
export function parseFrame(data: Buffer, address: string): Frame | undefined {
  if (data.length < headBytes) return undefined;
  const control = data.readUInt16LE(0);
  const has = (bit: number): boolean => (control & bit) !== 0;
  const version = control >> 12;
  if (version < oldestVersion || version > newestVersion || has(isMeshBit)) return undefined;
  const sender = Buffer.from(Buffer.from(address, "hex").toReversed());
  const from = startOf(data, has(hasAddressBit), has(hasCapabilityBit));
  if (from === undefined || sender.length !== addressBytes) return undefined;
  if (has(hasAddressBit) && !sender.equals(data.subarray(headBytes, headBytes + addressBytes))) {
    return undefined;
  }
  return {
    head: data.subarray(0, headBytes),
    address: sender,
    rest: data.subarray(from),
    product: data.readUInt16LE(2),
    count: data.readUInt8(4),
    hasAddress: has(hasAddressBit),
    hasObject: has(hasObjectBit),
    isEncrypted: has(isEncryptedBit),
    isLegacy: version <= lastLegacyVersion,
  };
}

/** Where the objects start; undefined where the frame ends before. */
function startOf(data: Buffer, hasAddress: boolean, hasCapability: boolean): number | undefined {
  let at = headBytes + (hasAddress ? addressBytes : 0);
  if (hasCapability) {
    const capability = data[at];
    if (capability === undefined) return undefined;
    at += (capability & hasInputOutputBit) === 0 ? 1 : 3;
  }
  return at > data.length ? undefined : at;
}
