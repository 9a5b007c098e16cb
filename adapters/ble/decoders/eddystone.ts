import type { Decoded, Decoder } from "./decoder.ts";
import { readFields, vendorReading, type Field } from "./readings.ts";

const service = "feaa";
const facts = { model: "Eddystone" };

const uidFrame = 0x00;
const urlFrame = 0x10;
const telemetryFrame = 0x20;
const eidFrame = 0x30;

/** Some senders leave out the two reserved bytes at the end. */
const uidLengths = new Set([18, 20]);
const namespaceAt = 2;
const instanceAt = 12;
const instanceEnd = 18;

const shortestUrl = 4;
const longestUrl = 20;
const urlAt = 3;
const schemes = ["http://www.", "https://www.", "http://", "https://"];
const domains = ["com", "org", "edu", "net", "info", "biz", "gov"];
/** With a slash after them, then without. */
const expansions = [...domains.map((one) => `.${one}/`), ...domains.map((one) => `.${one}`)];
const firstPrintable = 0x21;
const lastPrintable = 0x7e;

const eidLength = 10;
const eidAt = 2;

const plainVersion = 0x00;
const encryptedVersion = 0x01;
const telemetryLength = 14;
const encryptedLength = 18;
const telemetry: readonly Field[] = [
  { is: "battery_voltage", at: 2, as: "u16be", mul: 0.001, missing: [0] },
  { is: "temperature", at: 4, as: "i16be", mul: 1 / 256, missing: [-0x8000] },
  { is: "uptime", at: 10, as: "u32be", mul: 0.1 },
];
const countAt = 6;

/** Beacons of Google's form: an identifier, an address in the web, or how the beacon does. */
export const eddystone: Decoder = {
  family: "eddystone",
  title: "Eddystone beacons",
  models: ["Eddystone-UID", "Eddystone-URL", "Eddystone-TLM", "Eddystone-EID"],
  source: "https://github.com/google/eddystone/blob/master/protocol-specification.md",
  listensTo: { services: [service] },
  isBeacon: true,
  decode: ({ serviceData }) => {
    const data = serviceData.find(({ uuid }) => uuid === service)?.data;
    return data && data.length > 2 ? frameIn(data) : undefined;
  },
};

function frameIn(data: Buffer): Decoded | undefined {
  switch (data[0]) {
    case uidFrame:
      return uidLengths.has(data.length) ? uid(data) : undefined;
    case urlFrame:
      return data.length >= shortestUrl && data.length <= longestUrl ? url(data) : undefined;
    case telemetryFrame:
      return telemetryIn(data);
    case eidFrame:
      return data.length === eidLength ? eid(data) : undefined;
    default:
      return undefined;
  }
}

function uid(data: Buffer): Decoded {
  const namespace = data.toString("hex", namespaceAt, instanceAt);
  const instance = data.toString("hex", instanceAt, instanceEnd);
  return {
    facts,
    observations: [powerOf(data)],
    identity: ["ble-beacon", `${namespace}-${instance}`],
  };
}

function url(data: Buffer): Decoded | undefined {
  const scheme = schemes[data.readUInt8(2)];
  const rest = Array.from(data.subarray(urlAt), textOf);
  if (scheme === undefined || rest.includes(undefined)) return undefined;
  const address = scheme + rest.join("");
  return { facts, observations: [powerOf(data), vendorReading("eddystone", "url", address)] };
}

function textOf(byte: number): string | undefined {
  if (byte < firstPrintable) return expansions[byte];
  return byte <= lastPrintable ? String.fromCodePoint(byte) : undefined;
}

/** The identifier changes every so often: only whoever registered the beacon knows whose it is. */
function eid(data: Buffer): Decoded {
  const id = data.toString("hex", eidAt);
  return { facts, observations: [powerOf(data), vendorReading("eddystone", "eid", id)] };
}

function telemetryIn(data: Buffer): Decoded | undefined {
  const version = data[1];
  if (version === plainVersion && data.length === telemetryLength) {
    const count = vendorReading("eddystone", "advertising_count", data.readUInt32BE(countAt));
    return { facts, observations: [...readFields(data, telemetry), count] };
  }
  // To decrypt it takes the beacon's clock besides its key, and that is not sent.
  if (version === encryptedVersion && data.length === encryptedLength) {
    return { facts, observations: [], problem: "unreadable" };
  }
  return undefined;
}

/** dBm at no distance. */
function powerOf(data: Buffer) {
  return vendorReading("eddystone", "tx_power", data.readInt8(1), { unit: "dBm" });
}
