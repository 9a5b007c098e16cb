import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { plausible } from "./frame.ts";
import { percent, readFields, reading, type Field } from "./readings.ts";

const gases: readonly Field[] = [
  { is: "co2", at: 0, as: "u16be" },
  { is: "pm25", at: 2, as: "u16be" },
  { is: "pm10", at: 4, as: "u16be" },
];
/** µg/m³ in one ppb of formaldehyde at 25 °C. */
const formaldehydeMass = 1.228;
const formaldehyde: Field = {
  is: "formaldehyde",
  at: 8,
  as: "u16be",
  mul: formaldehydeMass,
  unit: "µg/m³",
};
const climate: readonly Field[] = [
  { is: "voc_parts", at: 0, as: "u16be" },
  { is: "temperature", at: 2, as: "u16be", add: -4000, mul: 0.01 },
  { is: "aqi", at: 6, as: "u16be" },
];
const temperatureAt = 2;
const correctionAt = 4;
const humidityAt = 5;

interface Kind {
  readonly model: "Pro 2" | "2S";
  readonly says: "gases" | "climate";
}

/** The identifier of the company is the kind of the frame. */
const kinds = new Map<number, Kind>([
  [0x2111, { model: "Pro 2", says: "gases" }],
  [0x2121, { model: "Pro 2", says: "gases" }],
  [0x2112, { model: "Pro 2", says: "climate" }],
  [0x2122, { model: "Pro 2", says: "climate" }],
  [0x6111, { model: "2S", says: "gases" }],
  [0x6121, { model: "2S", says: "gases" }],
  [0x5112, { model: "2S", says: "climate" }],
  [0x5122, { model: "2S", says: "climate" }],
]);
const lengths = { "Pro 2": 8, "2S": 12 } as const;

export const airmentor: Decoder = {
  family: "airmentor",
  title: "Air Mentor monitors of the air in rooms",
  models: ["Air Mentor Pro 2", "Air Mentor 2S"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/airmentor.py)",
  listensTo: { companies: [...kinds.keys()] },
  decode: ({ companyData }) => {
    for (const one of companyData) {
      const kind = kinds.get(one.company);
      if (kind && one.data.length === lengths[kind.model]) return read(one, kind);
    }
    return undefined;
  },
};

function read(
  { data }: Advertisement["companyData"][number],
  { model, says }: Kind,
): Decoded | undefined {
  return plausible({
    facts: { manufacturer: "Air Mentor", model: `Air Mentor ${model}` },
    observations: says === "gases" ? gasesIn(data, model) : climateIn(data, model),
  });
}

function gasesIn(data: Buffer, model: Kind["model"]): readonly Observation[] {
  return readFields(data, model === "2S" ? [...gases, formaldehyde] : gases);
}

function climateIn(data: Buffer, model: Kind["model"]): readonly Observation[] {
  const measured = (data.readUInt16BE(temperatureAt) - 4000) * 0.01;
  const corrected = measured - data.readUInt8(correctionAt) * 0.1;
  const humidity = data.readUInt8(humidityAt);
  return [
    ...readFields(data, climate),
    reading("temperature", corrected, { part: "calibrated" }),
    reading("humidity", model === "2S" ? humidity : humidityAfter(humidity, measured, corrected), {
      raw: humidity,
    }),
  ];
}

/* Magnus over water: what saturates the air at a temperature. */
const magnusA = 17.62;
const magnusB = 243.12;

/** The same water in cooler air is more of what this air can hold. */
function humidityAfter(humidity: number, from: number, to: number): number {
  return percent((humidity * saturation(from)) / saturation(to));
}

function saturation(celsius: number): number {
  return Math.exp((celsius * magnusA) / (celsius + magnusB));
}
