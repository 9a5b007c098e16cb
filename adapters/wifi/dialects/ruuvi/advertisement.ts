import type { Observation } from "../../../reading/observation.ts";

/** Manufacturer id of Ruuvi Innovations, least significant byte first. */
const company = [0x99, 0x04] as const;
const manufacturerData = 0xff;
const gravity = 9.80665;

/**
 * The readings of a Bluetooth advertisement in hexadecimal; undefined when it is not of a Ruuvi
 * sensor, or in a format that cannot be read without a key.
 */
export function ruuviReadings(hex: string): Observation[] | undefined | "unreadable" {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) return "unreadable";
  const data = ruuviData(Buffer.from(hex, "hex"));
  return data && (formats.get(data[0] ?? 0)?.(data) ?? undefined);
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

type Decoder = (data: Buffer) => Observation[] | undefined;

const formats: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [0x03, format3],
  [0x05, format5],
  [0x06, format6],
  [0xc5, formatC5],
  [0xe1, formatE1],
]);

function format3(data: Buffer): Observation[] | undefined {
  if (data.length < 14) return undefined;
  const integer = data.readUInt8(2);
  const sign = integer & 0x80 ? -1 : 1;
  const celsius = sign * ((integer & 0x7f) + data.readUInt8(3) / 100);
  return [
    reading("humidity", data.readUInt8(1) * 0.5),
    reading("temperature", celsius),
    reading("pressure", (data.readUInt16BE(4) + 50_000) / 100),
    ...acceleration(data, 6),
    reading("battery_voltage", data.readUInt16BE(12) / 1_000),
  ];
}

function format5(data: Buffer): Observation[] | undefined {
  if (data.length < 18) return undefined;
  return [...climate(data), ...acceleration(data, 7), ...power(data, 13), ...movement(data, 15)];
}

function formatC5(data: Buffer): Observation[] | undefined {
  if (data.length < 12) return undefined;
  return [...climate(data), ...power(data, 7), ...movement(data, 9)];
}

function format6(data: Buffer): Observation[] | undefined {
  if (data.length < 17) return undefined;
  const flags = data.readUInt8(16);
  const lightCode = data.readUInt8(13);
  return [
    ...climate(data),
    unless("pm25", data.readUInt16BE(7), 0xff_ff, (raw) => raw * 0.1),
    unless("co2", data.readUInt16BE(9), 0xff_ff),
    ...index("voc_index", data.readUInt8(11), flags, 6),
    ...nitrogen(data.readUInt8(12), flags),
    unless("illuminance", lightCode, 0xff, (raw) => Math.exp((raw * Math.log(65_536)) / 254) - 1),
  ];
}

function formatE1(data: Buffer): Observation[] | undefined {
  if (data.length < 29) return undefined;
  const flags = data.readUInt8(28);
  const particles = ["pm1", "pm25", "pm4", "pm10"].map((is, n) =>
    unless(is, data.readUInt16BE(7 + 2 * n), 0xff_ff, (raw) => raw * 0.1),
  );
  return [
    ...climate(data),
    ...particles,
    unless("co2", data.readUInt16BE(15), 0xff_ff),
    ...index("voc_index", data.readUInt8(17), flags, 6),
    ...nitrogen(data.readUInt8(18), flags),
    unless("illuminance", data.readUIntBE(19, 3), 0xff_ff_ff, (raw) => raw * 0.01),
  ];
}

/** Temperature, humidity and pressure stand at the same place in every newer format. */
function climate(data: Buffer): Observation[] {
  return [
    unless("temperature", data.readInt16BE(1), -32_768, (raw) => raw * 0.005),
    unless("humidity", data.readUInt16BE(3), 0xff_ff, (raw) => raw * 0.0025),
    unless("pressure", data.readUInt16BE(5), 0xff_ff, (raw) => (raw + 50_000) / 100),
  ];
}

/** Three axes in thousandths of the earth's gravity. */
function acceleration(data: Buffer, at: number): Observation[] {
  return ["x", "y", "z"].map((part, n) => {
    const raw = data.readInt16BE(at + 2 * n);
    const value = raw === -32_768 ? null : (raw / 1_000) * gravity;
    return { facts: { is: "acceleration", part, source: `acc${part}` }, value, raw };
  });
}

/** Eleven bits of millivolts above 1,600, and five of transmission power. */
function power(data: Buffer, at: number): Observation[] {
  const raw = data.readUInt16BE(at) >> 5;
  return [unless("battery_voltage", raw, 2_047, (volts) => (volts + 1_600) / 1_000)];
}

function movement(data: Buffer, at: number): Observation[] {
  const raw = data.readUInt8(at);
  return [unless("count", raw, 0xff)];
}

/** Nine bits: eight of the byte, and one among the flags. */
function index(is: string, byte: number, flags: number, bit: number): Observation[] {
  return [unless(is, (byte << 1) | ((flags >> bit) & 1), 0x1_ff)];
}

function nitrogen(byte: number, flags: number): Observation[] {
  const raw = (byte << 1) | ((flags >> 7) & 1);
  const facts = { is: "x_ruuvi_nox_index", type: "number", source: "nox" } as const;
  return [{ facts, value: raw === 0x1_ff ? null : raw }];
}

function reading(is: string, value: number): Observation {
  return { facts: { is, source: is }, value };
}

/** A reading, or null where the sensor says it has none. */
function unless(
  is: string,
  raw: number,
  missing: number,
  convert: (raw: number) => number = (same) => same,
): Observation {
  const value = raw === missing ? null : convert(raw);
  return { facts: { is, source: is }, value, ...(value !== raw && { raw }) };
}
