import { ProtocolError } from "koine/adapter";

/** When something happened, as a message centre says it. */
export interface Timestamp {
  /** Ms since 1970. */
  readonly ms: number;
  /** What the clocks there are ahead of UTC, in minutes; quarters of hours. */
  readonly zoneMinutes: number;
}

/** A year below this one is of this century. */
const pivotYear = 80;
const minuteMs = 60_000;

/** Two decimal digits in an octet, the lower one first; NaN when they are none. */
export function swapped(octet: number): number {
  const [tens, ones] = [octet & 0xf, octet >> 4];
  return tens > 9 || ones > 9 ? Number.NaN : 10 * tens + ones;
}

function swap(value: number): number {
  return Math.floor(value / 10) | ((value % 10) << 4);
}

/** The time in seven octets (3GPP TS 23.040, 9.2.3.11); undefined when they hold none. */
export function readTimestamp(bytes: Buffer): Timestamp | undefined {
  const zone = bytes[6] ?? 0;
  const quarters = swapped(zone & ~8);
  const zoneMinutes = (zone & 8 ? -15 : 15) * quarters || 0;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = [
    ...bytes.subarray(0, 6),
  ].map(swapped);
  const fields = [month - 1, day, hour, minute, second] as const;
  const at = new Date(Date.UTC((year < pivotYear ? 2_000 : 1_900) + year, ...fields));
  const isSame =
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute &&
    at.getUTCSeconds() === second;
  if (!isSame || Number.isNaN(quarters) || quarters > 56) return undefined;
  return { ms: at.getTime() - zoneMinutes * minuteMs, zoneMinutes };
}

/** A time in seven octets. */
export function timestampBytes({ ms, zoneMinutes }: Timestamp): Buffer {
  const at = new Date(ms + zoneMinutes * minuteMs);
  const fields = [
    at.getUTCFullYear() % 100,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    Math.abs(zoneMinutes) / 15,
  ].map(swap);
  const sign = zoneMinutes < 0 ? 8 : 0;
  return Buffer.from(fields.map((field, index) => (index === 6 ? field | sign : field)));
}

/** ISO 8601 with the offset, as it was said: `2024-03-10T06:07:08+05:45`. */
export function isoText({ ms, zoneMinutes }: Timestamp): string {
  const local = new Date(ms + zoneMinutes * minuteMs).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.floor(Math.abs(zoneMinutes) / 60), Math.abs(zoneMinutes) % 60];
  return `${local}${zoneMinutes < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

const [hour, day, week] = [3_600, 86_400, 604_800] as const;

/** Steps of a relative validity period: up to which value, from what value and seconds, how long each. */
const steps = [
  { to: 143, from: -1, base: 0, each: 300 },
  { to: 167, from: 143, base: 12 * hour, each: 1_800 },
  { to: 196, from: 166, base: 0, each: day },
  { to: 255, from: 192, base: 0, each: week },
] as const;

/** How long a message is worth delivering, in s (3GPP TS 23.040, 9.2.3.12.1). */
export function validitySeconds(value: number): number {
  const step = steps.find(({ to }) => value <= to) ?? steps[3];
  return step.base + (value - step.from) * step.each;
}

/**
 * The longest validity period that is not longer than that, in s; the shortest is five minutes.
 * @throws ProtocolError when it is no time
 */
export function validityValue(seconds: number): number {
  if (!(seconds >= 0)) throw new ProtocolError(`Cannot send for ${seconds} s`);
  for (let value = 255; value > 0; value--) {
    if (validitySeconds(value) <= seconds) return value;
  }
  return 0;
}
