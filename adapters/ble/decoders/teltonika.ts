import type { Observation } from "../../reading/observation.ts";
import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const company = 0x089a;
const version = 1;
const flagsAt = 1;
const headerLength = 2;
const magnetBit = 0x08;
const lowBatteryBit = 0x40;
const movingBit = 0x8000;

interface Value {
  readonly bit: number;
  readonly bytes: number;
  readonly read: (data: Buffer, flags: number) => readonly Observation[];
}

/** Each stands in the frame where its bit of the flags is set, in this order. */
const values: readonly Value[] = [
  { bit: 0x01, bytes: 2, read: (data) => [reading("temperature", data.readInt16BE(0) / 100)] },
  { bit: 0x02, bytes: 1, read: (data) => [reading("humidity", data.readUInt8(0))] },
  {
    bit: 0x04,
    bytes: 0,
    read: (_, flags) => [vendorReading("teltonika", "magnet", (flags & magnetBit) !== 0)],
  },
  { bit: 0x10, bytes: 2, read: (data) => movementIn(data.readUInt16BE(0)) },
  {
    bit: 0x20,
    bytes: 3,
    read: (data) => [
      reading("tilt_angle", data.readInt8(0), { part: "pitch" }),
      reading("tilt_angle", data.readInt16BE(1), { part: "roll" }),
    ],
  },
  {
    bit: 0x80,
    bytes: 1,
    read: (data) => [reading("battery_voltage", 2 + data.readUInt8(0) / 100)],
  },
];

/** Sensors and beacons of a maker of trackers for vehicles. */
export const teltonika: Decoder = {
  family: "teltonika",
  title: "Teltonika EYE sensors and beacons",
  models: ["EYE sensor (BTSMP1)", "EYE beacon (BTSID1)"],
  source: "https://wiki.teltonika-gps.com/view/EYE_SENSOR_/_BTSMP1",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company);
    if (data?.[0] !== version || data.length < headerLength) return undefined;
    const flags = data.readUInt8(flagsAt);
    const observations = observationsIn(data.subarray(headerLength), flags);
    if (!observations) return undefined;
    return plausible({
      facts: { manufacturer: "Teltonika", model: "EYE sensor", sleepy: true },
      observations: [...observations, reading("battery_low", (flags & lowBatteryBit) !== 0)],
    });
  },
};

function observationsIn(body: Buffer, flags: number): readonly Observation[] | undefined {
  const told = values.filter(({ bit }) => (flags & bit) !== 0);
  if (told.reduce((sum, { bytes }) => sum + bytes, 0) !== body.length) return undefined;
  let at = 0;
  return told.flatMap(({ bytes, read }) => {
    const data = body.subarray(at, at + bytes);
    at += bytes;
    return read(data, flags);
  });
}

function movementIn(raw: number): readonly Observation[] {
  return [
    reading("moving", (raw & movingBit) !== 0),
    reading("count", raw & ~movingBit, { part: "movement" }),
  ];
}
