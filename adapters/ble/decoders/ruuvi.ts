import { createDecipheriv } from "node:crypto";
import { climate, power, readRuuvi, unless, weather } from "../../reading/ruuvi.ts";
import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading } from "./readings.ts";

const company = 0x04_99;
const eddystone = "feaa";

const tag: Decoded["facts"] = { manufacturer: "Ruuvi", model: "RuuviTag", sleepy: true };
/** Has no battery. */
const air: Decoded["facts"] = { manufacturer: "Ruuvi", model: "Ruuvi Air" };
/** Forms that only the Ruuvi Air sends. */
const airFormats: ReadonlySet<number> = new Set([0x06, 0xe1]);

/** RuuviTags in every form they have had, and the Ruuvi Air. */
export const ruuvi: Decoder = {
  family: "ruuvi",
  title: "Ruuvi sensors",
  models: ["RuuviTag", "RuuviTag Pro", "Ruuvi Air"],
  source: "https://docs.ruuvi.com/communication/bluetooth-advertisements",
  listensTo: { companies: [company], services: [eddystone] },
  keyBytes: 16,
  decode: (frame, { key }) => {
    const data = frame.companyData.find((one) => one.company === company)?.data;
    if (!data) return link(frame);
    return data[0] === encryptedFormat ? encrypted(data, key) : plain(data);
  },
};

function plain(data: Buffer): Decoded | undefined {
  const found = readRuuvi(data);
  if (!found) return undefined;
  const { format, observations, sequence } = found;
  return {
    facts: airFormats.has(format) ? air : tag,
    observations: [...observations, ...magnitude(observations)],
    ...(sequence && { sequence }),
  };
}

/** How strong the acceleration is, whatever its direction. */
function magnitude(observations: readonly Observation[]): Observation[] {
  const axes = observations.filter(({ facts }) => facts.is === "acceleration");
  if (axes.length === 0) return [];
  const known = axes.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  const value = known.length === axes.length ? Math.hypot(...known) : null;
  return [reading("acceleration", value)];
}

/* Data format 8, a proposal of the maker. */
const encryptedFormat = 0x08;
const encryptedLength = 24;
const cipherStart = 1;
const checksumAt = 17;
const reservedAt = 13;

/**
 * One block of AES, of which a changed bit changes every byte. Eight bits of a checksum and four bytes
 * that are zero vouch for it: more than the four bytes of a tag do elsewhere.
 */
function encrypted(data: Buffer, key: Buffer | undefined): Decoded | undefined {
  if (data.length !== encryptedLength) return undefined;
  if (!key) return { facts: tag, observations: [], problem: "key_needed" };
  const plaintext = decrypted(data.subarray(cipherStart, checksumAt), key);
  const whole = plaintext && Buffer.concat([data.subarray(0, cipherStart), plaintext]);
  if (!whole || crc8(plaintext) !== data[checksumAt] || whole.readUInt32BE(reservedAt) !== 0) {
    return { facts: tag, observations: [], problem: "key_wrong" };
  }
  const sequence = whole.readUInt16BE(11);
  return {
    facts: tag,
    observations: [
      ...climate(whole),
      ...power(whole, 7),
      unless("count", whole.readUInt16BE(9), 0xff_ff),
    ],
    ...(sequence !== 0xff_ff && { sequence: { value: sequence, bits: 16 } }),
    isAuthentic: true,
  };
}

function decrypted(block: Buffer, key: Buffer): Buffer | undefined {
  if (key.length !== 16) return undefined;
  const cipher = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** Polynomial x⁸ + x² + x + 1, from zero. */
function crc8(bytes: Buffer): number {
  return bytes.reduce((before, byte) => {
    let crc = before ^ byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    return crc;
  }, 0);
}

/* Data formats 2 and 4: an Eddystone link, whose fragment is the data in base 64. */
const linkFrame = 0x10;
const linkStart = "ruu.vi/#";
const linkStartAt = 3;
const linkSizes: ReadonlyMap<number, number> = new Map([
  [2, 8],
  // A ninth letter tells tags apart.
  [4, 9],
]);
/** Letters that hold the six bytes of the measurement. */
const measuredLetters = 8;

function link({ serviceData }: Advertisement): Decoded | undefined {
  const data = serviceData.find(({ uuid }) => uuid === eddystone)?.data;
  if (data?.[0] !== linkFrame) return undefined;
  const text = data.toString("latin1", linkStartAt);
  if (!text.startsWith(linkStart)) return undefined;
  const fragment = text.slice(linkStart.length);
  if (!/^[\w+/-]{8,9}$/.test(fragment)) return undefined;
  const measured = Buffer.from(fragment.slice(0, measuredLetters), "base64");
  const size = linkSizes.get(measured[0] ?? 0);
  if (size !== fragment.length) return undefined;
  return { facts: tag, observations: weather(measured, 1) };
}
