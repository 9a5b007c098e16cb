import type { EventData } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import type { Decoded } from "../decoder.ts";
import { reading, vendorReading } from "../readings.ts";

/** What one frame carries of a device: either may be in another frame. */
export interface Parts {
  /** Service data, its first byte naming the type. */
  readonly service?: Buffer | undefined;
  /** Manufacturer-specific data after the address. */
  readonly state?: Buffer | undefined;
}

/** A type of device. */
export interface Kind {
  /** As the maker names it; absent where only the family is known. */
  readonly model?: string;
  readonly sleepy?: boolean;
  readonly read: (parts: Parts) => readonly Observation[];
  readonly happened?: (state: Buffer) => readonly EventData[];
  /** The first byte of the state counts the messages: of the types whose moments are events. */
  readonly counts?: boolean;
}

export type Names = Readonly<Record<number, string>>;

interface Place {
  /** Offset in bytes. */
  readonly at: number;
  /** These bits count, shifted down to the lowest. */
  readonly mask: number;
  /** Most significant first; one when left out. */
  readonly bytes?: 1 | 2;
}

interface Named {
  /** A property of the vocabulary. */
  readonly is?: string;
  /** What the vocabulary has no word for. */
  readonly vendor?: string;
  readonly part?: string;
  readonly unit?: string;
}

/** One value at a fixed place. */
export interface Item extends Place, Named {
  /** True or false; `inverse` where a set bit means false. */
  readonly flag?: "direct" | "inverse";
  readonly names?: Names;
  readonly mul?: number;
  /** No number of this kind is below or above; such a one is left unknown. */
  readonly min?: number;
  readonly max?: number;
}

export const on: Item = { is: "onoff", at: 1, mask: 0x80, flag: "direct" };

export function flag(is: string, at: number, mask: number): Item {
  return { is, at, mask, flag: "direct" };
}

export function vendorFlag(vendor: string, at: number, mask: number): Item {
  return { vendor, at, mask, flag: "direct" };
}

export function batteryAt(at: number): Item {
  return { is: "battery", at, mask: 0x7f, max: 100 };
}

/** The values at these places; those that the data is too short for are left out. */
export function readItems(data: Buffer, items: readonly Item[]): Observation[] {
  return items.flatMap((item) =>
    item.at + (item.bytes ?? 1) > data.length ? [] : [readItem(data, item)],
  );
}

function readItem(data: Buffer, item: Item): Observation {
  const value = valueOf(rawOf(data, item), item);
  const { is, vendor = "", names, part, unit } = item;
  if (is !== undefined) return reading(is, value, { part });
  const type = item.flag ? "boolean" : undefined;
  return vendorReading("switchbot", vendor, value, {
    part,
    ...(unit !== undefined && { unit }),
    ...(names && { values: valuesOf(names) }),
    ...(type && { type }),
  });
}

/* Frames come by the thousand, and tables are few. */
const values = new WeakMap<Names, readonly string[]>();

function valuesOf(names: Names): readonly string[] {
  const known = values.get(names) ?? [...new Set(Object.values(names))];
  values.set(names, known);
  return known;
}

function rawOf(data: Buffer, { at, mask, bytes = 1 }: Place): number {
  return (data.readUIntBE(at, bytes) & mask) / (mask & -mask);
}

function valueOf(
  raw: number,
  { flag: polarity, names, ...item }: Item,
): boolean | number | string | null {
  if (polarity) return raw > 0 === (polarity === "direct");
  if (names) return names[raw] ?? null;
  const { mul = 1, min = 0, max = Infinity } = item;
  const value = raw * mul;
  return value < min || value > max ? null : value;
}

/** A type all of whose values stand at fixed places. */
export function plainKind(
  facts: Omit<Kind, "read">,
  state: { readonly from: number; readonly items: readonly Item[] },
  service: readonly Item[] = [],
): Kind {
  return {
    ...facts,
    read: (parts) => [
      ...stateItems(parts, state.from, state.items),
      ...serviceItems(parts, service),
    ],
  };
}

/** Nothing of a state that is shorter than the shortest of its type. */
export function stateItems(
  { state }: Parts,
  from: number,
  items: readonly Item[],
): readonly Observation[] {
  return state && state.length >= from ? readItems(state, items) : [];
}

export function serviceItems({ service }: Parts, items: readonly Item[]): readonly Observation[] {
  return service ? readItems(service, items) : [];
}

/** What the frame says of a device of this type. */
export function decodedAs(kind: Kind, parts: Parts): Decoded {
  const { model, sleepy = false, read, happened, counts = false } = kind;
  const { state } = parts;
  return {
    facts: {
      manufacturer: "SwitchBot",
      ...(model !== undefined && { model }),
      ...(sleepy && { sleepy }),
    },
    observations: read(parts),
    ...(happened && state && { events: happened(state) }),
    ...(counts && state && { sequence: { value: state.readUInt8(0), bits: 8 } }),
  };
}
