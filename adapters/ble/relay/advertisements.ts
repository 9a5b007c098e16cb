import { isList, type Scalar } from "koine/adapter";
import { isObject, parseDeviceJson, type JsonObject } from "../../reading/json.ts";
import { shortUuid } from "../advertisement.ts";
import { limits } from "../limits.ts";
import type { AddressType, Report } from "../radio/radio.ts";

/** What a message of a relay says; how much of it was no advertisement. */
export interface Relayed {
  readonly reports: readonly Report[];
  readonly refused: number;
}

/**
 * The advertisements in a message, one or a list. Four forms are read: the whole frame in hexadecimal
 * digits or base64 (`data`), with `response` for an answer to a scan, as Koine itself and most ESP32
 * relays tell it; the parts that OpenMQTTGateway and Theengs Gateway found in it (`manufacturerdata`,
 * `servicedata`); the rows of Shelly's scanner, `[address, rssi, advertisement, response]`; and whatever
 * has such rows in `data`.
 */
export function reportsIn(payload: string, receiver: string): Relayed {
  const entries = entriesOf(parseDeviceJson(payload));
  const read = entries.slice(0, limits.relayed).map((entry) => reportsOf(entry, receiver));
  const unread = read.filter(({ length }) => length === 0).length;
  return { reports: read.flat(), refused: unread + entries.length - read.length };
}

/** How deep senders wrap what they heard. */
const depth = 8;

/** What may be an advertisement in a message, however its sender wraps it. */
function entriesOf(message: Scalar | undefined, left = depth): readonly Scalar[] {
  if (message === undefined || left === 0) return [];
  if (isList(message)) {
    if (typeof message[0] === "string") return [message];
    // Shelly puts a version before its rows.
    return message
      .filter((one) => typeof one === "object")
      .flatMap((one) => entriesOf(one, left - 1));
  }
  if (!isObject(message)) return [];
  const inner = message["params"] ?? message["events"] ?? message["data"];
  return typeof inner === "object" && inner !== null ? entriesOf(inner, left - 1) : [message];
}

function reportsOf(entry: Scalar, receiver: string): readonly Report[] {
  if (isList(entry)) return rowReports(entry, receiver);
  if (!isObject(entry)) return [];
  const address = addressOf(entry["address"] ?? entry["mac"] ?? entry["addr"] ?? entry["id"]);
  if (address === undefined) return [];
  const data = wholeFrame(entry) ?? partsFrame(entry);
  if (!data || data.length === 0) return [];
  return [
    {
      receiver,
      address,
      addressType: typeOf(entry),
      isResponse: entry["response"] === true,
      isConnectable: entry["connectable"] === true,
      rssi: rssiIn(entry["rssi"]),
      data,
    },
  ];
}

/** `[address, rssi, advertisement, response]`, the frames in base64. */
function rowReports(row: readonly Scalar[], receiver: string): readonly Report[] {
  const [name, strength, ...frames] = row;
  const address = addressOf(name);
  if (address === undefined) return [];
  return frames.slice(0, 2).flatMap((frame, index) => {
    const data = typeof frame === "string" ? bytesIn(frame) : undefined;
    if (!data || data.length === 0) return [];
    const common = { receiver, address, addressType: "unknown", isConnectable: false } as const;
    return [{ ...common, isResponse: index === 1, rssi: rssiIn(strength), data }];
  });
}

/** Twelve digits, with or without separators; or the same as a number. */
function addressOf(value: Scalar | undefined): string | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) {
    const digits = value.toString(16).padStart(12, "0");
    return digits.length === 12 ? digits : undefined;
  }
  if (typeof value !== "string") return undefined;
  const digits = value.toLowerCase().replace(/[:-]/g, "");
  return /^[0-9a-f]{12}$/.test(digits) ? digits : undefined;
}

const addressTypes: ReadonlyMap<Scalar | undefined, AddressType> = new Map<Scalar, AddressType>([
  [0, "public"],
  [1, "random"],
  ["public", "public"],
  ["random", "random"],
]);

function typeOf(entry: JsonObject): AddressType {
  const type = entry["type"] ?? entry["mac_type"] ?? entry["address_type"] ?? entry["addressType"];
  return addressTypes.get(type) ?? "unknown";
}

/** What no receiver can hear would make that of a relay the best for ever. */
const rssiRange = { least: -127, most: 20 } as const;

function rssiIn(value: Scalar | undefined): number | undefined {
  if (typeof value !== "number") return undefined;
  return value >= rssiRange.least && value <= rssiRange.most ? value : undefined;
}

function wholeFrame(entry: JsonObject): Buffer | undefined {
  const text = entry["data"] ?? entry["raw"] ?? entry["adv"] ?? entry["advertisement"];
  return typeof text === "string" ? bytesIn(text) : undefined;
}

function bytesIn(text: string): Buffer | undefined {
  const plain = text.replace(/^0x/i, "").replace(/[\s:]/g, "");
  if (plain.length > 4 * limits.frameBytes) return undefined;
  if (/^(?:[0-9a-f]{2})+$/i.test(plain)) return Buffer.from(plain, "hex");
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(plain) ? Buffer.from(plain, "base64") : undefined;
}

const structure = {
  name: 0x09,
  short: 0x16,
  medium: 0x20,
  long: 0x21,
  manufacturer: 0xff,
} as const;
const uuidTypes: ReadonlyMap<number, number> = new Map([
  [4, structure.short],
  [8, structure.medium],
  [32, structure.long],
]);

/** A frame put together again from what a gateway took it apart into. */
function partsFrame(entry: JsonObject): Buffer | undefined {
  const { name, manufacturerdata: maker, servicedata: service, servicedatauuid: uuid } = entry;
  const parts: Buffer[] = [];
  if (typeof name === "string") parts.push(structureOf(structure.name, Buffer.from(name)));
  if (typeof maker === "string" && isHex(maker)) {
    parts.push(structureOf(structure.manufacturer, Buffer.from(maker, "hex")));
  }
  if (typeof service === "string" && typeof uuid === "string" && isHex(service)) {
    const short = shortUuid(uuid.replace(/^0x/i, ""));
    const type = uuidTypes.get(short.length);
    if (type !== undefined && isHex(short)) {
      const id = Buffer.from(Buffer.from(short, "hex").toReversed());
      parts.push(structureOf(type, Buffer.concat([id, Buffer.from(service, "hex")])));
    }
  }
  const isMore = typeof maker === "string" || typeof service === "string";
  return isMore ? Buffer.concat(parts) : undefined;
}

function isHex(text: string): boolean {
  return /^(?:[0-9a-f]{2})+$/i.test(text);
}

/** What is too long for a structure is too long for an advertisement. */
function structureOf(type: number, data: Buffer): Buffer {
  if (data.length > 254) return Buffer.alloc(0);
  return Buffer.concat([Buffer.from([data.length + 1, type]), data]);
}
