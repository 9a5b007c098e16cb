import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfService, milliGravity, plausible } from "./frame.ts";
import { gravity, reading, vendorReading } from "./readings.ts";

const eddystone = "feaa";
const sensorFrame = 0x21;
/** In the mask of a sensor frame, whatever the sensors. */
const versionBit = 0x100;
const headerLength = 3;

interface Sensor {
  readonly bit: number;
  readonly bytes: number;
  readonly read: (data: Buffer) => readonly Observation[];
}

const acceleration: Sensor = {
  bit: 0x08,
  bytes: 6,
  read: (data) => {
    const axes = [data.readInt16BE(0), data.readInt16BE(2), data.readInt16BE(4)] as const;
    const magnitude = (Math.hypot(...axes) * gravity) / 1000;
    return [...milliGravity(axes), reading("acceleration", magnitude)];
  },
};

/** Each stands in the frame where its bit is set, in this order. */
const sensors: readonly Sensor[] = [
  { bit: 0x01, bytes: 2, read: (data) => batteryOf(data.readUInt16BE(0)) },
  { bit: 0x02, bytes: 2, read: (data) => [reading("temperature", fixedPoint(data))] },
  { bit: 0x04, bytes: 2, read: (data) => [reading("humidity", fixedPoint(data))] },
  acceleration,
  { bit: 0x10, bytes: 1, read: (data) => [reading("tamper", data[0] !== 0)] },
  { bit: 0x20, bytes: 1, read: (data) => [reading("motion", data[0] !== 0)] },
  { bit: 0x40, bytes: 2, read: (data) => [reading("illuminance", data.readUInt16BE(0))] },
  {
    bit: 0x80,
    bytes: 5,
    read: (data) => [
      reading("voc_index", data.readUInt16BE(1)),
      vendorReading("kkm", "nox_index", data.readUInt16BE(3)),
    ],
  },
  { bit: 0x200, bytes: 3, read: (data) => [reading("co2", data.readUInt16BE(1))] },
  { bit: 0x400, bytes: 3, read: () => [] },
];
const known = sensors.reduce((bits, { bit }) => bits | bit, versionBit);

/** By the mask; the others go by the name of the frame. */
const models = new Map([
  [0x07, "K6"],
  [0x0b, "KSensor"],
  [0x0f, "K9"],
]);

/** Beacons of one maker, which others sell too: BlueCharm. They say what they measure, and how. */
export const kkm: Decoder = {
  family: "kkm",
  title: "KKM sensor beacons",
  models: ["K6", "K9", "KSensor", "BlueCharm BC04P", "BlueCharm BC08", "BlueCharm BC021"],
  source: "https://github.com/kkmhogen/KBeaconProDemo_Android (sensor advertisement)",
  listensTo: { services: [eddystone] },
  decode: (frame) => {
    const data = dataOfService(frame, eddystone);
    if (data?.[0] !== sensorFrame || data.length <= headerLength) return undefined;
    return read(data.subarray(headerLength), data.readUInt16BE(1));
  },
};

function read(body: Buffer, mask: number): Decoded | undefined {
  if ((mask & ~known) !== 0) return undefined;
  const told = sensors.filter(({ bit }) => (mask & bit) !== 0);
  const length = told.reduce((sum, { bytes }) => sum + bytes, 0);
  // Early K6 send the acceleration without saying so.
  const isUnannounced = body.length - length === acceleration.bytes && !told.includes(acceleration);
  if (body.length !== length && !isUnannounced) return undefined;
  return plausible({
    facts: {
      manufacturer: "KKM",
      model: models.get(mask & ~versionBit) ?? "KSensor",
      sleepy: true,
    },
    observations: observationsIn(body, isUnannounced ? [...told, acceleration] : told),
  });
}

function observationsIn(body: Buffer, told: readonly Sensor[]): readonly Observation[] {
  let at = 0;
  return told.flatMap(({ bytes, read: readOne }) => {
    const data = body.subarray(at, at + bytes);
    at += bytes;
    return readOne(data);
  });
}

/** Whole, with the sign; then 256ths. */
function fixedPoint(data: Buffer): number {
  return data.readInt16BE(0) / 256;
}

/** Volts of a lithium cell, and the percent that are left at them. */
const discharge: readonly (readonly [fromV: number, percent: number, perVolt: number])[] = [
  [3, 100, 0],
  [2.6, 60, 100],
  [2.5, 40, 200],
  [2.45, 20, 400],
];

function batteryOf(millivolts: number): readonly Observation[] {
  const volts = millivolts / 1000;
  const step = discharge.find(([fromV]) => volts >= fromV);
  const percent = step ? step[1] + (volts - step[0]) * step[2] : 0;
  return [
    reading("battery_voltage", volts, { raw: millivolts }),
    reading("battery", percent, { quality: "estimated" }),
  ];
}
