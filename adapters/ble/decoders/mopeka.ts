import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { percent, reading, vendorReading } from "./readings.ts";
import { readStandardCheck, standardCompany, standardService } from "./mopeka-standard.ts";

const proCompany = 0x0059;
const proService = "fee5";
const proLength = 10;
const sevenBits = 0x7f;
const buttonMask = 0x80;
const coldest = -40;
/** In sevenths bits: thirty-seconds of a volt. */
const volt = 32;
const emptyVolts = 2.2;
const rangeOfVolts = 0.65;
const lowestRawVoltage = 48;
const levelMask = 0x3fff;
const qualityShift = 6;
const xAt = 8;
const yAt = 9;

/** How far sound goes in a tick: a + b·t + c·t², of the temperature as it is sent. */
type Medium = readonly [a: number, b: number, c: number];
const propane: Medium = [0.573045, -0.002822, -0.00000535];
const air: Medium = [0.153096, 0.000327, -0.000000294];
const water: Medium = [0.600592, 0.003124, -0.00001368];

interface Model {
  readonly model: string;
  readonly medium: Medium;
}

/** What the models are made for; what is in a tank nobody sends. */
const models: ReadonlyMap<number, Model> = new Map([
  [0x03, { model: "M1017", medium: propane }],
  [0x04, { model: "Pro-200", medium: air }],
  [0x05, { model: "Pro H2O", medium: water }],
  [0x06, { model: "M1017", medium: propane }],
  [0x08, { model: "M1015", medium: propane }],
  [0x09, { model: "M1015", medium: propane }],
  [0x0a, { model: "TD40/TD200", medium: air }],
  [0x0b, { model: "TD40/TD200", medium: air }],
  [0x0c, { model: "M1017", medium: propane }],
  [0x12, { model: "Pro-200", medium: air }],
]);

/** Sensors that hear how far the surface of a liquid is. */
export const mopeka: Decoder = {
  family: "mopeka",
  title: "Mopeka tank level sensors",
  models: ["Check", ...new Set(Array.from(models.values(), ({ model }) => model))],
  source: "https://github.com/spbrogan/mopeka_pro_check, https://github.com/esphome/esphome",
  listensTo: { companies: [proCompany, standardCompany] },
  decode: (frame: Advertisement) => {
    const { companyData, serviceUuids } = frame;
    const pro = companyData.find(({ company }) => company === proCompany)?.data;
    const model = models.get(pro?.[0] ?? 0);
    if (pro && model) return isPro(frame, pro) ? proCheck(pro, model) : undefined;
    const standard = companyData.find(({ company }) => company === standardCompany)?.data;
    return standard && serviceUuids.includes(standardService)
      ? readStandardCheck(standard)
      : undefined;
  },
};

/** The company made the radio, which many have: the service is theirs, or the address ends the same. */
function isPro({ address, serviceUuids }: Advertisement, data: Buffer): boolean {
  if (data.length !== proLength || (data.readUInt8(1) & sevenBits) < lowestRawVoltage) return false;
  return serviceUuids.includes(proService) || address.endsWith(data.toString("hex", 5, xAt));
}

function proCheck(data: Buffer, { model, medium: [a, b, c] }: Model): Decoded {
  const volts = (data.readUInt8(1) & sevenBits) / volt;
  const warmth = data.readUInt8(2) & sevenBits;
  const quality = data.readUInt8(4) >> qualityShift;
  const level = data.readUInt16LE(3) & levelMask;
  const millimetres = level * (a + b * warmth + c * warmth ** 2);
  const distance = quality === 0 ? null : millimetres / 1_000;
  const charge = percent(((volts - emptyVolts) / rangeOfVolts) * 100);
  return {
    facts: { manufacturer: "Mopeka", model, sleepy: true },
    observations: [
      reading("distance", distance, { raw: level, source: "tank_level" }),
      reading("temperature", warmth + coldest, { raw: warmth }),
      reading("battery_voltage", volts),
      reading("battery", charge, { quality: "estimated" }),
      vendorReading("mopeka", "reading_quality", quality),
      vendorReading("mopeka", "button", (data.readUInt8(2) & buttonMask) > 0),
      vendorReading("mopeka", "accelerometer", data.readInt8(xAt), { part: "x" }),
      vendorReading("mopeka", "accelerometer", data.readInt8(yAt), { part: "y" }),
    ],
  };
}
