import { uuidBytes, Writer } from "./bytes.ts";

/* AD types: Bluetooth Assigned Numbers, 2.3; what is in them: Core Specification Supplement, A, 1. */
const adType = {
  flags: 0x01,
  complete16BitUuids: 0x03,
  complete128BitUuids: 0x07,
  completeName: 0x09,
  txPower: 0x0a,
  serviceData16Bit: 0x16,
  serviceData128Bit: 0x21,
  manufacturerData: 0xff,
} as const;

/** General discoverable, and no classic Bluetooth. */
export const lowEnergyOnly = 0x06;

/** One AD structure: length, type, data. */
export function structure(type: number, data: Uint8Array): Buffer {
  return new Writer()
    .u8(data.length + 1, type)
    .bytes(data)
    .done();
}

export function flags(value = lowEnergyOnly): Buffer {
  return structure(adType.flags, Buffer.from([value]));
}

/** Services that are there, all of them; 16-bit UUIDs of four digits or 128-bit ones. */
export function serviceUuids(...uuids: readonly string[]): Buffer {
  const isShort = uuids.every((uuid) => uuid.length === 4);
  const type = isShort ? adType.complete16BitUuids : adType.complete128BitUuids;
  return structure(type, Buffer.concat(uuids.map(uuidBytes)));
}

export function completeName(name: string): Buffer {
  return structure(adType.completeName, Buffer.from(name, "utf8"));
}

/** @param dbm -127 … 127 */
export function txPower(dbm: number): Buffer {
  return structure(adType.txPower, new Writer().int(dbm, 1).done());
}

export function serviceData(uuid: string, data: Uint8Array): Buffer {
  const type = uuid.length === 4 ? adType.serviceData16Bit : adType.serviceData128Bit;
  return structure(type, Buffer.concat([uuidBytes(uuid), data]));
}

/** @param company the identifier that the Bluetooth SIG gave it */
export function manufacturerData(company: number, data: Uint8Array): Buffer {
  return structure(adType.manufacturerData, new Writer().u16(company).bytes(data).done());
}
