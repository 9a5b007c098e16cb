import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";
import type { Observation } from "../../reading/observation.ts";

const company = 0x0702;
/** Before it let others read, an Aranet4 told only what it is. */
const oldLength = 7;
/** An Aranet4 leaves out the byte that says which kind it is. */
const co2Length = 22;
const otherLength = 24;
/** Somebody let others than the maker's application read it. */
const isOpen = 0x20;

/** Values of the sensor have flags above their bits. */
const unsure = 0x8000;
const mostRaw = 0x4000;
const radonErrors = 0x1f00;
const colors = ["error", "green", "yellow", "red"];
const alerts = ["off", "under", "over", "dash"];
const alertMask = 0x03;
const temperatureAlertShift = 2;

interface Kind {
  readonly model: string;
  readonly read: (values: Buffer) => readonly Observation[];
}

const aranet4: Kind = { model: "Aranet4", read: airOf4 };
const others: ReadonlyMap<number, Kind> = new Map([
  [1, { model: "Aranet2", read: airOf2 }],
  [2, { model: "Aranet Radiation", read: radiation }],
  [3, { model: "Aranet Radon", read: radon }],
]);

/** Monitors of air, radiation and radon; they have to be told to be open to others. */
export const aranet: Decoder = {
  family: "aranet",
  title: "Aranet monitors",
  models: [aranet4.model, ...Array.from(others.values(), ({ model }) => model)],
  source: "https://github.com/Anrijs/Aranet4-Python",
  listensTo: { companies: [company] },
  decode: ({ companyData }: Advertisement) => {
    const data = companyData.find((one) => one.company === company)?.data;
    switch (data?.length) {
      case oldLength:
      case co2Length:
        return monitor(data, aranet4);
      case otherLength: {
        const kind = others.get(data.readUInt8(0));
        return kind && monitor(data.subarray(1), kind);
      }
      default:
        return undefined;
    }
  },
};

/** Flags, version, five bytes that are not known, values, and a number that counts them. */
function monitor(data: Buffer, { model, read }: Kind): Decoded {
  const [flags = 0, patch, minor, major] = data;
  const facts = {
    manufacturer: "Aranet",
    model,
    firmware: `${major}.${minor}.${patch}`,
    sleepy: true,
  };
  if ((flags & isOpen) === 0 || data.length === oldLength) return { facts, observations: [] };
  const sequence = { value: data.readUInt8(data.length - 1), bits: 8 };
  return { facts, observations: read(data), sequence };
}

function airOf4(data: Buffer): readonly Observation[] {
  const co2 = data.readUInt16LE(8);
  const humidity = data.readUInt8(14);
  return [
    reading("co2", co2 >= unsure ? null : co2, { raw: co2 }),
    temperature(data, 10),
    pressure(data, 12),
    reading("humidity", humidity > 100 ? null : humidity, { raw: humidity }),
    battery(data, 15),
    color(data, 16),
  ];
}

function airOf2(data: Buffer): readonly Observation[] {
  const state = data.readUInt8(17);
  const dampness = alerts[state & alertMask] ?? "off";
  const warmth = alerts[(state >> temperatureAlertShift) & alertMask] ?? "off";
  return [
    temperature(data, 9),
    fineHumidity(data, 13),
    battery(data, 16),
    vendorReading("aranet", "humidity_status", dampness, { values: alerts }),
    vendorReading("aranet", "temperature_status", warmth, { values: alerts }),
  ];
}

function radiation(data: Buffer): readonly Observation[] {
  const rate = data.readUInt16LE(13);
  const rateOrNone = rate >= unsure ? null : rate;
  const dose = data.readUInt32LE(5);
  return [
    vendorReading("aranet", "radiation_rate", rateOrNone, { unit: "nSv/h", raw: rate }),
    vendorReading("aranet", "radiation_total", dose, { unit: "nSv" }),
    vendorReading("aranet", "radiation_duration", data.readUInt32LE(9), { unit: "s" }),
    battery(data, 16),
  ];
}

function radon(data: Buffer): readonly Observation[] {
  const concentration = data.readUInt16LE(7);
  // The plain model has neither, and says zero for both.
  const hasAir = data.readUInt16LE(9) > 0 || data.readUInt16LE(13) > 0;
  return [
    reading("radon", concentration >= radonErrors ? null : concentration, { raw: concentration }),
    ...(hasAir ? [temperature(data, 9), fineHumidity(data, 13)] : []),
    pressure(data, 11),
    battery(data, 16),
    color(data, 17),
  ];
}

function temperature(data: Buffer, at: number): Observation {
  const raw = data.readInt16LE(at);
  return reading("temperature", Math.abs(raw) >= mostRaw ? null : raw / 20, { raw });
}

function fineHumidity(data: Buffer, at: number): Observation {
  const raw = data.readUInt16LE(at);
  return reading("humidity", raw > 1_000 ? null : raw / 10, { raw });
}

function pressure(data: Buffer, at: number): Observation {
  const raw = data.readUInt16LE(at);
  return reading("pressure", raw >= unsure ? null : raw / 10, { raw });
}

/** The highest bit is no part of it. */
function battery(data: Buffer, at: number): Observation {
  const raw = data.readUInt8(at) & 0x7f;
  return reading("battery", raw > 100 ? null : raw);
}

function color(data: Buffer, at: number): Observation {
  const word = colors[data.readUInt8(at)] ?? null;
  return vendorReading("aranet", "status", word, { values: colors });
}
