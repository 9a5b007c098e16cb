import type { Observation } from "../../../reading/observation.ts";
import type { Decoded } from "../decoder.ts";
import { reading } from "../readings.ts";
import { batteryIn, govee, startsWith, type GoveeFrame } from "./frame.ts";

/** One form of frame, and what sends it. */
interface Layout {
  readonly company: number;
  readonly length: number;
  readonly start: readonly number[];
  readonly models: readonly string[];
  /** What it is called where the name is not known; a layout without it needs the name. */
  readonly nameless?: string;
  /** How it ends, where nothing else tells a nameless frame from the start of a longer one. */
  readonly namelessEnd?: number;
  /** Undefined: nobody has described this. */
  read(data: Buffer): readonly Observation[] | undefined;
}

const goveeCompany = 0xec88;
const sharedCompany = 0x0001;
const wifiCompany = 0x8801;
const mark = [0x01, 0x01];

const hygrometers = [
  "H5100",
  "H5101",
  "H5102",
  "H5103",
  "H5104",
  "H5105",
  "H5108",
  "H5110",
  "H5174",
  "H5177",
  "H5179",
];

const layouts: readonly Layout[] = [
  {
    company: goveeCompany,
    length: 6,
    start: [0x00],
    models: ["H5072", "H5075", "H5129"],
    nameless: "H5072/H5075",
    namelessEnd: 0x00,
    read: (data) => packed(data, 1, data[4]),
  },
  {
    company: goveeCompany,
    length: 7,
    start: [0x00],
    models: ["H5074"],
    nameless: "H5074",
    read: (data) => hundredths(data, 1),
  },
  {
    company: goveeCompany,
    length: 9,
    start: [0x00],
    models: ["H5051", "H5052", "H5071"],
    nameless: "H5051",
    read: (data) => hundredths(data, 1),
  },
  {
    company: wifiCompany,
    length: 9,
    start: [0xec, 0x00, 0x01, 0x01],
    models: ["H5179"],
    nameless: "H5179",
    read: (data) => hundredths(data, 4),
  },
  // Without a name this is told from the air quality monitor by nothing.
  {
    company: sharedCompany,
    length: 6,
    start: mark,
    models: hygrometers,
    read: (data) => packed(data, 2, data[5]),
  },
  { company: sharedCompany, length: 6, start: mark, models: ["H5106"], read: airQuality },
  { company: sharedCompany, length: 8, start: mark, models: ["H5112"], read: twoProbes },
  { company: sharedCompany, length: 8, start: mark, models: ["H5140"], read: carbonDioxide },
  {
    company: sharedCompany,
    length: 8,
    start: mark,
    models: ["H5111"],
    read: (data) => packed(data, 2, data[5], { humidity: "none" }),
  },
  {
    company: sharedCompany,
    length: 8,
    start: mark,
    models: hygrometers,
    read: (data) => packed(data, 2, data[5]),
  },
  {
    company: sharedCompany,
    length: 8,
    start: mark,
    models: [],
    nameless: "H5108/H5111",
    read: sharedForm,
  },
  {
    company: sharedCompany,
    length: 9,
    start: mark,
    models: ["H5178"],
    nameless: "H5178",
    read: indoorAndOutdoor,
  },
];

export const climateCompanies = [goveeCompany, sharedCompany, wifiCompany];

export function decodeClimate({ company, data, model }: GoveeFrame): Decoded | undefined {
  const layout = layouts.find(
    (one) =>
      one.company === company &&
      one.length === data.length &&
      (model === undefined ? isNameless(one, data) : one.models.includes(model)) &&
      startsWith(data, one.start),
  );
  if (!layout) return undefined;
  const read = layout.read(data);
  if (read) return govee(model ?? layout.nameless ?? "", read);
  return model === undefined ? undefined : govee(model, [], { problem: "unreadable" });
}

function isNameless({ nameless, namelessEnd }: Layout, data: Buffer): boolean {
  return nameless !== undefined && (namelessEnd === undefined || data.at(-1) === namelessEnd);
}

interface Where {
  readonly part?: string;
  readonly batteryPart?: string;
  readonly humidity?: "none";
}

const signBit = 0x80_0000;
const errorBit = 0x80;

/** °C × 10 in the thousands and %RH × 10 in the rest of 23 bits; beside it a battery that flags errors. */
function packed(
  data: Buffer,
  at: number,
  batteryByte = 0,
  { part, batteryPart, humidity }: Where = {},
): readonly Observation[] {
  const whole = data.readUIntBE(at, 3);
  const digits = whole % signBit;
  const celsius = tenths(Math.trunc(digits / 1000), whole >= signBit);
  const isValid = (batteryByte & errorBit) === 0 && isCelsius(celsius);
  const moisture = (digits % 1000) / 10;
  return [
    reading("temperature", isValid ? celsius : null, { part }),
    ...(humidity === "none" ? [] : [reading("humidity", isValid ? moisture : null, { part })]),
    batteryIn(batteryByte, batteryPart),
  ];
}

const coldest = -40;
const hottest = 100;

/** What these sensors measure between. */
function isCelsius(value: number): boolean {
  return value >= coldest && value <= hottest;
}

/** Never a negative zero. */
function tenths(value: number, isNegative: boolean): number {
  return isNegative && value !== 0 ? -value / 10 : value / 10;
}

/** °C × 100, %RH × 100 and the battery. */
function hundredths(data: Buffer, at: number): readonly Observation[] {
  const celsius = data.readInt16LE(at) / 100;
  const moisture = data.readUInt16LE(at + 2) / 100;
  return [
    reading("temperature", isCelsius(celsius) ? celsius : null),
    reading("humidity", moisture <= 100 ? moisture : null),
    batteryIn(data[at + 4]),
  ];
}

const longSignBit = 0x8000_0000;

/** °C × 10 in the millions, %RH × 10 in the thousands, µg/m³ in the rest of 31 bits. */
function airQuality(data: Buffer): readonly Observation[] {
  const whole = data.readUInt32BE(2);
  const digits = whole % longSignBit;
  const celsius = tenths(Math.trunc(digits / 1_000_000), whole >= longSignBit);
  const isValid = isCelsius(celsius);
  const moisture = Math.trunc((digits % 1_000_000) / 1000) / 10;
  return [
    reading("temperature", isValid ? celsius : null),
    reading("humidity", isValid ? moisture : null),
    reading("pm25", isValid ? digits % 1000 : null),
  ];
}

const probesBySender: Readonly<Record<number, Where>> = {
  0x41: { part: "1" },
  0x82: { part: "2", humidity: "none" },
};

/** Both probes of the H5112 take turns; the hygrometer is in the first. */
function twoProbes(data: Buffer): readonly Observation[] | undefined {
  const where = probesBySender[data[7] ?? 0];
  return where && packed(data, 2, data[5], where);
}

const highestCarbonDioxide = 40_000;

function carbonDioxide(data: Buffer): readonly Observation[] {
  const hasError = data[7] !== 0;
  const ppm = data.readUInt16BE(5);
  const climate = packed(data, 2, hasError ? errorBit : 0).slice(0, 2);
  const isValid = climate[0]?.value !== null && ppm <= highestCarbonDioxide;
  return [...climate, reading("co2", isValid ? ppm : null)];
}

const parts: readonly (Where | undefined)[] = [{}, { part: "outdoor", batteryPart: "outdoor" }];

/** The H5178 passes on what its outdoor sensor measures. */
function indoorAndOutdoor(data: Buffer): readonly Observation[] | undefined {
  const where = parts[data[2] ?? parts.length];
  return where && packed(data, 3, data[6], where);
}

/** Above what the H5140 measures, in the place of the battery. */
const leastBattery = 20;

/**
 * A thermometer with a hygrometer and one without send the same form, and the CO2 monitor one that
 * differs where it measures more than 5000 ppm: what is true of the first two is told.
 */
function sharedForm(data: Buffer): readonly Observation[] | undefined {
  const battery = (data[5] ?? 0) % errorBit;
  if (battery < leastBattery || battery > 100 || data[6] !== 0 || data[7] !== 0) return undefined;
  return packed(data, 2, data[5], { humidity: "none" });
}
