/** Manufacturer-specific data: the company that assigned its form, and what it says. */
export interface CompanyData {
  /** Bluetooth SIG company identifier: `0x0499` is Ruuvi. */
  readonly company: number;
  /** Without the identifier. */
  readonly data: Buffer;
}

/** Data that belongs to a service. */
export interface ServiceData {
  /** Lower-case hexadecimal: four digits for a 16-bit UUID, eight for 32, else 32 without hyphens. */
  readonly uuid: string;
  /** Without the UUID. */
  readonly data: Buffer;
}

/** What the structures of one frame say; the frame alone, nothing of an earlier one. */
export interface Structures {
  readonly localName?: string;
  /** In the order they were sent; one company may have several. */
  readonly companyData: readonly CompanyData[];
  readonly serviceData: readonly ServiceData[];
  /** UUIDs of services, written as in `ServiceData`. */
  readonly serviceUuids: readonly string[];
  /** dBm, as the sender states it. */
  readonly txPower?: number;
}

/** One frame as a decoder sees it. */
export interface Advertisement extends Structures {
  /** Twelve lower-case hexadecimal digits: `a4c1388d18b2`. */
  readonly address: string;
}

/* Bluetooth Core Specification Supplement, part A, section 1, and Assigned Numbers, section 2.3. */
const someUuids = new Map([
  [0x02, 2],
  [0x03, 2],
  [0x04, 4],
  [0x05, 4],
  [0x06, 16],
  [0x07, 16],
]);
const dataSizes = new Map([
  [0x16, 2],
  [0x20, 4],
  [0x21, 16],
]);
const shortenedName = 0x08;
const completeName = 0x09;
const txPowerLevel = 0x0a;
const manufacturerData = 0xff;

const none: Structures = { companyData: [], serviceData: [], serviceUuids: [] };

/**
 * Reads the structures of a frame: length, type, data. What is cut off at the end, or too short for
 * its type, is left out; what stands before it counts.
 */
export function parseStructures(bytes: Buffer): Structures {
  const companyData: CompanyData[] = [];
  const serviceData: ServiceData[] = [];
  const serviceUuids: string[] = [];
  let localName: string | undefined;
  let txPower: number | undefined;
  for (let at = 0; at + 1 < bytes.length;) {
    const length = bytes[at] ?? 0;
    const end = at + 1 + length;
    // Zeros fill what is left of a frame.
    if (length === 0 || end > bytes.length) break;
    const type = bytes[at + 1] ?? 0;
    const data = bytes.subarray(at + 2, end);
    at = end;
    const uuidSize = dataSizes.get(type);
    const listSize = someUuids.get(type);
    if (type === manufacturerData && data.length >= 2) {
      companyData.push({ company: data.readUInt16LE(0), data: data.subarray(2) });
    } else if (uuidSize !== undefined && data.length >= uuidSize) {
      const uuid = uuidText(data.subarray(0, uuidSize));
      serviceData.push({ uuid, data: data.subarray(uuidSize) });
    } else if (listSize !== undefined) {
      for (let from = 0; from + listSize <= data.length; from += listSize) {
        serviceUuids.push(uuidText(data.subarray(from, from + listSize)));
      }
    } else if (type === completeName || (type === shortenedName && localName === undefined)) {
      localName = nameText(data);
    } else if (type === txPowerLevel && data.length === 1) {
      txPower = data.readInt8(0);
    }
  }
  return {
    ...none,
    companyData,
    serviceData,
    serviceUuids,
    ...(localName !== undefined && localName !== "" && { localName }),
    ...(txPower !== undefined && { txPower }),
  };
}

const baseUuid = "00001000800000805f9b34fb";

/** A UUID in sending order as text; one of the Bluetooth base is written short. */
function uuidText(bytes: Buffer): string {
  return shortUuid(Buffer.from(bytes.toReversed()).toString("hex"));
}

/** Lower-case hexadecimal without hyphens, and as short as it can be said: `180f`. */
export function shortUuid(uuid: string): string {
  const plain = uuid.replaceAll("-", "").toLowerCase();
  const short = plain.length === 32 && plain.endsWith(baseUuid) ? plain.slice(0, 8) : plain;
  return short.length === 8 && short.startsWith("0000") ? short.slice(4) : short;
}

/** UTF-8, without what no name has: control characters and the zeros of a fixed field. */
function nameText(data: Buffer): string {
  return data
    .toString("utf8")
    .replace(/\p{Cc}+/gu, "")
    .trim();
}
