import type { Advertisement, CompanyData } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { percent, reading } from "./readings.ts";

const ht1Service = "ef09000011d642ba93b89dd7ec090aa9";
const laterService = "ef09000011d642ba93b89dd7ec090ab0";
const laterName = /^SensorPush (?:HT\.w|HTP\.xw|TC)/;
const ht1Name = "s";

const ht1Length = 4;
/** In the last byte: which sensor it is. */
const ht1KindMask = 0x7c;
const ht1Kind = 0x04;

/** One quantity: its steps are packed with those of the others into one number. */
interface Quantity {
  readonly is: string;
  readonly least: number;
  readonly step: number;
  readonly most: number;
  /** To the unit of the vocabulary. */
  readonly mul?: number;
}

interface Kind {
  readonly model: string;
  /** With the byte that says what it is. */
  readonly lengths: readonly number[];
  readonly quantities: readonly Quantity[];
}

const air = { least: -40, step: 0.0025 };
const humidity: Quantity = { is: "humidity", least: 0, step: 0.0025, most: 100 };
const kinds: ReadonlyMap<number, Kind> = new Map([
  [
    0,
    {
      model: "HTP.xw",
      lengths: [7],
      quantities: [
        { is: "temperature", ...air, most: 140 },
        humidity,
        { is: "pressure", least: 30_000, step: 1, most: 125_000, mul: 0.01 },
      ],
    },
  ],
  [
    1,
    {
      model: "HT.w",
      lengths: [5],
      quantities: [{ is: "temperature", ...air, most: 125 }, humidity],
    },
  ],
  [
    2,
    {
      model: "TC.x",
      lengths: [4, 5],
      quantities: [{ is: "temperature", least: -200, step: 0.0625, most: 1_800 }],
    },
  ],
]);
/** Of the first byte: only the first page tells values. */
const pageMask = 0x03;
const kindShift = 2;

/** Thermometers that begin their data where others have the number of a company. */
export const sensorpush: Decoder = {
  family: "sensorpush",
  title: "SensorPush thermometers",
  models: ["HT1", "HT.w", "HTP.xw", "TC.x"],
  source: "https://github.com/Bluetooth-Devices/sensorpush-ble",
  listensTo: { serviceUuids: [ht1Service, laterService], names: laterName },
  decode: ({ companyData, localName = "", serviceUuids }: Advertisement) => {
    const [first, ...others] = companyData;
    if (!first || others.length > 0) return undefined;
    const data = wholeOf(first);
    if (serviceUuids.includes(ht1Service)) return isHt1(data, localName) ? ht1(data) : undefined;
    const isLater = serviceUuids.includes(laterService) || laterName.test(localName);
    return isLater ? later(data) : undefined;
  },
};

/** With the bytes that others have for a company. */
function wholeOf({ company, data }: CompanyData): Buffer {
  const whole = Buffer.alloc(2 + data.length);
  whole.writeUInt16LE(company);
  data.copy(whole, 2);
  return whole;
}

function isHt1(data: Buffer, name: string): boolean {
  const isNamed = name === "" || name === ht1Name;
  return isNamed && data.length === ht1Length && (data.readUInt8(3) & ht1KindMask) === ht1Kind;
}

/** Of the sensor's own formulas, beyond which it is at the end of what it can measure. */
function ht1(data: Buffer): Decoded {
  const packed = data.readUInt32LE(0);
  const wetness = packed & 0xfff;
  const warmth = (packed >>> 12) & 0x3fff;
  return {
    facts: { manufacturer: "SensorPush", model: "HT1", sleepy: true },
    observations: [
      reading("temperature", -46.85 + 175.72 * (warmth / 2 ** 14), { raw: warmth }),
      reading("humidity", percent(-6 + 125 * (wetness / 2 ** 12)), { raw: wetness }),
    ],
  };
}

function later(data: Buffer): Decoded | undefined {
  const head = data.readUInt8(0);
  const kind = kinds.get(head >> kindShift);
  if ((head & pageMask) !== 0 || !kind?.lengths.includes(data.length)) return undefined;
  let packed = data.readUIntLE(1, data.length - 1);
  const observations = kind.quantities.map(({ is, least, step, most, mul = 1 }) => {
    const steps = Math.round((most - least) / step) + 1;
    const raw = packed % steps;
    packed = Math.floor(packed / steps);
    return reading(is, (least + raw * step) * mul, { raw });
  });
  // What is left says that the number is none of theirs.
  if (packed > 0) return undefined;
  return { facts: { manufacturer: "SensorPush", model: kind.model, sleepy: true }, observations };
}
