import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { plausible } from "./frame.ts";
import { reading } from "./readings.ts";

/* Offsets count from the two bytes where others have the identifier of the company. */
const typeAt = 1;
const batteryAt = 4;
const batteryBits = 0x7f;
const ownLength = 18;

type Measures = (data: Buffer) => readonly Observation[];

const temperature: Measures = (data) => [reading("temperature", data.readInt16LE(6) / 100)];
const climate: Measures = (data) => [
  ...temperature(data),
  reading("humidity", data.readInt16LE(8) / 100),
];
const water: Measures = (data) => [reading("water_leak", (data.readUInt8(10) & 1) !== 0)];

interface Model {
  readonly model: string;
  readonly measures: Measures;
}

const models = new Map<number, Model>([
  [0x81, { model: "ST5", measures: temperature }],
  [0x82, { model: "SW2", measures: water }],
  [0x83, { model: "ST6", measures: climate }],
  [0x84, { model: "ST8", measures: temperature }],
  [0x86, { model: "ST9", measures: climate }],
  [0x87, { model: "ST10", measures: temperature }],
  [0x8b, { model: "MS1", measures: temperature }],
  [0x94, { model: "MS2", measures: temperature }],
  [0x96, { model: "MS3", measures: temperature }],
]);

/** One model has a company and a name of its own, and everything else five bytes later. */
const seventh = {
  company: 0x004a,
  name: "ST7",
  length: 14,
  type: 0x10,
  typeAt: 6,
  batteryAt: 9,
  temperatureAt: 10,
} as const;

export const mocreo: Decoder = {
  family: "mocreo",
  title: "MOCREO thermometers, hygrometers and water sensors",
  models: [...models.values(), { model: seventh.name }].map(({ model }) => model),
  source: "https://github.com/custom-components/ble_monitor (ble_parser/mocreo.py)",
  listensTo: { names: /^(?:MOCREO|ST7)$/ },
  decode: (frame) => (frame.localName === seventh.name ? readSeventh(frame) : read(frame)),
};

function read({ localName, companyData }: Advertisement): Decoded | undefined {
  const one = companyData.find(({ data }) => data.length === ownLength - 2);
  if (localName !== "MOCREO" || !one) return undefined;
  const data = Buffer.concat([Buffer.of(one.company & 0xff, one.company >> 8), one.data]);
  const known = models.get(data.readUInt8(typeAt));
  return known && told(known.model, data.readUInt8(batteryAt), known.measures(data));
}

function readSeventh({ companyData }: Advertisement): Decoded | undefined {
  const data = companyData.find(({ company }) => company === seventh.company)?.data;
  if (data?.length !== seventh.length || data[seventh.typeAt] !== seventh.type) return undefined;
  const celsius = data.readInt16LE(seventh.temperatureAt) / 100;
  return told(seventh.name, data.readUInt8(seventh.batteryAt), [reading("temperature", celsius)]);
}

function told(
  model: string,
  battery: number,
  measured: readonly Observation[],
): Decoded | undefined {
  return plausible({
    facts: { manufacturer: "MOCREO", model, sleepy: true },
    observations: [...measured, reading("battery", battery & batteryBits)],
  });
}
