import { specOf, vendorProperty, type PropertyFacts, type Scalar } from "koine/adapter";
import type { Observation } from "../../reading/observation.ts";

/** m/s² in one g. */
export const gravity = 9.80665;

/** What else is known of a reading. */
interface Details {
  readonly part?: string | undefined;
  /** What the sender sent, where it is not the value itself. */
  readonly raw?: Scalar;
  /** The sender's own word for it. */
  readonly source?: string;
  readonly unit?: string;
  readonly values?: readonly string[];
  /** Measured another way than the property says by itself, such as `estimated`. */
  readonly quality?: Observation["quality"];
}

/**
 * A value of the vocabulary; `null` where the sensor says that it has none. What is only heard cannot be
 * set, whatever other devices let one set.
 */
export function reading(is: string, value: Scalar, details: Details = {}): Observation {
  const { part, raw, source = is, unit, values, quality } = details;
  const facts: PropertyFacts = {
    is,
    source,
    ...(specOf(is)?.access === "rw" && { access: "r" }),
    ...(part !== undefined && { part }),
    ...(unit !== undefined && { unit }),
    ...(values && { values }),
  };
  return {
    facts,
    value: value === null || typeof value !== "number" || Number.isFinite(value) ? value : null,
    ...(raw !== undefined && raw !== value && { raw }),
    ...(quality && { quality }),
  };
}

/** A value that the vocabulary has no word for, as the vendor gives it. */
export function vendorReading(
  vendor: string,
  name: string,
  value: number | boolean | string | null,
  details: Details & { readonly type?: PropertyFacts["type"] } = {},
): Observation {
  const told = reading(propertyOf(vendor, name), value, { source: name, ...details });
  const { type = details.values ? "enum" : value === null ? "number" : typeOf(value) } = details;
  return { ...told, facts: { ...told.facts, type } };
}

/** Names made of the tables of decoders: as many as those have rows. */
const properties = new Map<string, string>();

function propertyOf(vendor: string, name: string): string {
  const key = `${vendor} ${name}`;
  const known = properties.get(key);
  if (known !== undefined) return known;
  const made = vendorProperty(vendor, name);
  properties.set(key, made);
  return made;
}

function typeOf(value: number | boolean | string): "number" | "boolean" | "string" {
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "boolean" : "string";
}

/** One number at a fixed place of a frame, and what it is. */
export interface Field extends Details {
  readonly is: string;
  /** Offset in bytes. */
  readonly at: number;
  readonly as: NumberType;
  /** value = (raw + add) × mul */
  readonly mul?: number;
  readonly add?: number;
  /** Raw values that say "I have none". */
  readonly missing?: readonly number[];
  /** Only these bits count, shifted down to the lowest. */
  readonly mask?: number;
}

export type NumberType = keyof typeof readers;

const readers = {
  u8: (data: Buffer, at: number) => data.readUInt8(at),
  i8: (data: Buffer, at: number) => data.readInt8(at),
  u16le: (data: Buffer, at: number) => data.readUInt16LE(at),
  u16be: (data: Buffer, at: number) => data.readUInt16BE(at),
  i16le: (data: Buffer, at: number) => data.readInt16LE(at),
  i16be: (data: Buffer, at: number) => data.readInt16BE(at),
  u24le: (data: Buffer, at: number) => data.readUIntLE(at, 3),
  u24be: (data: Buffer, at: number) => data.readUIntBE(at, 3),
  i24be: (data: Buffer, at: number) => data.readIntBE(at, 3),
  u32le: (data: Buffer, at: number) => data.readUInt32LE(at),
  u32be: (data: Buffer, at: number) => data.readUInt32BE(at),
  i32le: (data: Buffer, at: number) => data.readInt32LE(at),
};

/**
 * The readings at these places. The caller has made sure that the frame is long enough.
 * A field `battery_voltage` of type `u16le` × 0.001 reads millivolts.
 */
export function readFields(data: Buffer, fields: readonly Field[]): Observation[] {
  return fields.map(({ is, at, as, mul = 1, add = 0, missing = [], mask, ...details }) => {
    const whole = readers[as](data, at);
    const raw = mask === undefined ? whole : masked(whole, mask);
    const value = missing.includes(raw) ? null : (raw + add) * mul;
    const told = { ...details, raw };
    return specOf(is)
      ? reading(is, value, told)
      : {
          ...reading(is, value, told),
          facts: { ...reading(is, value, told).facts, type: "number" },
        };
  });
}

function masked(whole: number, mask: number): number {
  const lowest = mask & -mask;
  return Math.trunc(((whole & mask) >>> 0) / lowest);
}

/** A percentage as sensors estimate it: never above 100. */
export function percent(value: number): number {
  return Math.min(100, Math.max(0, value));
}
