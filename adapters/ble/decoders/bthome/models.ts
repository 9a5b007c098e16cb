import type { Advertisement } from "../../advertisement.ts";

/** Who made a sender of BTHome, as far as its frame says. */
export interface Model {
  readonly manufacturer?: string;
  readonly model: string;
  /** Runs on a battery. */
  readonly sleepy?: boolean;
  /** What its objects are, where it is not what they are everywhere. */
  readonly words?: readonly Word[];
}

/** The nth property of some, if the frame has exactly so many of it, is another one. */
interface Word {
  readonly instead: string;
  readonly of: number;
  readonly nth: number;
  readonly is: string;
  readonly part?: string;
}

export const shellyCompany = 0x0ba9;

function shelly(model: string, words: readonly Word[] = []): Model {
  return { manufacturer: "Shelly", model, sleepy: true, words };
}

const supply: Word = { instead: "voltage", of: 1, nth: 0, is: "battery_voltage" };

/** Target, measured, and what an external sensor measures. */
const valveWords: readonly Word[] = [
  { instead: "temperature", of: 3, nth: 0, is: "target_temperature" },
  { instead: "temperature", of: 3, nth: 1, is: "temperature" },
  { instead: "temperature", of: 3, nth: 2, is: "temperature", part: "external" },
];

const weatherWords: readonly Word[] = [
  supply,
  { instead: "water_leak", of: 1, nth: 0, is: "rain" },
  { instead: "speed", of: 2, nth: 0, is: "wind_speed" },
  { instead: "speed", of: 2, nth: 1, is: "wind_gust" },
];

/** https://shelly-api-docs.shelly.cloud/docs-ble/common: number, name that is advertised, model. */
const shellies: readonly (readonly [id: number, name: string, model: Model])[] = [
  [0x01, "SBBT-002C", shelly("BLU Button1")],
  [0x02, "SBDW-002C", shelly("BLU Door/Window")],
  [0x03, "SBHT-003C", shelly("BLU H&T")],
  [0x05, "SBMO-003Z", shelly("BLU Motion")],
  [0x06, "SBBT-004CEU", shelly("BLU Wall Switch 4")],
  [0x07, "SBBT-004CUS", shelly("BLU RC Button 4")],
  [0x08, "SBTR-001AEU", shelly("BLU TRV", valveWords)],
  [0x09, "SBRC-005B", shelly("BLU Remote")],
  [0x0b, "SBWS-90CM", shelly("Ecowitt WS90 Weather Station", weatherWords)],
  [0x0c, "SBHT-103C", shelly("BLU H&T Display ZB")],
  [0x11, "SBHT-203C", shelly("BLU H&T ZB")],
  [0x13, "SBMO-103Z", shelly("BLU Motion ZB")],
  [0x14, "SBDW-103C", shelly("BLU Door/Window ZB")],
  [0x15, "SBBT-104CEU", shelly("BLU Wall Switch 4 ZB")],
  [0x16, "SBBT-104CUS", shelly("BLU RC Button 4 ZB")],
  [0x17, "SBBT-102C", shelly("BLU Button1 ZB")],
];
const shellyById = new Map(shellies.map(([id, , model]) => [id, model]));
const shellyByName = new Map(shellies.map(([, name, model]) => [name, model]));

/** Names that start so: some end with digits of the address. */
const starts: readonly (readonly [start: string, model: Model])[] = [
  // Its number is not told in the same way everywhere.
  ["SBDI-003E", shelly("BLU Distance")],
  ["SBBT-EU", shelly("BLU Wall Switch 4")],
  ["SBBT-US", shelly("BLU RC Button 4")],
  ["LYWSD03MMC", { manufacturer: "Xiaomi", model: "LYWSD03MMC", sleepy: true, words: [supply] }],
  ["ATC", { model: "ATC_MiThermometer", sleepy: true, words: [supply] }],
  ["prst", { manufacturer: "rbaron", model: "b-parasite", sleepy: true, words: [supply] }],
  ["asensor_", { manufacturer: "April Brother", model: "N07", sleepy: true }],
];

const anyBthome: Model = { model: "BTHome" };

/** The model that a frame tells by Shelly's data beside it, or by its name. */
export function modelOf({ companyData, localName }: Advertisement): Model {
  for (const { company, data } of companyData) {
    const model = company === shellyCompany ? shellyModel(data) : undefined;
    if (model) return model;
  }
  return (localName === undefined ? undefined : modelNamed(localName)) ?? anyBthome;
}

function modelNamed(name: string): Model | undefined {
  return shellyByName.get(name) ?? starts.find(([start]) => name.startsWith(start))?.[1];
}

/** Shelly's blocks: type, data; flags, address and number of the model. */
const blockSizes = new Map([
  [0x01, 2],
  [0x0a, 6],
  [0x0b, 2],
]);
const modelBlock = 0x0b;

/** The battery-powered model that Shelly's company data tells; undefined of its other devices. */
export function shellyModel(data: Buffer): Model | undefined {
  let model: Model | undefined;
  let at = 0;
  while (at < data.length) {
    const type = data[at] ?? 0;
    const size = blockSizes.get(type);
    if (size === undefined || at + 1 + size > data.length) return undefined;
    if (type === modelBlock) model = shellyById.get(data.readUInt16LE(at + 1));
    at += 1 + size;
  }
  return model;
}

/** The names of all models, for the list of supported devices. */
export const modelNames: readonly string[] = [
  ...shellies.map(([, name, { model }]) => `Shelly ${model} (${name})`),
  "Shelly BLU Distance (SBDI-003E)",
  "b-parasite",
  "ATC_MiThermometer (pvvx)",
  "April Brother N07",
];
