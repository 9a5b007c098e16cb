import type { Observation } from "../../reading/observation.ts";
import type { Advertisement, CompanyData } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { percent, reading } from "./readings.ts";

const names = /^TP(?:35|39|96|97)/;
const probeService = "72fbb6316f6bd1badb552ee6fdd942bd";

/** ThermoPro has no identifier of its own: the first two bytes of a frame stand in its place. */
export const thermopro: Decoder = {
  family: "thermopro",
  title: "ThermoPro hygrometers and meat probes",
  models: [
    "TP350S",
    "TP351S",
    "TP357",
    "TP357S",
    "TP358",
    "TP358S",
    "TP359",
    "TP393",
    "TP397",
    "TP960R",
    "TP962R",
    "TP970R",
    "TP972S",
  ],
  source: "https://github.com/Bluetooth-Devices/thermopro-ble",
  listensTo: { serviceUuids: [probeService], names },
  decode: (frame) => {
    const model = modelIn(frame);
    // Of two in one frame the later is the newer.
    const block = frame.companyData.at(-1);
    if (!block) return undefined;
    return model?.startsWith("TP3") === true
      ? decodeHygrometer(model, block)
      : decodeProbe(model, frame, block);
  },
};

function modelIn({ localName = "" }: Advertisement): string | undefined {
  return names.test(localName) ? localName.split(" ")[0] : undefined;
}

function thermoproSays(model: string | undefined, observations: readonly Observation[]): Decoded {
  return {
    facts: { manufacturer: "ThermoPro", sleepy: true, ...(model !== undefined && { model }) },
    observations,
  };
}

/* Hygrometers: 0xC2, °C × 10, %RH, flags; the TP357S sends a byte more. */
const hygrometerLengths = new Set([4, 5]);
const hygrometerMark = 0xc2;
const noValue = 0xff;
const levelMask = 0x03;
/** Per cent by what the two lowest bits of the flags say. */
const levels: readonly (number | undefined)[] = [1, 50, 100];
const coldest = -50;
const hottest = 100;

function decodeHygrometer(model: string, { company, data }: CompanyData): Decoded | undefined {
  if (!hygrometerLengths.has(data.length) || (company & 0xff) !== hygrometerMark) {
    return undefined;
  }
  const [high = 0, humidity = 0, flags = 0] = data;
  const low = company >> 8;
  const celsius = Buffer.from([low, high]).readInt16LE(0) / 10;
  const isThere = !isBlank(low, high, humidity);
  if (isThere && (humidity > 100 || celsius < coldest || celsius > hottest)) return undefined;
  const level = levels[flags & levelMask];
  return thermoproSays(model, [
    reading("temperature", isThere ? celsius : null),
    reading("humidity", isThere ? humidity : null),
    ...(level === undefined
      ? []
      : [reading("battery", level, { raw: flags & levelMask, quality: "estimated" })]),
  ]);
}

/** The sensor has not measured yet: ones, or zeros, and no air is that dry. */
function isBlank(low: number, high: number, humidity: number): boolean {
  return [0, noValue].some((byte) => low === byte && high === byte && humidity === byte);
}

/* Probes: number, inside, battery, around; some add the address of the base. */
const probeLengths = new Set([7, 13]);
/* Of several places: number, around, battery, tip, middle and end of the inside, an identity. */
const longProbeLength = 23;
const mostProbes = 4;
const celsiusOffset = 30;
const fahrenheitOffset = 54;
const coldestProbe = -50;
const hottestProbe = 400;

function decodeProbe(
  model: string | undefined,
  { serviceUuids }: Advertisement,
  { company, data }: CompanyData,
): Decoded | undefined {
  if (model === undefined && !serviceUuids.includes(probeService)) return undefined;
  const whole = Buffer.concat([Buffer.from([company & 0xff, company >> 8]), data]);
  const part = String((whole[0] ?? 0) + 1);
  if ((whole[0] ?? 0) >= mostProbes) return undefined;
  const read = readProbe(whole, part, model);
  if (!read || !read.every(isPlausible)) return undefined;
  return thermoproSays(model, [...read, batteryIn(whole.readUInt16LE(3), part)]);
}

function readProbe(
  whole: Buffer,
  part: string,
  model: string | undefined,
): readonly Observation[] | undefined {
  if (probeLengths.has(whole.length)) return shortProbe(whole, part);
  const isLong = whole.length === longProbeLength && model?.startsWith("TP96") !== true;
  return isLong ? longProbe(whole, part) : undefined;
}

function shortProbe(whole: Buffer, part: string): readonly Observation[] {
  return [
    reading("temperature", whole.readUInt16LE(1) - celsiusOffset, { part }),
    reading("temperature", whole.readUInt16LE(5) - celsiusOffset, { part: `${part}_ambient` }),
  ];
}

function longProbe(whole: Buffer, part: string): readonly Observation[] {
  return [
    fahrenheit(whole.readFloatLE(5), part),
    fahrenheit(whole.readFloatLE(9), `${part}_center`),
    fahrenheit(whole.readFloatLE(13), `${part}_end`),
    fahrenheit(whole.readUInt16LE(1), `${part}_ambient`),
  ];
}

function fahrenheit(raw: number, part: string): Observation {
  return reading("temperature", ((raw - fahrenheitOffset - 32) * 5) / 9, { part, raw });
}

function isPlausible({ value }: Observation): boolean {
  return typeof value === "number" && value >= coldestProbe && value <= hottestProbe;
}

/** The curve that the source found between what is sent, mV it seems, and the charge. */
function batteryIn(raw: number, part: string): Observation {
  const level = 52.317286 * Math.tanh(raw / 273.624277936 - 8.76485439394) + 51.06925;
  return reading("battery", Math.round(percent(level)), { part, raw, quality: "estimated" });
}
