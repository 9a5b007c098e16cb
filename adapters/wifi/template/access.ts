import type { Meter } from "./meter.ts";
import { charactersOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { isContainer, isDict, isSequence, keyOf, listOf, type Dict, type Value } from "./values.ts";

/** What `value_json.update` means is the method, in a dict without such a key and with one. */
const methodsOfDict: ReadonlySet<string> = new Set([
  "clear",
  "copy",
  "fromkeys",
  "get",
  "items",
  "keys",
  "pop",
  "popitem",
  "setdefault",
  "update",
  "values",
]);

/**
 * `value.name`: only what is in a dict or a namespace, never anything of the host's.
 * @throws EvaluationError when there is nothing to look into, or it names a method
 */
export function attributeOf(value: Value, name: string): Value {
  if (isDict(value) && methodsOfDict.has(name)) throw new EvaluationError("This is a method");
  if (isContainer(value) && value.type === "namespace") return value.fields.get(name);
  return subscriptOf(value, name);
}

/** @throws EvaluationError when there is nothing to look into, or it names a method */
export function subscriptOf(value: Value, key: Value): Value {
  if (value === undefined) throw new EvaluationError("There is nothing to look into");
  if (isDict(value)) return entryOf(value, key);
  if (isSequence(value)) return itemAt(value.items, key);
  if (typeof value === "string") return itemAt(charactersOf(value), key);
  if (isContainer(value)) throw new EvaluationError("This cannot be looked into");
  return undefined;
}

function entryOf({ entries }: Dict, key: Value): Value {
  if (isContainer(key) || key === undefined) return undefined;
  const entry = entries.get(keyOf(key));
  if (!entry && typeof key === "string" && methodsOfDict.has(key)) {
    throw new EvaluationError("This is a method");
  }
  return entry?.value;
}

function itemAt(items: readonly Value[], key: Value): Value {
  if (typeof key !== "bigint" && typeof key !== "boolean") return undefined;
  return items.at(Number(key));
}

export interface Bounds {
  readonly from: Value;
  readonly to: Value;
  readonly step: Value;
}

/** @throws EvaluationError when it is no sequence, or a bound is no integer */
export function sliceOf(value: Value, bounds: Bounds, meter: Meter): Value {
  if (typeof value === "string")
    return pick(charactersOf(meter.spendOn(value)), bounds, meter).join("");
  if (isSequence(value)) return listOf(pick(value.items, bounds, meter), value.type);
  throw new EvaluationError("This cannot be sliced");
}

function pick<Item>(items: readonly Item[], bounds: Bounds, meter: Meter): readonly Item[] {
  const step = boundOf(bounds.step) ?? 1;
  if (step === 0) throw new EvaluationError("A step of zero leads nowhere");
  const [low, high] = step > 0 ? [0, items.length] : [-1, items.length - 1];
  const place = (bound: Value, fallback: number): number =>
    placeOf(boundOf(bound), items.length, low, high) ?? fallback;
  const picked: Item[] = [];
  const end = place(bounds.to, step > 0 ? high : low);
  for (let at = place(bounds.from, step > 0 ? low : high); (end - at) * step > 0; at += step) {
    picked.push(...items.slice(at, at + 1));
  }
  meter.spend(picked.length);
  return picked;
}

function boundOf(value: Value): number | undefined {
  if (value === null) return undefined;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  throw new EvaluationError("A bound is a whole number");
}

/** A place counted from the end where it is negative, and never outside. */
function placeOf(
  place: number | undefined,
  length: number,
  low: number,
  high: number,
): number | undefined {
  if (place === undefined) return undefined;
  return Math.min(Math.max(place < 0 ? place + length : place, low), high);
}
