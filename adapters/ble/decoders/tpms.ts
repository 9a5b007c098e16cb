import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { readFields, reading, vendorReading, type Field } from "./readings.ts";
import type { Observation } from "../../reading/observation.ts";

/* Tyres are far above what `pressure` is, which is that of the air around. */

/** Caps for valves that count wheels: ZEEPIN, TP630 and many others. */
const capCompany = 0x0100;
const capLength = 16;
/** After the number of the wheel, the address goes on like this. */
const capMark = 0xeaca;
const firstWheel = 0x80;
const lastWheel = 0x8f;
const capPressureAt = 6;
const capTemperatureAt = 10;
const capBatteryAt = 14;
const capAlarmAt = 15;
const mostPascals = 2_000_000;
const coldest = -60;
const hottest = 200;
const fullCharge = 100;

/** Caps with the name `BR`; the identifier of a company is a part of their data. */
const brService = "27a5";
const brLength = 5;
const brPressureAt = 1;
/** Tenths of a volt that a coin cell can have. */
const fewestTenths = 18;
const mostTenths = 40;
const noPressure = 0x80;
const rotating = 0x50;
/** kPa in a tenth of a psi. */
const tenthPsi = 0.6894757293168;

/** Michelin's TMS. */
const michelinCompany = 0x0828;
const michelinProduct = 0x01;

interface Report {
  readonly length: number;
  /** Of the pressure; some tell none. */
  readonly pressureAt?: number;
  /** The text on the tyre, its state and the number of the frame follow. */
  readonly isWhole?: boolean;
}

const state: Report = { length: 12 };
const whole: Report = { length: 14, pressureAt: 4, isWhole: true };
/** By the second byte. */
const reports: ReadonlyMap<number, Report> = new Map([
  [0x02, state],
  [0x03, whole],
  [0x04, whole],
  [0x05, { length: 14, pressureAt: 12 }],
  [0x06, state],
  [0x0c, { length: 17, pressureAt: 4 }],
]);
const michelinFields: readonly Field[] = [
  { is: "temperature", at: 2, as: "u8", add: -60 },
  { is: "battery_voltage", at: 3, as: "u8", add: 100, mul: 0.01 },
];
const michelinCounterAt = 10;
const tyreAt = 6;
const stateAt = 9;

/** Sensors in tyres and on their valves. */
export const tpms: Decoder = {
  family: "tpms",
  title: "Tyre pressure sensors",
  models: ["TPMS valve caps (ZEEPIN, TP630)", "BR valve caps (SYTPMS)", "Michelin TMS"],
  source:
    "https://github.com/ra6070/BLE-TPMS, https://github.com/andi38/TPMS, https://github.com/bkbilly/tpms_ble",
  listensTo: { companies: [capCompany, michelinCompany], serviceUuids: [brService] },
  decode: (frame: Advertisement) => {
    const [first, ...others] = frame.companyData;
    if (!first || others.length > 0) return undefined;
    const { company, data } = first;
    if (frame.serviceUuids.includes(brService)) return brCap(company, data);
    if (company === capCompany && isCap(data, frame.address)) return cap(data);
    return company === michelinCompany ? michelin(data) : undefined;
  },
};

function isCap(data: Buffer, address: string): boolean {
  if (data.length !== capLength) return false;
  return data.readUInt16BE(1) === capMark || data.toString("hex", 0, capPressureAt) === address;
}

function cap(data: Buffer): Decoded | undefined {
  const wheel = data.readUInt8(0);
  const pascals = data.readInt32LE(capPressureAt);
  const temperature = data.readInt32LE(capTemperatureAt) / 100;
  const alarm = data.readUInt8(capAlarmAt);
  if (wheel < firstWheel || wheel > lastWheel || pascals < 0 || pascals > mostPascals)
    return undefined;
  if (temperature < coldest || temperature > hottest || alarm > 1) return undefined;
  if (data.readUInt8(capBatteryAt) > fullCharge) return undefined;
  return {
    facts: { model: "TPMS", sleepy: true },
    observations: [
      vendorReading("tpms", "pressure", pascals / 1_000, { unit: "kPa", raw: pascals }),
      reading("temperature", temperature),
      ...readFields(data, [{ is: "battery", at: capBatteryAt, as: "u8" }]),
      reading("problem", alarm === 1, { source: "alarm" }),
      vendorReading("tpms", "wheel", wheel - firstWheel + 1),
    ],
  };
}

function brCap(company: number, data: Buffer): Decoded | undefined {
  const status = company & 0xff;
  const tenths = company >> 8;
  if (data.length !== brLength || tenths < fewestTenths || tenths > mostTenths) return undefined;
  return {
    facts: { model: "BR", sleepy: true },
    observations: [
      absolutePressure(data.readUInt16BE(brPressureAt), tenthPsi),
      reading("temperature", data.readInt8(0)),
      reading("battery_voltage", tenths / 10, { raw: tenths }),
      reading("problem", (status & noPressure) > 0, { source: "alarm" }),
      reading("moving", (status & rotating) > 0, { source: "rotating" }),
    ],
  };
}

function michelin(data: Buffer): Decoded | undefined {
  const [product, type = 0] = data;
  const report = reports.get(type);
  if (product !== michelinProduct || report?.length !== data.length) return undefined;
  const { pressureAt, isWhole = false } = report;
  return {
    facts: { manufacturer: "Michelin", model: "TMS", sleepy: true },
    observations: [
      ...readFields(data, michelinFields),
      ...(pressureAt === undefined ? [] : [absolutePressure(data.readUInt16LE(pressureAt), 0.1)]),
      ...(isWhole ? tyre(data) : []),
    ],
    ...(isWhole && { sequence: { value: data.readUInt32LE(michelinCounterAt), bits: 32 } }),
  };
}

function tyre(data: Buffer): readonly Observation[] {
  const text = data.toString("latin1", tyreAt, stateAt);
  return [
    vendorReading("tpms", "state", data.readUInt8(stateAt)),
    ...(/^[ -~]+$/.test(text) ? [vendorReading("tpms", "tyre_id", text)] : []),
  ];
}

function absolutePressure(raw: number, kilopascals: number): Observation {
  return vendorReading("tpms", "absolute_pressure", raw * kilopascals, { unit: "kPa", raw });
}
