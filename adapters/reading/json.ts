import { isList, parseScalar, type Scalar } from "koine/adapter";

export type JsonObject = { readonly [key: string]: Scalar };

/** A string, which may be cut off, or a number that JSON does not have. Never backtracks. */
const stringOrNonNumber = /"(?:[^"\\]|\\.?)*(?:"|$)|[+-]?\b(?:nan|inf(?:inity)?)\b/gis;

/**
 * Parses JSON as devices write it: `nan` and `inf`, with which many spoil a whole message, are
 * read as null.
 * @returns undefined when it is not JSON even so
 */
export function parseDeviceJson(text: string): Scalar | undefined {
  try {
    return parseScalar(text);
  } catch {
    // Perhaps only for a number that JSON does not have: look once more without.
  }
  try {
    return parseScalar(
      text.replace(stringOrNonNumber, (token) => (token[0] === '"' ? token : "null")),
    );
  } catch {
    return undefined;
  }
}

/** Parses a JSON object as devices write it; undefined when it is none. */
export function parseDeviceObject(text: string): JsonObject | undefined {
  const value = parseDeviceJson(text);
  return isObject(value) ? value : undefined;
}

export function isObject(value: Scalar | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

/** The items of a list; none when it is no list. */
export function listOf(value: Scalar | undefined): readonly Scalar[] {
  return value !== undefined && isList(value) ? value : [];
}

export function stringOf(value: Scalar | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A value as a text: a plain one as it is, nothing as nothing, everything else as JSON. */
export function textOf(value: Scalar | undefined): string {
  if (value === undefined) return "";
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

export function numberOf(value: Scalar | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
