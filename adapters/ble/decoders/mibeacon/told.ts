import { specOf, type EventData, type PropertyRef, type Scalar } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { reading, vendorReading } from "../readings.ts";

/** What one object says. */
export interface Told {
  readonly observations?: readonly Observation[];
  readonly events?: readonly EventData[];
  readonly passing?: readonly (PropertyRef & { readonly afterS: number })[];
}

/** How an object is read. */
export interface ObjectReader {
  /** The lengths it has; of any other length it is none. Any length, where left out. */
  readonly sizes?: readonly number[];
  /** Undefined: the object says something that is not described. */
  readonly tell: (data: Buffer, model: string | undefined) => Told | undefined;
}

export const vendor = "xiaomi";

type Read = (data: Buffer) => number;

export const u8: Read = (data) => data.readUInt8(0);
export const u16: Read = (data) => data.readUInt16LE(0);
export const i16: Read = (data) => data.readInt16LE(0);
export const u24: Read = (data) => data.readUIntLE(0, 3);
export const u32: Read = (data) => data.readUInt32LE(0);
export const f32: Read = (data) => data.readFloatLE(0);

/** A number; none where it lies outside what the vocabulary allows. */
export function measured(is: string, value: number, part?: string): Observation {
  const [low, high] = specOf(is)?.range ?? [-Infinity, Infinity];
  return reading(is, value >= low && value <= high ? value : null, { part });
}

/** A value of the vendor's. */
export function own(
  name: string,
  value: number | boolean | string | null,
  details: { readonly unit?: string; readonly values?: readonly string[] } = {},
): Observation {
  return vendorReading(vendor, name, value, details);
}

export function told(...observations: readonly Observation[]): Told {
  return { observations };
}

/** A press, or another event of an input. */
export function acted(action: string, part?: string, more: Partial<EventData> = {}): EventData {
  return { name: "action", action, ...(part !== undefined && { part }), ...more };
}

/** Something that the vocabulary has no action for: the part says what it happened on. */
export function happened(part: string, data: { readonly [field: string]: Scalar }): EventData {
  return acted("other", part, { data });
}

/** An object of one number: value = number / divisor. */
export function numberOf(is: string, size: number, read: Read, divisor = 1): ObjectReader {
  return { sizes: [size], tell: (data) => told(measured(is, read(data) / divisor)) };
}

/** An object of one number of the vendor's. */
export function ownNumber(name: string, size: number, read: Read, unit?: string): ObjectReader {
  return {
    sizes: [size],
    tell: (data) => told(own(name, read(data), unit === undefined ? {} : { unit })),
  };
}

/** An object of one byte: false is 0. */
export function flagOf(is: string, part?: string): ObjectReader {
  return { sizes: [1], tell: (data) => told(reading(is, u8(data) !== 0, { part })) };
}

/** An object of one byte that is one of the vendor's states: false is 0. */
export function ownFlag(name: string): ObjectReader {
  return { sizes: [1], tell: (data) => told(own(name, u8(data) !== 0)) };
}

/** An object of one byte, and what each of its values says. */
export function casesOf(
  cases: Readonly<Record<number, Told>>,
  sizes: readonly number[] = [1],
): ObjectReader {
  return { sizes, tell: (data) => cases[u8(data)] };
}

/** No motion for so many seconds; the maker's app takes up to half a minute as motion. */
const stillS = 30;

/** An object that counts the seconds since the last motion. */
export function idleTime(size: number, read: Read): ObjectReader {
  return {
    sizes: [size],
    tell: (data) => {
      const seconds = read(data);
      return told(
        reading("motion", seconds <= stillS),
        own("no_motion_time", seconds, { unit: "s" }),
      );
    },
  };
}
