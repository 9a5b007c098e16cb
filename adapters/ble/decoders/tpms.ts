import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { readFields, reading, vendorReading } from "./readings.ts";

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
const michelinLength = 14;
const michelinProduct = 0x01;
const michelinFrames = new Set([0x03, 0x04]);
const michelinCounterAt = 10;
const tyreAt = 6;
const stateAt = 9;

/** Sensors in tyres and on their valves. */
export const tpms: Decoder = {
  family: "tpms",
  title: "Tyre pressure sensors",
  models: ["TPMS valve caps (ZEEPIN, TP630)", "BR valve caps (SYTPMS)", "Michelin TMS"],
  source: "https://github.com/ra6070/BLE-TPMS, https://github.com/andi38/TPMS",
  listensTo: { companies: [capCompany, michelinCompany], serviceUuids: [brService] },
  decode: (frame: Advertisement) => {
    const [first, ...others] = frame.companyData;
    if (!first || others.length > 0) return undefined;
    const { company, data } = first;
    if (frame.serviceUuids.includes(brService)) return brCap(company, data);
    if (company === capCompany && isCap(data, frame.address)) return cap(data);
    return company === michelinCompany && isMichelin(data) ? michelin(data) : undefined;
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
  const raw = data.readUInt16BE(brPressureAt);
  return {
    facts: { model: "BR", sleepy: true },
    observations: [
      vendorReading("tpms", "absolute_pressure", raw * tenthPsi, { unit: "kPa", raw }),
      reading("temperature", data.readInt8(0)),
      reading("battery_voltage", tenths / 10, { raw: tenths }),
      reading("problem", (status & noPressure) > 0, { source: "alarm" }),
      reading("moving", (status & rotating) > 0, { source: "rotating" }),
    ],
  };
}

function isMichelin(data: Buffer): boolean {
  const [product, frame = -1] = data;
  return data.length === michelinLength && product === michelinProduct && michelinFrames.has(frame);
}

function michelin(data: Buffer): Decoded {
  const raw = data.readUInt16LE(4);
  const tyre = data.toString("latin1", tyreAt, stateAt);
  return {
    facts: { manufacturer: "Michelin", model: "TMS", sleepy: true },
    observations: [
      vendorReading("tpms", "absolute_pressure", raw / 10, { unit: "kPa", raw }),
      ...readFields(data, [
        { is: "temperature", at: 2, as: "u8", add: -60 },
        { is: "battery_voltage", at: 3, as: "u8", add: 100, mul: 0.01 },
      ]),
      vendorReading("tpms", "state", data.readUInt8(stateAt)),
      ...(/^[ -~]+$/.test(tyre) ? [vendorReading("tpms", "tyre_id", tyre)] : []),
    ],
    sequence: { value: data.readUInt32LE(michelinCounterAt), bits: 32 },
  };
}
