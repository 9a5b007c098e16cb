import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import { keyBytes, tagBytes, unseal } from "./unseal.ts";
import type { Decoded, Decoder, DecodingOptions } from "./decoder.ts";
import { readFields, reading, vendorReading, type Field } from "./readings.ts";

/** Environmental Sensing, which is not theirs alone. */
const service = "181a";

/** Thermometers of several makers under the firmware of atc1441 or pvvx. */
export const atc: Decoder = {
  family: "atc",
  title: "Thermometers with the ATC or pvvx firmware",
  models: ["LYWSD03MMC", "MJWSD05MMC", "MHO-C401", "CGG1", "CGDK2", "others with this firmware"],
  source: "https://github.com/pvvx/ATC_MiThermometer#bluetooth-advertising-formats",
  listensTo: { services: [service] },
  keyBytes,
  decode: (frame, options) => {
    const data = frame.serviceData.find(({ uuid }) => uuid === service)?.data;
    const form = data && forms.get(data.length);
    return data && form?.(data, { frame, options });
  },
};

interface Sender {
  readonly frame: Advertisement;
  readonly options: DecodingOptions;
}

/** By the length of the data, which no two of them share. */
const forms = new Map<number, (data: Buffer, sender: Sender) => Decoded | undefined>([
  [6, readOpened],
  [8, readSealedAtc],
  [11, readSealedCustom],
  [13, readAtc],
  [14, readCustom],
  [15, readCustom],
]);

/* Each starts with the address: ATC's as it is written, pvvx's the other way round. */
const addressBytes = 6;
const atcLayout: readonly Field[] = [
  { is: "temperature", at: 6, as: "i16be", mul: 0.1 },
  { is: "humidity", at: 8, as: "u8" },
  { is: "battery", at: 9, as: "u8" },
  { is: "battery_voltage", at: 10, as: "u16be", mul: 0.001 },
];
const atcCounter = 12;

const customLayout: readonly Field[] = [
  { is: "temperature", at: 6, as: "i16le", mul: 0.01 },
  { is: "humidity", at: 8, as: "u16le", mul: 0.01 },
  { is: "battery_voltage", at: 10, as: "u16le", mul: 0.001 },
  { is: "battery", at: 12, as: "u8" },
];
const customCounter = 13;
const customFlags = 14;

/** Encrypted: what is in it, and without address, voltage and counter. */
const openedLayout: readonly Field[] = [
  { is: "temperature", at: 0, as: "i16le", mul: 0.01 },
  { is: "humidity", at: 2, as: "u16le", mul: 0.01 },
  { is: "battery", at: 4, as: "u8" },
];
const openedFlags = 5;

/** Half degrees above -40 °C, half percents, percents. */
const smallLayout: readonly Field[] = [
  { is: "temperature", at: 0, as: "u8", add: -80, mul: 0.5 },
  { is: "humidity", at: 1, as: "u8", mul: 0.5 },
  { is: "battery", at: 2, as: "u8", mask: 0x7f },
];
const smallOutput = { at: 2, bit: 0x80 };

function readAtc(data: Buffer, { frame }: Sender): Decoded | undefined {
  if (!isFrom(frame, data.subarray(0, addressBytes))) return undefined;
  return decoded(frame, readFields(data, atcLayout), {
    sequence: { value: data.readUInt8(atcCounter), bits: 8 },
  });
}

/** Firmware for boards without an output leaves the last byte out. */
function readCustom(data: Buffer, { frame }: Sender): Decoded | undefined {
  const address = Buffer.from(data.subarray(0, addressBytes).toReversed());
  if (!isFrom(frame, address)) return undefined;
  const flags = data.length > customFlags ? flagsIn(data.readUInt8(customFlags)) : [];
  return decoded(frame, [...readFields(data, customLayout), ...flags], {
    sequence: { value: data.readUInt8(customCounter), bits: 8 },
  });
}

/** As a gateway passes it on that has decrypted it. */
function readOpened(data: Buffer, { frame }: Sender): Decoded | undefined {
  if (!isNamed(frame) || isAddress(data, frame)) return undefined;
  return decoded(frame, [
    ...readFields(data, openedLayout),
    ...flagsIn(data.readUInt8(openedFlags)),
  ]);
}

function readSealedCustom(data: Buffer, sender: Sender): Decoded | undefined {
  return readSealed(data, sender, (opened) => [
    ...readFields(opened, openedLayout),
    ...flagsIn(opened.readUInt8(openedFlags)),
  ]);
}

function readSealedAtc(data: Buffer, sender: Sender): Decoded | undefined {
  return readSealed(data, sender, (opened) => [
    ...readFields(opened, smallLayout),
    output((opened.readUInt8(smallOutput.at) & smallOutput.bit) !== 0),
  ]);
}

/* The nonce holds the head of the structure that carried the data: length, type, service. */
const headBytes = 3;
const serviceDataType = 0x16;
const serviceLittleEndian = [0x1a, 0x18];
const beside = Buffer.from([0x11]);

function readSealed(
  data: Buffer,
  { frame, options: { key } }: Sender,
  read: (opened: Buffer) => readonly Observation[],
): Decoded | undefined {
  // Without a mark of its own this could be anybody's.
  if (!key) return isKnown(frame) ? failed(frame, "key_needed") : undefined;
  const counter = data.readUInt8(0);
  const address = Buffer.from(frame.address, "hex").toReversed();
  const head = [data.length + headBytes, serviceDataType, ...serviceLittleEndian, counter];
  const opened = unseal(key, {
    nonce: Buffer.from([...address, ...head]),
    sealed: data.subarray(1, -tagBytes),
    tag: data.subarray(-tagBytes),
    beside,
  });
  if (!opened) return failed(frame, "key_wrong");
  const sequence = { value: counter, bits: 8 };
  return decoded(frame, read(opened), { sequence, isAuthentic: true });
}

/* https://github.com/pvvx/ATC_MiThermometer#custom-format-all-data-little-endian */
const inputBit = 0x01;
const outputBit = 0x02;
const controlledBit = 0x04;

/** The output is one only where the firmware controls it. */
function flagsIn(flags: number): readonly Observation[] {
  const input = reading("input", (flags & inputBit) !== 0);
  if ((flags & controlledBit) === 0) return [input];
  return [input, output((flags & outputBit) !== 0)];
}

function output(isOn: boolean): Observation {
  return vendorReading("pvvx", "trigger_output", isOn);
}

const highest = new Map([
  ["temperature", 130],
  ["humidity", 100],
  ["battery", 100],
]);
/** °C; sensors of these boards measure from -40. */
const coldest = -60;

function decoded(
  frame: Advertisement,
  observations: readonly Observation[],
  rest: Pick<Decoded, "sequence" | "isAuthentic"> = {},
): Decoded {
  if (!observations.every(isPossible)) return failed(frame, "unreadable");
  return { facts: factsOf(frame), observations, ...rest };
}

function isPossible({ facts: { is }, value }: Observation): boolean {
  if (typeof value !== "number") return true;
  return value <= (highest.get(is) ?? Infinity) && value >= (is === "temperature" ? coldest : 0);
}

function failed(frame: Advertisement, problem: NonNullable<Decoded["problem"]>): Decoded {
  return { facts: factsOf(frame), observations: [], problem };
}

/** Names the firmware gives itself by default, and names of the boards that it keeps. */
const models: readonly (readonly [start: string, manufacturer: string, model: string])[] = [
  ["LYWSD03MMC", "Xiaomi", "LYWSD03MMC"],
  ["MJWSD05MMC", "Xiaomi", "MJWSD05MMC"],
  ["MHO", "Miaomiaoce", "MHO-C401"],
  ["CGG", "Qingping", "CGG1"],
  ["CGDK", "Qingping", "CGDK2"],
];
const firmwareNames = ["ATC", "BTH"];

function factsOf({ localName = "" }: Advertisement): Decoded["facts"] {
  const found = models.find(([start]) => localName.startsWith(start));
  if (!found) return { model: "ATC_MiThermometer", sleepy: true };
  const [, manufacturer, model] = found;
  return { manufacturer, model, sleepy: true };
}

function isNamed({ localName = "" }: Advertisement): boolean {
  return (
    models.some(([start]) => localName.startsWith(start)) ||
    firmwareNames.some((start) => localName.startsWith(start))
  );
}

/** Telink's, which most of these boards have, and Qingping's. */
const blocks = ["a4c138", "582d34"];

function isKnown(frame: Advertisement): boolean {
  return isNamed(frame) || blocks.some((block) => frame.address.startsWith(block));
}

/** What is left of another form that was cut off behind the address. */
function isAddress(data: Buffer, frame: Advertisement): boolean {
  return [data, data.toReversed()].some((one) => {
    const text = Buffer.from(one).toString("hex");
    return text === frame.address || blocks.some((block) => text.startsWith(block));
  });
}

/** The data starts with the sender's address, or, where a system hides that, with one of these boards. */
function isFrom(frame: Advertisement, address: Buffer): boolean {
  const text = address.toString("hex");
  return (
    frame.address === text || (isNamed(frame) && blocks.some((block) => text.startsWith(block)))
  );
}
