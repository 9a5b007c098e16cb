import { ProtocolError, roundTo, specOf, type Tool } from "koine/adapter";
import { parseStructures, shortUuid, type Advertisement } from "./advertisement.ts";
import { decode, type Found } from "./decoders/index.ts";
import { limits } from "./limits.ts";
import { refusals } from "./reception.ts";
import type { Observation } from "../reading/observation.ts";

/** What can be found out without a radio. */
export const tools: Readonly<Record<string, Tool>> = {
  decode: {
    description: "read one advertisement: its structures, what family it is of, what it says",
    argument: [
      "advertisement",
      "hexadecimal digits of all of it, or of parts of it: company:0499=…,service:fcd2=…,name=…; with @address and key=…",
    ],
    usesFiles: false,
    run: async ({ argument }) => {
      const { frame, key } = parseAdvertisement(argument);
      return [...structureLines(frame), ...foundLines(decode(frame, { key }), key !== undefined)];
    },
  },
};

interface Given {
  readonly frame: Advertisement;
  readonly key: Buffer | undefined;
}

interface Parts {
  address: string;
  key: Buffer | undefined;
  /** Structures one after the other, as they would be on the air. */
  readonly frames: Buffer[];
  readonly companyData: { company: number; data: Buffer }[];
  readonly serviceData: { uuid: string; data: Buffer }[];
  readonly serviceUuids: string[];
  localName: string | undefined;
}

/** Stands for an address that was not given. */
const noAddress = "000000000000";

/** @throws ProtocolError when it is none */
function parseAdvertisement(text: string): Given {
  const parts: Parts = {
    address: noAddress,
    key: undefined,
    frames: [],
    companyData: [],
    serviceData: [],
    serviceUuids: [],
    localName: undefined,
  };
  for (const word of text.split(/[,\s]+/).filter((one) => one !== "")) take(word, parts);
  const whole = parseStructures(Buffer.concat(parts.frames));
  const localName = parts.localName ?? whole.localName;
  const frame: Advertisement = {
    ...whole,
    address: parts.address,
    companyData: [...whole.companyData, ...parts.companyData],
    serviceData: [...whole.serviceData, ...parts.serviceData],
    serviceUuids: [...whole.serviceUuids, ...parts.serviceUuids],
    ...(localName !== undefined && { localName }),
  };
  if (isEmpty(frame)) throw new ProtocolError("There is no structure of an advertisement in it");
  return { frame, key: parts.key };
}

function isEmpty({ companyData, serviceData, serviceUuids, localName }: Advertisement): boolean {
  return (
    companyData.length + serviceData.length + serviceUuids.length === 0 && localName === undefined
  );
}

function take(word: string, parts: Parts): void {
  const at = word.indexOf("=");
  const [name, value] = at === -1 ? ["", word] : [word.slice(0, at), word.slice(at + 1)];
  const [kind, id = ""] = name.toLowerCase().split(":");
  if (name === "" && word.startsWith("@")) parts.address = addressIn(word.slice(1));
  else if (name === "") parts.frames.push(bytesIn(word));
  else if (kind === "company" && /^[0-9a-f]{4}$/.test(id)) {
    parts.companyData.push({ company: Number.parseInt(id, 16), data: bytesIn(value) });
  } else if (kind === "service" && isUuid(id)) {
    parts.serviceData.push({ uuid: shortUuid(id), data: bytesIn(value) });
  } else if (kind === "service" && id === "" && isUuid(value)) {
    parts.serviceUuids.push(shortUuid(value));
  } else if (name === "key") parts.key = keyIn(value);
  else if (name === "name") parts.localName = value;
  else {
    throw new ProtocolError(
      `Cannot read "${name === "key" ? "key" : word}": expected hexadecimal digits, @address, key=…, name=…, company:0499=…, service:fcd2=… or service=fcd2`,
    );
  }
}

function isUuid(text: string): boolean {
  return /^(?:[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{32})$/i.test(text.replaceAll("-", ""));
}

function addressIn(text: string): string {
  const digits = text.toLowerCase().replace(/[:-]/g, "");
  if (/^[0-9a-f]{12}$/.test(digits)) return digits;
  throw new ProtocolError(`Cannot read "${text}": expected an address such as a4:c1:38:8d:18:b2`);
}

function bytesIn(text: string): Buffer {
  const digits = text.replace(/^0x/i, "");
  if (/^(?:[0-9a-f]{2})*$/i.test(digits) && digits.length <= 2 * limits.frameBytes) {
    return Buffer.from(digits, "hex");
  }
  throw new ProtocolError(
    `Cannot read "${text}": expected at most ${limits.frameBytes} bytes in hexadecimal digits`,
  );
}

/** What is wrong with a key is said without the key. */
function keyIn(text: string): Buffer {
  if (/^(?:[0-9a-f]{24}|[0-9a-f]{32})$/i.test(text)) return Buffer.from(text, "hex");
  throw new ProtocolError("Cannot read the key: expected 16 bytes (old Xiaomi devices: 12) in hex");
}

function structureLines(frame: Advertisement): string[] {
  const { address, localName, companyData, serviceData, serviceUuids, txPower } = frame;
  const lines: (readonly [string, string])[] = [];
  if (address !== noAddress) lines.push(["address", address.replace(/..(?=.)/g, "$&:")]);
  if (localName !== undefined) lines.push(["name", JSON.stringify(localName)]);
  for (const { company, data } of companyData) {
    lines.push([`company ${company.toString(16).padStart(4, "0")}`, data.toString("hex")]);
  }
  for (const { uuid, data } of serviceData) lines.push([`service ${uuid}`, data.toString("hex")]);
  if (serviceUuids.length > 0) lines.push(["services", serviceUuids.join(" ")]);
  if (txPower !== undefined) lines.push(["transmit power", `${txPower} dBm`]);
  return lines.map(([name, value]) => row(name, value));
}

function foundLines(found: Found | undefined, hasKey: boolean): string[] {
  if (!found) return ["No family reads it."];
  const { decoder, facts, observations, events = [], problem, isAuthentic, identity } = found;
  const made = [facts.manufacturer, facts.model].filter((one) => one !== undefined).join(" ");
  const isUnencrypted =
    hasKey && isAuthentic !== true && problem === undefined && observations.length > 0;
  const verdict = problem ?? (isUnencrypted ? "unencrypted" : undefined);
  return [
    `Read as ${decoder.family}: ${decoder.title}`,
    ...(made === "" ? [] : [row("model", made)]),
    ...(identity ? [row("beacon", identity[1])] : []),
    ...observations.map(observationLine),
    ...events.map(({ name, part = "", action }) => row(`event ${name} ${part}`.trim(), action)),
    ...(isAuthentic === true ? [row("encrypted", "yes, and the key fits")] : []),
    ...(verdict === undefined ? [] : [row(verdict, refusals[verdict])]),
  ];
}

function observationLine({ facts, value, raw }: Observation): string {
  const { is, part } = facts;
  const spec = specOf(is);
  const { unit = spec?.unit } = facts;
  const decimals = spec?.decimals;
  const rounded =
    typeof value === "number" && typeof decimals === "number" ? roundTo(value, decimals) : value;
  const text = typeof rounded === "object" ? JSON.stringify(rounded) : String(rounded);
  const shown = typeof unit === "string" && typeof value === "number" ? `${text} ${unit}` : text;
  const sent = raw === undefined ? "" : `   (sent: ${JSON.stringify(raw)})`;
  return row(part === undefined ? is : `${is} ${part}`, shown + sent);
}

const columnWidth = 22;

function row(name: string, value: string): string {
  return `  ${name.padEnd(columnWidth)} ${value}`;
}
