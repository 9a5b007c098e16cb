import { CommandError } from "../errors.ts";
import { parseColor } from "./color.ts";
import type { Property } from "./description.ts";
import { isList, roundTo, type Scalar } from "./scalar.ts";
import { specOf } from "./vocabulary.ts";

/**
 * The canonical form of a reading: rounded to the decimals of the vocabulary.
 * @returns undefined when it cannot be a value of this property: wrong type, NaN, outside the range
 */
export function canonicalReading(property: Property, raw: Scalar): Scalar | undefined {
  const spec = specOf(property.is);
  switch (property.type) {
    case "number":
    case "integer": {
      if (typeof raw !== "number" || !Number.isFinite(raw)) return undefined;
      const value = spec?.decimals == null ? raw : roundTo(raw, spec.decimals);
      return isWithin(value, spec?.range?.[0], spec?.range?.[1]) ? value : undefined;
    }
    case "boolean":
      return typeof raw === "boolean" ? raw : undefined;
    case "enum":
      return typeof raw === "string" && property.values?.includes(raw) === true ? raw : undefined;
    case "string":
      return typeof raw === "string" ? raw : undefined;
    case "timestamp":
      return parseTimestamp(raw);
    case "object":
      if (property.is === "color") return parseColor(raw);
      return typeof raw === "object" && raw !== null && !isList(raw) ? raw : undefined;
    case "array":
      return isList(raw) ? raw : undefined;
  }
}

/**
 * The canonical form of a wish, held against what the device accepts.
 * @throws CommandError `bad_type`, `out_of_range` or `not_in_values`, saying what would be accepted
 */
export function canonicalWish(property: Property, wish: Scalar): Scalar {
  switch (property.type) {
    case "number":
    case "integer":
      return numberWish(property, wish);
    case "boolean":
      return typeof wish === "boolean" ? wish : reject(property, "true, false or toggle");
    case "enum":
      return enumWish(property, wish);
    case "string":
      return stringWish(property, wish);
    case "timestamp":
      return parseTimestamp(wish) ?? reject(property, "a time such as 2026-01-31T12:00:00Z");
    case "object":
      return objectWish(property, wish);
    case "array":
      return isList(wish) ? wish : reject(property, "an array");
  }
}

function numberWish(property: Property, wish: Scalar): number {
  if (typeof wish !== "number") return reject(property, "a number");
  if (property.type === "integer" && !Number.isInteger(wish)) {
    return reject(property, "a whole number");
  }
  const spec = specOf(property.is);
  const min = property.min ?? spec?.range?.[0];
  const max = property.max ?? spec?.range?.[1];
  const value = spec?.decimals == null ? wish : roundTo(wish, spec.decimals);
  if (isWithin(value, min, max)) return value;
  const unit = property.unit ? ` ${property.unit}` : "";
  throw new CommandError(
    "out_of_range",
    `${property.is} takes ${min ?? "any"} to ${max ?? "any"}${unit}, not ${wish}`,
  );
}

/** Any text, or one of the texts that the description lists. */
function stringWish(property: Property, wish: Scalar): string {
  if (property.values?.length) return enumWish(property, wish);
  return typeof wish === "string" ? wish : reject(property, "a string");
}

function enumWish(property: Property, wish: Scalar): string {
  const values = property.values ?? [];
  if (typeof wish !== "string") return reject(property, `one of ${values.join(", ")}`);
  if (values.includes(wish)) return wish;
  throw new CommandError("not_in_values", `${property.is} takes one of ${values.join(", ")}`);
}

function objectWish(property: Property, wish: Scalar): Scalar {
  if (property.is === "color") {
    const color = parseColor(wish);
    return color ?? reject(property, '{"h":0…360,"s":0…100} or "#RRGGBB"');
  }
  const object = typeof wish === "object" && wish !== null && !isList(wish);
  return object ? wish : reject(property, "an object");
}

function reject(property: Property, expected: string): never {
  throw new CommandError("bad_type", `${property.is} takes ${expected}`);
}

function parseTimestamp(raw: Scalar): string | undefined {
  if (typeof raw !== "string" || !/(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(raw)) return undefined;
  const ms = Date.parse(raw);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function isWithin(value: number, min = -Infinity, max = Infinity): boolean {
  return value >= min && value <= max;
}
