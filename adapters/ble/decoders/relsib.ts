import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfService, plausible } from "./frame.ts";
import { readFields, reading, type Field } from "./readings.ts";

const ecoName = "ECo";
const ecoLength = 22;
/** Where the climate begins; one of the frames has the battery too. */
const ecoFrames: readonly {
  readonly uuid: string;
  readonly at: number;
  readonly battery?: number;
}[] = [
  { uuid: "aa20", at: 4, battery: 13 },
  { uuid: "aa21", at: 0 },
  { uuid: "aa22", at: 0 },
];
/** Sent while a sensor is not ready, or where there is none. */
const notReady = 0x8000;
const eco: readonly Field[] = [
  { is: "temperature", at: 0, as: "i16le", mul: 0.01, missing: [notReady - 0x10000] },
  { is: "humidity", at: 2, as: "u16le", mul: 0.01, missing: [notReady] },
  { is: "co2", at: 4, as: "u16le", missing: [notReady] },
];
const pluggedBit = 0x80;

const thermometer = "1809";
const environment = "181a";
const serialNumber = "aaa2";
const textLength = 6;
const rawLength = 2;

export const relsib: Decoder = {
  family: "relsib",
  title: "Relsib thermometers, hygrometers and CO₂ monitors",
  models: ["EClerk Eco", "WT51", "WH52"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/relsib.py)",
  listensTo: { services: [thermometer, ...ecoFrames.map(({ uuid }) => uuid)] },
  decode: (frame) => readEco(frame) ?? readText(frame) ?? readRaw(frame),
};

function readEco(frame: Advertisement): Decoded | undefined {
  if ((frame.localName ?? ecoName) !== ecoName) return undefined;
  for (const { uuid, at, battery } of ecoFrames) {
    const data = dataOfService(frame, uuid, ecoLength);
    if (!data) continue;
    const power = battery === undefined ? [] : powerOf(data.readUInt8(battery));
    return told("EClerk Eco", [...readFields(data.subarray(at), eco), ...power]);
  }
  return undefined;
}

function powerOf(raw: number): readonly Observation[] {
  const isPlugged = (raw & pluggedBit) !== 0;
  return [
    reading("battery", isPlugged ? 100 : raw & ~pluggedBit, { raw }),
    reading("plugged", isPlugged),
  ];
}

/** The temperature in letters: `+023.5`. */
function readText(frame: Advertisement): Decoded | undefined {
  const text = dataOfService(frame, thermometer, textLength)?.toString("latin1") ?? "";
  if (!/^[+-]\d{3}\.\d$/.test(text)) return undefined;
  return told("WT51", [reading("temperature", Number(text), { raw: text })]);
}

/** Both in 16 bits, which are −45…130: of the humidity as well, as its source reads it. */
function readRaw(frame: Advertisement): Decoded | undefined {
  const warmth = dataOfService(frame, thermometer, rawLength);
  const humidity = dataOfService(frame, environment, rawLength);
  if (!warmth || !humidity || !dataOfService(frame, serialNumber)) return undefined;
  return told("WH52", [
    reading("temperature", scaled(warmth)),
    reading("humidity", scaled(humidity)),
  ]);
}

function scaled(data: Buffer): number {
  return (data.readUInt16BE(0) / 65_535) * 175 - 45;
}

function told(model: string, observations: readonly Observation[]): Decoded | undefined {
  return plausible({ facts: { manufacturer: "Relsib", model, sleepy: true }, observations });
}
