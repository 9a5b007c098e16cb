import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfService, milliGravity, plausible } from "./frame.ts";
import { readFields, reading, type Field } from "./readings.ts";

const simpleService = "ff01";
const simpleLength = 13;
const simpleBatteryAt = 0;
const simpleAxesAt = 7;

const proService = "feab";
const climateFields: readonly Field[] = [
  { is: "temperature", at: 3, as: "i16be", mul: 0.1 },
  { is: "humidity", at: 5, as: "u16be", mul: 0.1 },
  { is: "battery_voltage", at: 7, as: "u16be", mul: 0.001 },
];
const voltageOfDevice: Field = { is: "battery_voltage", at: 3, as: "u16be", mul: 0.001 };
const voltageOfAxes: Field = { is: "battery_voltage", at: 12, as: "u16be", mul: 0.001 };
const scaleAt = 4;
const axesAt = 6;
/** The sensor sends twelve bits, at the upper end of sixteen. */
const unusedBits = 4;
/** Thousandths of g in one step of an LIS3DH, at ±2, 4, 8 and 16 g. */
const steps = [1, 2, 4, 12];

interface Frame {
  readonly longest: number;
  readonly shortest: number;
  readonly read: (data: Buffer) => readonly Observation[];
}

/** By the first byte: about the device, its movement, the air about it. */
const frames = new Map<number, Frame>([
  [0x40, { shortest: 5, longest: 26, read: (data) => readFields(data, [voltageOfDevice]) }],
  [0x60, { shortest: 21, longest: 21, read: movement }],
  [0x70, { shortest: 16, longest: 16, read: (data) => readFields(data, climateFields) }],
]);

/** Beacons with sensors: one kind of frame each. */
export const moko: Decoder = {
  family: "moko",
  title: "MOKOSmart beacons with sensors",
  models: ["BeaconX Pro", "H4", "Mokobeacon"],
  source: "https://github.com/theengs/decoder (MBXPRO, Mokobeacon)",
  listensTo: { services: [simpleService, proService] },
  decode: (frame) => {
    const simple = dataOfService(frame, simpleService, simpleLength);
    if (simple) return told("Mokobeacon", simpleReadings(simple));
    const data = dataOfService(frame, proService);
    const known = frames.get(data?.[0] ?? 0);
    if (!data || !known) return undefined;
    if (data.length < known.shortest || data.length > known.longest) return undefined;
    return told("BeaconX Pro", known.read(data));
  },
};

function told(model: string, observations: readonly Observation[]): Decoded | undefined {
  return plausible({ facts: { manufacturer: "MOKOSmart", model, sleepy: true }, observations });
}

function simpleReadings(data: Buffer): readonly Observation[] {
  const axisAt = (n: number) => data.readInt16LE(simpleAxesAt + 2 * n);
  return [
    reading("battery", data.readUInt8(simpleBatteryAt)),
    ...milliGravity([axisAt(0), axisAt(1), axisAt(2)]),
  ];
}

function movement(data: Buffer): readonly Observation[] {
  const step = steps[data.readUInt8(scaleAt)];
  const voltage = readFields(data, [voltageOfAxes]);
  if (step === undefined) return voltage;
  const axisAt = (n: number) => (data.readInt16BE(axesAt + 2 * n) >> unusedBits) * step;
  return [...milliGravity([axisAt(0), axisAt(1), axisAt(2)]), ...voltage];
}
