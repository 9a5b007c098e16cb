import type { Observation } from "./observation.ts";

/** m/s² in one g, in thousandths of which Ruuvi's sensors measure. */
export const ruuviGravity = 9.80665;

/** What the data of one advertisement says. */
export interface RuuviData {
  /** Its first byte, which names the form. */
  readonly format: number;
  readonly observations: readonly Observation[];
  /** Counts the measurements; absent where the sensor does not know it or the format has none. */
  readonly sequence?: { readonly value: number; readonly bits: number };
}

interface Format {
  readonly length: number;
  readonly read: (data: Buffer) => readonly Observation[];
  /** Where the number of the measurement stands, and whether all bits set mean that there is none. */
  readonly sequence?: { readonly at: number; readonly bytes: number; readonly hasNone: boolean };
}

/* https://docs.ruuvi.com/communication/bluetooth-advertisements */
const formats: ReadonlyMap<number, Format> = new Map<number, Format>([
  [0x03, { length: 14, read: format3 }],
  [0x05, { length: 24, read: format5, sequence: { at: 16, bytes: 2, hasNone: true } }],
  [0x06, { length: 20, read: format6, sequence: { at: 15, bytes: 1, hasNone: false } }],
  [0xc5, { length: 18, read: formatC5, sequence: { at: 10, bytes: 2, hasNone: true } }],
  [0xe1, { length: 40, read: formatE1, sequence: { at: 25, bytes: 3, hasNone: true } }],
]);

/**
 * Reads the manufacturer-specific data of a sensor, without the identifier of the company; undefined
 * when it is of a form that is not known, needs a key, or is not as long as its form.
 */
export function readRuuvi(data: Buffer): RuuviData | undefined {
  const format = data[0] ?? 0;
  const known = formats.get(format);
  if (known?.length !== data.length) return undefined;
  const sequence = known.sequence && sequenceAt(data, known.sequence);
  return { format, observations: known.read(data), ...(sequence && { sequence }) };
}

function sequenceAt(
  data: Buffer,
  { at, bytes, hasNone }: NonNullable<Format["sequence"]>,
): RuuviData["sequence"] {
  const value = data.readUIntBE(at, bytes);
  const bits = 8 * bytes;
  return hasNone && value === 2 ** bits - 1 ? undefined : { value, bits };
}

function format3(data: Buffer): Observation[] {
  return [
    ...weather(data, 1),
    ...acceleration(data, 6),
    reading("battery_voltage", data.readUInt16BE(12) / 1_000),
  ];
}

/** Humidity, sign and degrees, hundredths, pressure: as the oldest formats write them. */
export function weather(data: Buffer, at: number): Observation[] {
  const integer = data.readUInt8(at + 1);
  const hundredths = data.readUInt8(at + 2);
  const celsius = (integer & 0x7f) + hundredths / 100;
  // There is no such fraction: the sensor failed.
  const temperature = hundredths >= 100 ? null : integer & 0x80 && celsius > 0 ? -celsius : celsius;
  return [
    reading("humidity", data.readUInt8(at) * 0.5),
    reading("temperature", temperature),
    reading("pressure", (data.readUInt16BE(at + 3) + 50_000) / 100),
  ];
}

function format5(data: Buffer): Observation[] {
  return [...climate(data), ...acceleration(data, 7), ...power(data, 13), ...movement(data, 15)];
}

function formatC5(data: Buffer): Observation[] {
  return [...climate(data), ...power(data, 7), ...movement(data, 9)];
}

function format6(data: Buffer): Observation[] {
  const flags = data.readUInt8(16);
  const lightCode = data.readUInt8(13);
  return [
    ...climate(data),
    unless("pm25", data.readUInt16BE(7), 0xff_ff, (raw) => raw * 0.1),
    unless("co2", data.readUInt16BE(9), 0xff_ff),
    ...indices(data, 11, flags),
    unless("illuminance", lightCode, 0xff, (raw) => Math.exp((raw * Math.log(65_536)) / 254) - 1),
  ];
}

function formatE1(data: Buffer): Observation[] {
  const particles = ["pm1", "pm25", "pm4", "pm10"].map((is, n) =>
    unless(is, data.readUInt16BE(7 + 2 * n), 0xff_ff, (raw) => raw * 0.1),
  );
  return [
    ...climate(data),
    ...particles,
    unless("co2", data.readUInt16BE(15), 0xff_ff),
    ...indices(data, 17, data.readUInt8(28)),
    unless("illuminance", data.readUIntBE(19, 3), 0xff_ff_ff, (raw) => raw * 0.01),
  ];
}

/** Temperature, humidity and pressure stand at the same place in every newer format. */
export function climate(data: Buffer): Observation[] {
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
    const value = raw === -32_768 ? null : (raw / 1_000) * ruuviGravity;
    return { facts: { is: "acceleration", part, source: `acc${part}` }, value, raw };
  });
}

/** Eleven bits of millivolts above 1,600, and five of transmission power in steps of 2 dBm. */
export function power(data: Buffer, at: number): Observation[] {
  const whole = data.readUInt16BE(at);
  const dBm = whole & 0x1f;
  return [
    unless("battery_voltage", whole >> 5, 2_047, (raw) => (raw + 1_600) / 1_000),
    {
      facts: { is: "x_ruuvi_tx_power", type: "number", unit: "dBm", source: "tx_power" },
      value: dBm === 0x1f ? null : 2 * dBm - 40,
    },
  ];
}

function movement(data: Buffer, at: number): Observation[] {
  return [unless("count", data.readUInt8(at), 0xff)];
}

/** Nine bits each: eight of the byte, and one among the flags. */
function indices(data: Buffer, at: number, flags: number): Observation[] {
  const voc = (data.readUInt8(at) << 1) | ((flags >> 6) & 1);
  const nox = (data.readUInt8(at + 1) << 1) | ((flags >> 7) & 1);
  return [
    unless("voc_index", voc, 0x1_ff),
    {
      facts: { is: "x_ruuvi_nox_index", type: "number", source: "nox" },
      value: nox === 0x1_ff ? null : nox,
    },
  ];
}

function reading(is: string, value: number | null): Observation {
  return { facts: { is, source: is }, value };
}

/** A reading, or null where the sensor says it has none. */
export function unless(
  is: string,
  raw: number,
  missing: number,
  convert: (raw: number) => number = (same) => same,
): Observation {
  const value = raw === missing ? null : convert(raw);
  return { facts: { is, source: is }, value, ...(value !== raw && { raw }) };
}
