import type { Advertisement } from "../../advertisement.ts";
import type { Decoded, Decoder, DecodingOptions, Sequence } from "../decoder.ts";
import { latest } from "../frame.ts";
import { decrypt, decryptLegacy, upperCount } from "./crypto.ts";
import { parseFrame, type Frame } from "./frame.ts";
import { models, type Model } from "./models.ts";
import { objects } from "./objects.ts";
import { specObjects } from "./spec-objects.ts";
import { own, type ObjectReader, type Told } from "./told.ts";

const service = "fe95";
const company = 0x038f;
const keyBytes = 16;

/** Xiaomi's own format, which many makers speak. */
export const mibeacon: Decoder = {
  family: "mibeacon",
  title: "Xiaomi MiBeacon: sensors, locks, buttons, scales, toothbrushes and more",
  models: [...new Set([...models.values()].map(({ model }) => model))],
  source:
    "https://github.com/Bluetooth-Devices/xiaomi-ble, https://home-is-where-you-hang-your-hack.github.io/ble_monitor/MiBeacon_protocol",
  listensTo: { services: [service], companies: [company] },
  keyBytes,
  decode: (advertisement, options) => {
    const frame = frameOf(advertisement);
    if (!frame) return undefined;
    const model = models.get(frame.product);
    if (!frame.hasObject) return idle(model);
    return frame.isEncrypted ? opened(frame, model, options) : plain(frame, model);
  },
};

/** In the data of the company, which has other forms too, only what says its address and product. */
function frameOf({ address, serviceData, companyData }: Advertisement): Frame | undefined {
  const data = serviceData.find(({ uuid }) => uuid === service)?.data;
  if (data) return parseFrame(data, address);
  const other = companyData.find((one) => one.company === company)?.data;
  const frame = other && parseFrame(other, address);
  return frame?.hasAddress === true && models.has(frame.product) ? frame : undefined;
}

const bodyScales = new Set(["MJTZC01YM", "MJTZC03YM"]);

/** A frame without an object only says that the device is there; a body scale: nobody on it. */
function idle(model: Model | undefined): Decoded | undefined {
  if (!model || !bodyScales.has(model.model)) return undefined;
  return { facts: factsOf(model), observations: [own("stabilized", false)] };
}

function factsOf(model: Model | undefined): Decoded["facts"] {
  if (!model) return {};
  const { manufacturer, model: name, isMains = false } = model;
  return { manufacturer, model: name, ...(!isMains && { sleepy: true }) };
}

/** Of a product that nobody has described, only what says something. */
function plain(frame: Frame, model: Model | undefined): Decoded | undefined {
  const found = readObjects(frame.rest, model);
  if (found.count === 0 || (!model && found.told.length === 0)) return undefined;
  return decodedOf(found, model, { value: frame.count, bits: 8 });
}

/** A product that nobody has described is no device of ours before it has a key. */
function opened(
  frame: Frame,
  model: Model | undefined,
  { key }: DecodingOptions,
): Decoded | undefined {
  const upper = upperCount(frame, frame.isLegacy);
  if (upper === undefined || (!model && !key)) return undefined;
  const facts = factsOf(model);
  if (!key) return { facts, observations: [], problem: "key_needed" };
  const bytes = frame.isLegacy ? decryptLegacy(frame, key) : decrypt(frame, key);
  const found = bytes && readObjects(bytes, model);
  if (!found || (frame.isLegacy && !found.isWhole)) {
    return { facts, observations: [], problem: "key_wrong" };
  }
  const decoded = decodedOf(found, model, { value: upper * 0x100 + frame.count, bits: 32 });
  return { ...decoded, isAuthentic: true };
}

interface Found {
  readonly told: readonly Told[];
  /** Whole objects, known or not. */
  readonly count: number;
  /** Nothing but objects that are known: what makes up for the short tag of old encryption. */
  readonly isWhole: boolean;
}

function decodedOf({ told }: Found, model: Model | undefined, sequence: Sequence): Decoded {
  const events = told.flatMap((one) => one.events ?? []);
  const passing = told.flatMap((one) => one.passing ?? []);
  return {
    facts: factsOf(model),
    observations: latest(told.flatMap((one) => one.observations ?? [])),
    ...(events.length > 0 && { events }),
    ...(passing.length > 0 && { passing }),
    sequence,
    ...(told.length === 0 && { problem: "unreadable" }),
  };
}

const objectHead = 3;

/** Objects: number, length, data. What does not fit in the frame any more was cut off. */
function readObjects(bytes: Buffer, model: Model | undefined): Found {
  const told: Told[] = [];
  let count = 0;
  let at = 0;
  while (at + objectHead <= bytes.length) {
    const end = at + objectHead + bytes.readUInt8(at + 2);
    if (end > bytes.length) break;
    const reader = readerOf(bytes.readUInt16LE(at), model);
    const data = bytes.subarray(at + objectHead, end);
    const fits = reader?.sizes?.includes(data.length) ?? true;
    const one = fits ? reader?.tell(data, model?.model) : undefined;
    if (one) told.push(one);
    count += 1;
    at = end;
  }
  return { told, count, isWhole: at === bytes.length && told.length > 0 && told.length === count };
}

function readerOf(number: number, model: Model | undefined): ObjectReader | undefined {
  return objects.get(number) ?? (model ? specObjects.get(number) : undefined);
}
