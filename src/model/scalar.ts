import { limits } from "../limits.ts";

/** Any value a property can have, as JSON carries it. `null` means known to be unknown. */
export type Scalar =
  | null
  | boolean
  | number
  | string
  | readonly Scalar[]
  | { readonly [key: string]: Scalar };

/** Whether a value is plain data of a depth that everything else here can walk; any number is. */
export function isScalar(value: unknown, depth: number = limits.jsonDepth): value is Scalar {
  if (value === null) return true;
  if (typeof value !== "object") {
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  }
  if (depth === 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  return isPlain && Object.values(value).every((inner) => isScalar(inner, depth - 1));
}

/** Deep equality of plain data; a field that is undefined equals one that is absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    if (!sameValue(own(a, key), own(b, key))) return false;
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** What may be too large for a number: an exponent, or very many digits. */
const hugeNumber = /\d[eE]\+?\d{2}|\d{200}/;

/**
 * Parses JSON of a depth that everything else here can walk. A number too large to be one is null.
 * @throws SyntaxError when the text is not JSON or nested too deeply
 */
export function parseScalar(text: string): Scalar {
  if (isTooDeep(text)) throw new SyntaxError(`Nested more than ${limits.jsonDepth} deep`);
  const reviver = hugeNumber.test(text) ? finite : undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse can return
  return JSON.parse(text, reviver) as Scalar;
}

function finite(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** `Array.isArray` that also narrows readonly arrays. */
export function isList(value: Scalar): value is readonly Scalar[] {
  return Array.isArray(value);
}

/** Rounds to `decimals` places, ties away from zero as the decimal notation shows them; never -0. */
export function roundTo(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0;
}

const openers = /[[{]/;

/** Counts brackets outside strings; linear, and at once for what is short. */
function isTooDeep(text: string): boolean {
  if (text.length <= limits.jsonDepth || !openers.test(text)) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') {
      quoted = true;
    } else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > limits.jsonDepth) return true;
    } else if (character === "]" || character === "}") {
      depth -= 1;
    }
  }
  return false;
}
