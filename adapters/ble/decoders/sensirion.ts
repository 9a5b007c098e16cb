import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";
import type { Observation } from "../../reading/observation.ts";

const company = 0x06d5;
const sampleAdvertisement = 0x00;
const samplesAt = 4;
const full = 0xffff;
const none = 0xffff;
/** µg/m³ in one ppb of formaldehyde, at 25 °C and 1013 hPa. */
const formaldehyde = 1.228;

type Reader = (raw: number) => Observation;

const temperature: Reader = (raw) => reading("temperature", -45 + (175 * raw) / full, { raw });
const humidity: Reader = (raw) => reading("humidity", (100 * raw) / full, { raw });
/** The sensor says to cut off what is beyond either end. */
const humidityOfSht4x: Reader = (raw) =>
  reading("humidity", Math.min(100, Math.max(0, -6 + (125 * raw) / full)), { raw });
const co2 = counted("co2", 1);
const voc = counted("voc_index", 1);
const hcho = counted("formaldehyde", formaldehyde / 5);
const pm25 = counted("pm25", 0.1);
const pm25Wide = counted("pm25", 1_000 / full);
const pm1 = counted("pm1", 0.1);
const pm4 = counted("pm4", 0.1);
const pm10 = counted("pm10", 0.1);
const nox = ofVendor("nox_index", 1);
const airVelocity = ofVendor("air_velocity", 1_024 / full);
const hydrogen = ofVendor("hydrogen", 0.01);
const pressure = ofVendor("pressure", 1);

interface Sample {
  readonly model: string;
  readonly fields: readonly Reader[];
}

/** By the type of the sample: what it has, in this order, each in two bytes. */
const samples: ReadonlyMap<number, Sample> = new Map([
  [0x03, { model: "AQ Minion", fields: [temperature, humidity, voc] }],
  [0x04, { model: "SHT3x", fields: [temperature, humidity] }],
  [0x06, { model: "SHT4x", fields: [temperature, humidityOfSht4x] }],
  [0x08, { model: "MyCO2", fields: [temperature, humidity, co2] }],
  [0x0a, { model: "CO2 Gadget", fields: [temperature, humidity, co2] }],
  [0x0c, { model: "SEN63C", fields: [temperature, humidity, co2, pm25Wide] }],
  [0x0e, { model: "HCHO Gadget", fields: [temperature, humidity, hcho] }],
  [0x10, { model: "SEN54", fields: [temperature, humidity, voc, pm25Wide] }],
  [0x14, { model: "SEN69C", fields: [temperature, humidity, co2, voc, pm25Wide, hcho] }],
  [0x16, { model: "SGP41 Gadget", fields: [temperature, humidity, voc, nox] }],
  [0x18, { model: "SEN55", fields: [temperature, humidity, voc, nox, pm25] }],
  [0x1a, { model: "SEN66", fields: [temperature, humidity, co2, voc, nox, pm25] }],
  [0x1c, { model: "SEN63C", fields: [temperature, humidity, co2, pm25] }],
  [0x1e, { model: "SEN65", fields: [temperature, humidity, voc, pm25] }],
  [0x20, { model: "SEN69C", fields: [temperature, humidity, co2, voc, pm25, hcho] }],
  [0x22, { model: "SEN60", fields: [pm1, pm25, pm4, pm10] }],
  [0x24, { model: "CO2 Gadget", fields: [co2] }],
  [0x26, { model: "Air velocity gadget", fields: [airVelocity, temperature] }],
  [0x28, { model: "Hydrogen gadget", fields: [temperature, humidityOfSht4x, hydrogen, pressure] }],
  [0x2a, { model: "SEN62", fields: [temperature, humidity, pm25] }],
  [0x2c, { model: "SEN68", fields: [temperature, humidity, hcho, voc, nox, pm25] }],
]);

/** Names of devices that are also their models; others are names that somebody gave. */
const modelNames = /^(?:MyCO2|CO2 Gadget|SHT\d\d Gadget|SHT43 Demo Board|SCD4X|SHT4X)$/i;

/** Sensirion's own gadgets, and everything built with its libraries for makers. */
export const sensirion: Decoder = {
  family: "sensirion",
  title: "Sensirion gadgets",
  models: [...new Set(Array.from(samples.values(), ({ model }) => model))],
  source: "https://github.com/Sensirion/ble-services (ble-ad-sample-types.yml)",
  listensTo: { companies: [company] },
  decode: ({ companyData, localName = "" }: Advertisement) => {
    const data = companyData.find((one) => one.company === company)?.data;
    if (data?.[0] !== sampleAdvertisement) return undefined;
    const sample = samples.get(data[1] ?? 0);
    if (!sample || data.length < samplesAt + 2 * sample.fields.length) return undefined;
    return gadget(data, sample, localName);
  },
};

/** Reserved bytes may follow the fields. */
function gadget(data: Buffer, { model, fields }: Sample, localName: string): Decoded {
  return {
    facts: {
      manufacturer: "Sensirion",
      model: modelNames.test(localName) ? localName : model,
      sleepy: true,
    },
    observations: fields.map((read, n) => read(data.readUInt16LE(samplesAt + 2 * n))),
  };
}

function counted(is: string, mul: number): Reader {
  return (raw) => reading(is, raw === none ? null : raw * mul, { raw });
}

function ofVendor(name: string, mul: number): Reader {
  return (raw) => vendorReading("sensirion", name, raw === none ? null : raw * mul, { raw });
}
