import type { Observation } from "../../reading/observation.ts";
import type { CompanyData } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { plausible } from "./frame.ts";
import { batteryOf, meter } from "./inode-meter.ts";
import { reading, vendorReading } from "./readings.ts";

/**
 * The identifier of the company is the model in its upper byte, and in its lower one flags: 1 the
 * output is on, 2 real-time, 4 the battery is low, 8 the input is closed, or the magnet's north is near.
 */
const lowerBytes = Array.from({ length: 16 }, (_, n) => 0x90 + n);
const flags = { output: 0x01, batteryLow: 0x04, input: 0x08 } as const;

type Sensor = (data: Buffer) => Observation;

interface CareModel {
  readonly model: string;
  readonly sensors: readonly Sensor[];
  readonly hasPosition?: boolean;
  readonly inputs?: readonly ("input" | "output" | "field_direction")[];
}

const alarmsAt = 2;
const firstAt = 4;
const secondAt = 6;
const thirdAt = 8;

/* The two sensors for temperature and humidity that the maker built in, by their data sheets. */
const silabsTemperature: Sensor = (data) =>
  clamped("temperature", (175.72 * 4 * data.readUInt16LE(secondAt)) / 65_536 - 46.85);
const silabsHumidity: Sensor = (data) =>
  clamped("humidity", (125 * 4 * data.readUInt16LE(thirdAt)) / 65_536 - 6);
/** 13 bits, in sixteenths of °C. */
const microchipTemperature: Sensor = (data) =>
  clamped("temperature", ((data.readUInt16LE(secondAt) << 19) >> 19) / 16);
/** Whole degrees of the radio chip itself, in 13 bits. */
const radioTemperature: Sensor = (data) => {
  const raw = data.readUInt16LE(secondAt);
  return clamped("temperature", raw > 127 ? raw - 8192 : raw);
};
const barometerTemperature: Sensor = (data) =>
  clamped("temperature", 42.5 + data.readInt16LE(secondAt) / 480);
const pressure: Sensor = (data) => reading("pressure", data.readUInt16LE(firstAt) / 16);
const magneticField: Sensor = (data) =>
  vendorReading("inode", "magnetic_field", data.readUInt16LE(thirdAt));

const moves = { hasPosition: true } as const;

const careModels = new Map<number, CareModel>([
  [0x91, { model: "Care Sensor 1", sensors: [radioTemperature], ...moves }],
  [0x92, { model: "Care Sensor 2", sensors: [microchipTemperature], ...moves }],
  [0x93, { model: "Care Sensor 3", sensors: [silabsTemperature, silabsHumidity], ...moves }],
  [0x94, { model: "Care Sensor 4", sensors: [radioTemperature], ...moves, inputs: ["input"] }],
  [
    0x95,
    {
      model: "Care Sensor 5",
      sensors: [radioTemperature, magneticField],
      ...moves,
      inputs: ["field_direction"],
    },
  ],
  [
    0x96,
    {
      model: "Care Sensor 6",
      sensors: [radioTemperature],
      ...moves,
      inputs: ["input", "output"],
    },
  ],
  [0x9a, { model: "Care Sensor T", sensors: [microchipTemperature] }],
  [0x9b, { model: "Care Sensor HT", sensors: [silabsTemperature, silabsHumidity] }],
  [0x9c, { model: "Care Sensor PT", sensors: [pressure, barometerTemperature] }],
  [0x9d, { model: "Care Sensor PHT", sensors: [pressure, silabsTemperature, silabsHumidity] }],
]);
const careLength = 22;
const meterModel = 0x82;
const meterLength = 11;

/** The limits that the maker's description gives: what lies beyond them is told as the limit. */
const limits = { temperature: [-30, 70], humidity: [1, 100] } as const;

/** Sensors of temperature, humidity, pressure and movement, and meters that see the flashes of others. */
export const inode: Decoder = {
  family: "inode",
  title: "iNode sensors and energy meters",
  models: ["Energy Meter", ...[...careModels.values()].map(({ model }) => model)],
  source: "https://docs.google.com/document/d/1hcBpZ1RSgHRL6wu4SlTq2bvtKSL5_sFjXMu_HRyWZiQ",
  listensTo: {
    companies: [meterModel, ...careModels.keys()].flatMap((model) =>
      lowerBytes.map((lower) => (model << 8) | lower),
    ),
  },
  decode: ({ companyData }) => {
    for (const one of companyData) {
      const found = read(one);
      if (found) return found;
    }
    return undefined;
  },
};

function read({ company, data }: CompanyData): Decoded | undefined {
  const model = company >> 8;
  const lower = company & 0xff;
  if (!lowerBytes.includes(lower)) return undefined;
  const batteryLow = reading("battery_low", (lower & flags.batteryLow) !== 0);
  if (model === meterModel && data.length === meterLength) {
    return told("Energy Meter", [...meter(data), batteryLow]);
  }
  const care = careModels.get(model);
  if (!care || data.length !== careLength) return undefined;
  return told(care.model, [...careSensor(data, care, lower), batteryLow]);
}

function told(model: string, observations: readonly Observation[]): Decoded | undefined {
  return plausible({ facts: { manufacturer: "iNode", model, sleepy: true }, observations });
}

function careSensor(
  data: Buffer,
  { sensors, hasPosition, inputs = [] }: CareModel,
  lower: number,
): readonly Observation[] {
  const position = hasPosition === true ? positionIn(data.readUInt16LE(firstAt)) : [];
  return [
    ...sensors.map((sensor) => sensor(data)),
    ...position,
    ...inputs.map((one) => inputIn(one, lower)),
    ...batteryOf(data.readUInt16LE(0) >> 12),
    vendorReading("inode", "alarms", data.readUInt16LE(alarmsAt)),
  ];
}

function clamped(is: keyof typeof limits, value: number): Observation {
  const [lowest, highest] = limits[is];
  const within = Math.min(highest, Math.max(lowest, value));
  return reading(is, within, within === value ? {} : { raw: value, quality: "estimated" });
}

const motionBit = 0x8000;

/** Five bits an axis, of a unit that the maker does not give. */
function positionIn(raw: number): readonly Observation[] {
  const axes = [raw >> 10, raw >> 5, raw].map((bits) => (bits << 27) >> 27);
  return [
    reading("moving", (raw & motionBit) !== 0),
    ...["x", "y", "z"].map((part, n) =>
      vendorReading("inode", "acceleration", axes[n] ?? null, { part }),
    ),
    vendorReading("inode", "acceleration", Math.hypot(...axes)),
  ];
}

function inputIn(what: "input" | "output" | "field_direction", lower: number): Observation {
  if (what === "output") return reading("onoff", (lower & flags.output) !== 0);
  const isSet = (lower & flags.input) !== 0;
  return what === "input"
    ? reading("input", isSet)
    : vendorReading("inode", "magnetic_field_direction", isSet);
}
