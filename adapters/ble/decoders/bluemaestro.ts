import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { readFields, type Field } from "./readings.ts";

const company = 0x0133;

interface Format {
  readonly model: string;
  /** With the type. What follows in an extended advertisement says extremes of past days. */
  readonly lengths: readonly number[];
  readonly fields: readonly Field[];
}

const battery: Field = { is: "battery", at: 1, as: "u8" };
const temperature: Field = { is: "temperature", at: 6, as: "i16be", mul: 0.1 };
const humidity: Field = { is: "humidity", at: 8, as: "u16be", mul: 0.1 };
const dewPoint: Field = { is: "dew_point", at: 10, as: "i16be", mul: 0.1 };
const pressure: Field = { is: "pressure", at: 10, as: "u16be", mul: 0.1 };
const withExtremes = [14, 39];

const humidityDisc: Format = {
  model: "Tempo Disc THD",
  lengths: withExtremes,
  fields: [battery, temperature, humidity, dewPoint],
};

const formats: ReadonlyMap<number, Format> = new Map([
  [0x0d, { model: "Tempo Disc T", lengths: [10, 35], fields: [battery, temperature] }],
  [0x16, humidityDisc],
  [0x17, humidityDisc],
  [
    0x1b,
    {
      model: "Tempo Disc THPD",
      lengths: withExtremes,
      fields: [battery, temperature, humidity, pressure],
    },
  ],
  [
    0x01,
    {
      model: "Pebble",
      lengths: [18],
      fields: [
        { is: "temperature", at: 3, as: "i16le", mul: 0.1 },
        { is: "humidity", at: 7, as: "u8" },
        { is: "pressure", at: 8, as: "u16le" },
      ],
    },
  ],
]);

/** What the maker says they measure, and what a number may be at all. */
const limits: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["battery", [0, 100]],
  ["temperature", [-60, 125]],
  ["humidity", [0, 100]],
  ["dew_point", [-100, 125]],
  ["pressure", [300, 1_200]],
]);

/** Discs and pebbles that measure and log. */
export const bluemaestro: Decoder = {
  family: "bluemaestro",
  title: "Blue Maestro Tempo Discs and Pebbles",
  models: [...new Set(Array.from(formats.values(), ({ model }) => model))],
  source: "https://github.com/Bluetooth-Devices/bluemaestro-ble",
  listensTo: { companies: [company] },
  decode: ({ companyData }: Advertisement) => {
    const data = companyData.find((one) => one.company === company)?.data;
    const format = formats.get(data?.[0] ?? -1);
    return data && format?.lengths.includes(data.length) ? disc(data, format) : undefined;
  },
};

function disc(data: Buffer, { model, fields }: Format): Decoded | undefined {
  const observations = readFields(data, fields);
  const isPossible = observations.every(({ facts, value }) => isWithin(facts.is, value));
  if (!isPossible) return undefined;
  return { facts: { manufacturer: "Blue Maestro", model, sleepy: true }, observations };
}

function isWithin(is: string, value: unknown): boolean {
  const [least, most] = limits.get(is) ?? [-Infinity, Infinity];
  return typeof value === "number" && value >= least && value <= most;
}
