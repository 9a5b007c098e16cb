import type { Observation } from "../../../reading/observation.ts";
import { readRuuvi } from "../../../reading/ruuvi.ts";

/** Manufacturer id of Ruuvi Innovations, least significant byte first. */
const company = [0x99, 0x04] as const;
const manufacturerData = 0xff;

/**
 * The readings of a Bluetooth advertisement in hexadecimal; undefined when it is not of a Ruuvi
 * sensor, or in a format that cannot be read without a key.
 */
export function ruuviReadings(hex: string): readonly Observation[] | undefined | "unreadable" {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) return "unreadable";
  const data = ruuviData(Buffer.from(hex, "hex"));
  return data && readRuuvi(data)?.observations;
}

/** Walks the structures of an advertisement: length, type, data. */
function ruuviData(bytes: Buffer): Buffer | undefined {
  for (let at = 0; at + 1 < bytes.length;) {
    const length = bytes[at] ?? 0;
    const structure = bytes.subarray(at + 1, at + 1 + length);
    const [type, low, high] = structure;
    if (type === manufacturerData && low === company[0] && high === company[1]) {
      return structure.subarray(3);
    }
    if (length === 0) return undefined;
    at += length + 1;
  }
  return undefined;
}
