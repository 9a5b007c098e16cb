/** Any value a property can have, as JSON carries it. `null` means known to be unknown. */
export type Scalar =
  | null
  | boolean
  | number
  | string
  | readonly Scalar[]
  | { readonly [key: string]: Scalar };

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

/** @throws SyntaxError when the text is not JSON */
export function parseScalar(text: string): Scalar {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse can return
  return JSON.parse(text) as Scalar;
}

/** `Array.isArray` that also narrows readonly arrays. */
export function isList(value: Scalar): value is readonly Scalar[] {
  return Array.isArray(value);
}

/** Rounds to `decimals` places, ties away from zero as the decimal notation shows them; never -0. */
export function roundTo(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0;
}
