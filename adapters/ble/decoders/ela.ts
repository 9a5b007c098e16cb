import type { EventData } from "koine/adapter";
import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { latest, milliGravity, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const company = 0x0757;
const humidityType = 0x21;
const touchType = 0xb2;

type Reads = (data: Buffer) => readonly Observation[];

interface Frame {
  readonly bytes: number;
  readonly read: Reads;
}

/** Bit 0 is the state, the rest counts how often it began. */
function counting(state: (isSet: boolean) => Observation): Reads {
  return (data) => {
    const raw = data.readUInt16LE(0);
    return [state((raw & 1) !== 0), reading("count", raw >> 1)];
  };
}

/** The sensor has no temperature to tell. */
const noTemperature = 0x7fff;

const warmth: Reads = (data) => {
  const raw = data.readInt16LE(0);
  return [reading("temperature", raw === noTemperature ? null : raw / 100, { raw })];
};
/** Set while the magnet is near. */
const contact = counting((isNear) => reading("open", !isNear));

/** Data of the company, by its first byte; the length is without it. */
const frames = new Map<number, Frame>([
  [0x12, { bytes: 2, read: warmth }],
  [humidityType, { bytes: 4, read: climate }],
  [0x32, { bytes: 2, read: contact }],
  [0x42, { bytes: 2, read: counting((isSet) => reading("moving", isSet)) }],
  [0x56, { bytes: 6, read: (data) => milliGravity(axesIn(data)) }],
  [0x62, { bytes: 2, read: counting((isSet) => reading("input", isSet)) }],
  [0x92, { bytes: 2, read: counting((isSet) => reading("motion", isSet)) }],
  [touchType, { bytes: 2, read: counting((isSet) => reading("input", isSet)) }],
  [0xf1, { bytes: 1, read: (data) => [reading("battery", data.readUInt8(0))] }],
  [0xf2, { bytes: 2, read: (data) => [reading("battery_voltage", data.readUInt16LE(0) / 1000)] }],
]);

/** Data of a service: these belong to everybody, and count only under a name of this maker. */
const services = new Map<string, Frame>([
  ["2a6e", { bytes: 2, read: warmth }],
  ["2a6f", { bytes: 1, read: (data) => [reading("humidity", data.readUInt8(0))] }],
  ["2a06", { bytes: 2, read: contact }],
]);

/** Blue Puck or Blue Coin, and what it senses; `PUCK_T1` is how one that is sold again calls itself. */
const names =
  /^(?:([PC]) (T EN|T PROBE|TPROBE|T|RHT|MAG|MOV|ANG|DI|PIR|TOUCH)(?: |$)|PUCK_(TH?)\d?)/;
const senses = new Map([
  ["T EN", "T EN"],
  ["TPROBE", "T PROBE"],
  ["TH", "RHT"],
]);

/** Pucks and coins, also sold by Teltonika and as Sensor Easy. */
export const ela: Decoder = {
  family: "ela",
  title: "ELA Innovation Blue Puck and Blue Coin",
  models: ["T", "T EN", "T PROBE", "RHT", "MAG", "MOV", "ANG", "DI", "PIR", "TOUCH"].map(
    (one) => `Blue Puck ${one}`,
  ),
  source: "https://github.com/reelyactive/advlib-ble-manufacturers (lib/elainnovation.js)",
  listensTo: { companies: [company], services: [...services.keys()] },
  decode: (frame) => {
    const model = modelOf(frame.localName ?? "");
    const ofName = model === undefined ? [] : ofServices(frame);
    const observations = latest([...ofCompany(frame), ...ofName]);
    if (observations.length === 0) return undefined;
    return plausible({ facts: factsOf(model), observations, events: touchesIn(frame) });
  },
};

function factsOf(model: string | undefined): Decoded["facts"] {
  return { manufacturer: "ELA Innovation", ...(model !== undefined && { model }), sleepy: true };
}

function modelOf(name: string): string | undefined {
  const found = names.exec(name);
  if (!found) return undefined;
  const [, shape, sensor, resold] = found;
  const sense = sensor ?? resold ?? "";
  return `Blue ${shape === "C" ? "Coin" : "Puck"} ${senses.get(sense) ?? sense}`;
}

function ofCompany({ companyData }: Advertisement): readonly Observation[] {
  return companyData.flatMap((one) =>
    one.company === company ? readWhole(frames.get(one.data[0] ?? 0), one.data.subarray(1)) : [],
  );
}

function ofServices({ serviceData }: Advertisement): readonly Observation[] {
  return serviceData.flatMap(({ uuid, data }) => readWhole(services.get(uuid), data));
}

function readWhole(frame: Frame | undefined, data: Buffer): readonly Observation[] {
  return frame && data.length === frame.bytes ? frame.read(data) : [];
}

/** Humidity, then the type of a frame of temperature and what it would say. */
function climate(data: Buffer): readonly Observation[] {
  const more = frames.get(data.readUInt8(1));
  const humidity = reading("humidity", data.readUInt8(0));
  return [humidity, ...readWhole(more?.read === warmth ? more : undefined, data.subarray(2))];
}

function axesIn(data: Buffer): readonly [number, number, number] {
  return [data.readInt16LE(0), data.readInt16LE(2), data.readInt16LE(4)];
}

function touchesIn({ companyData }: Advertisement): readonly EventData[] {
  const isTouched = companyData.some(
    ({ company: of, data }) =>
      of === company && data.length === 3 && data[0] === touchType && (data.readUInt8(1) & 1) === 1,
  );
  return isTouched ? [{ name: "action", action: "press" }] : [];
}
