import { isUtf8 } from "node:buffer";
import type { Meaning } from "./objects.ts";
import type { BthomeObject } from "./split.ts";

/** A property of one object; its number among others of the kind is not known yet. */
export interface Value {
  readonly is: string;
  readonly value: number | boolean | string | null;
  /** The number that was sent. */
  readonly raw?: number;
  /** BTHome's name for it. */
  readonly source: string;
}

/** What an object says; undefined when it is no property, or is not written as it must be. */
export function valueOf(object: BthomeObject): Value | undefined {
  const { meaning, name: source } = object.kind;
  switch (meaning.as) {
    case "number":
      return numberOf(object, meaning);
    case "flag":
      return flagOf(object, meaning);
    case "level": {
      const raw = integerIn(object, false);
      const value = raw === undefined ? undefined : (meaning.levels[raw] ?? null);
      return value === undefined ? undefined : { is: meaning.is, value, source };
    }
    case "time": {
      const value = timeIn(object.data);
      return value === undefined ? undefined : { is: meaning.is, value, source };
    }
    case "text": {
      const value = isUtf8(object.data) ? object.data.toString("utf8") : null;
      return { is: meaning.is, value, source };
    }
    case "hex":
      return { is: meaning.is, value: object.data.toString("hex"), source };
    default:
      return undefined;
  }
}

/** Nothing is colder, in °C. */
const absoluteZero = -273.15;

function numberOf(
  object: BthomeObject,
  { is, per = 1, mul = 1, max, signed = false }: Extract<Meaning, { readonly as: "number" }>,
): Value | undefined {
  const raw = object.format === "float" ? floatIn(object.data) : integerIn(object, signed);
  if (raw === undefined) return undefined;
  const value = (raw * mul) / per;
  const isPossible = !(max !== undefined && (value > max || value < 0));
  const isWarmEnough = !(is === "temperature" && value < absoluteZero);
  return { is, value: isPossible && isWarmEnough ? value : null, raw, source: object.kind.name };
}

function flagOf(
  object: BthomeObject,
  { is, isInverted = false }: Extract<Meaning, { readonly as: "flag" }>,
): Value | undefined {
  const raw = integerIn(object, false);
  if (raw === undefined) return undefined;
  // Anything but 0 and 1 is no state that is described.
  const value = raw > 1 ? null : (raw === 1) !== isInverted;
  return { is, value, source: object.kind.name };
}

/** What Buffer reads as one number without losing any of it. */
const maxIntegerBytes = 6;

function integerIn({ data, format }: BthomeObject, isSigned: boolean): number | undefined {
  if (data.length === 0 || data.length > maxIntegerBytes) return undefined;
  if (format === "signed" || (format === undefined && isSigned)) {
    return data.readIntLE(0, data.length);
  }
  return format === undefined || format === "unsigned"
    ? data.readUIntLE(0, data.length)
    : undefined;
}

function floatIn(data: Buffer): number | undefined {
  if (data.length === 2) return halfFloat(data.readUInt16LE(0));
  if (data.length === 4) return data.readFloatLE(0);
  return data.length === 8 ? data.readDoubleLE(0) : undefined;
}

/* IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits fraction. */
const half = { fractionBits: 10, fractionMask: 0x3ff, exponentMask: 0x1f, bias: 15 };

function halfFloat(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> half.fractionBits) & half.exponentMask;
  const fraction = (bits & half.fractionMask) / 2 ** half.fractionBits;
  if (exponent === half.exponentMask) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - half.bias);
  return sign * (1 + fraction) * 2 ** (exponent - half.bias);
}

const timeBytes = 4;

function timeIn(data: Buffer): string | undefined {
  if (data.length !== timeBytes) return undefined;
  return new Date(data.readUInt32LE(0) * 1_000).toISOString();
}

/** `4.2.1.0` of its bytes, which are sent from the last to the first. */
export function versionIn(data: Buffer): string {
  return data.toReversed().join(".");
}
