import { parseScalar } from "koine/adapter";
import { calculate } from "./arithmetic.ts";
import { compare, isEqual } from "./comparison.ts";
import { templateLimits } from "./limits.ts";
import type { Meter } from "./meter.ts";
import {
  integerOf,
  itemsOf,
  operation,
  stringOf,
  type Given,
  type Operation,
} from "./operation.ts";
import { charactersOf, textOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import {
  fromJson,
  generatorOf,
  isContainer,
  isDict,
  isSequence,
  isTrue,
  listOf,
  viewOf,
  type Dict,
  type Namespace,
  type Value,
} from "./values.ts";

/** @throws EvaluationError when it has none */
function lengthOf(value: Value): bigint {
  if (value === undefined) return 0n;
  if (typeof value === "string") return BigInt(charactersOf(value).length);
  if (isSequence(value)) return BigInt(value.items.length);
  if (isDict(value)) return BigInt(value.entries.size);
  const length = isContainer(value) && value.type === "stream" ? value.length : undefined;
  if (length === undefined) throw new EvaluationError("This has no length");
  return BigInt(length);
}

/** Jinja sorts without regard to upper and lower case. */
function sortKey(value: Value, given: Given): Value {
  const isExact = isTrue(given.get("case_sensitive"));
  return typeof value === "string" && !isExact ? value.toLowerCase() : value;
}

function inOrder(given: Given, meter: Meter): readonly Value[] {
  const items = itemsOf(given.get("value"), meter);
  return items.toSorted((a, b) => compare(sortKey(a, given), sortKey(b, given), meter) ?? 0);
}

const sort = operation("value reverse? case_sensitive?", (given, meter) => {
  if (!isTrue(given.get("reverse"))) return listOf(inOrder(given, meter));
  const items = itemsOf(given.get("value"), meter);
  const order = (a: Value, b: Value): number =>
    compare(sortKey(b, given), sortKey(a, given), meter) ?? 0;
  return listOf(items.toSorted(order));
});

/** The first of the smallest, or of the largest; missing where there is nothing. */
function extreme(items: readonly Value[], sign: 1 | -1, given: Given, meter: Meter): Value {
  const [first, ...rest] = items;
  let best = first;
  for (const item of rest) {
    if (compare(sortKey(item, given), sortKey(best, given), meter) === sign) best = item;
  }
  return best;
}

function extremeFilter(sign: 1 | -1): Operation {
  return operation("value case_sensitive?", (given, meter) =>
    extreme(itemsOf(given.get("value"), meter), sign, given, meter),
  );
}

/** `max(a, b)`, or `max([a, b])`. */
function extremeFunction(sign: 1 | -1): Operation {
  return operation("a b? c? d? e? f? g? h?", (given, meter) => {
    const items = given.size > 1 ? [...given.values()] : itemsOf(given.get("a"), meter);
    if (items.length === 0) throw new EvaluationError("There is nothing to compare");
    return extreme(items, sign, new Map([["case_sensitive", true]]), meter);
  });
}

const sum = operation("value start?", (given, meter) => {
  let total: Value = given.has("start") ? given.get("start") : 0n;
  if (typeof total === "string") throw new EvaluationError("Texts have no sum");
  for (const item of itemsOf(given.get("value"), meter)) total = calculate("+", total, item, meter);
  return total;
});

const unique = operation("value case_sensitive?", (given, meter) => {
  const seen: Value[] = [];
  const isNew = (item: Value): boolean => {
    const key = sortKey(item, given);
    if (seen.some((other) => isEqual(other, key, meter))) return false;
    seen.push(key);
    return true;
  };
  return generatorOf(itemsOf(given.get("value"), meter).filter(isNew));
});

const last = operation("value", (given, meter) => {
  const value = given.get("value");
  const isGenerator = isContainer(value) && value.type === "stream" && value.length === undefined;
  if (isGenerator) throw new EvaluationError("This has no end");
  return itemsOf(value, meter).at(-1);
});

const reverse = operation("value", (given, meter) => {
  const value = given.get("value");
  const items = itemsOf(value, meter).toReversed();
  return typeof value === "string"
    ? items.map((item) => textOf(item, meter)).join("")
    : generatorOf(items);
});

const range = operation("start stop? step?", (given) => {
  const first = integerOf(given, "start", 0);
  const [start, stop] = given.has("stop") ? [first, integerOf(given, "stop", 0)] : [0, first];
  const step = integerOf(given, "step", 1);
  const length = step === 0 ? Infinity : Math.max(0, Math.ceil((stop - start) / step));
  if (length > templateLimits.range) throw new EvaluationError("The range is too long");
  return viewOf(Array.from({ length }, (_, index) => BigInt(start + index * step)));
});

const isDefined = operation("value", (given) => {
  const value = given.get("value");
  if (value === undefined) throw new EvaluationError("Something is missing");
  return value;
});

const fallback = operation("value default_value? boolean?", (given) => {
  const value = given.get("value");
  const isMissing = value === undefined || (isTrue(given.get("boolean")) && !isTrue(value));
  if (!isMissing) return value;
  return given.has("default_value") ? given.get("default_value") : "";
});

const fromJsonText = operation("value", (given) => {
  try {
    return fromJson(parseScalar(stringOf(given.get("value"))));
  } catch (error) {
    throw new EvaluationError("This is no JSON", { cause: error });
  }
});

function dictOnly(value: Value): Dict {
  if (!isDict(value)) throw new EvaluationError("This is no dict");
  return value;
}

function pairsOf(value: Value): readonly Value[] {
  return [...dictOnly(value).entries.values()].map((entry) =>
    listOf([entry.key, entry.value], "tuple"),
  );
}

const list = operation("value", (given, meter) => listOf(itemsOf(given.get("value"), meter)));
const length = operation("value", (given) => lengthOf(given.get("value")));

/** Filters of values that hold others, or that may be missing. */
export const listFilters: readonly (readonly [string, Operation])[] = [
  ["default", fallback],
  ["d", fallback],
  ["is_defined", isDefined],
  ["length", length],
  ["count", length],
  ["first", operation("value", (given, meter) => itemsOf(given.get("value"), meter)[0])],
  ["last", last],
  ["list", list],
  ["reverse", reverse],
  ["sort", sort],
  ["unique", unique],
  ["sum", sum],
  ["min", extremeFilter(-1)],
  ["max", extremeFilter(1)],
  ["items", operation("value", (given) => generatorOf(pairsOf(given.get("value"))))],
  ["from_json", fromJsonText],
];

/** Functions that make values that hold others. */
export const listFunctions: readonly (readonly [string, Operation])[] = [
  ["range", range],
  ["min", extremeFunction(-1)],
  ["max", extremeFunction(1)],
];

const getEntry = operation("value key default?", (given, meter) => {
  const { entries } = dictOnly(given.get("value"));
  const entry = [...entries.values()].find(({ key }) => isEqual(key, given.get("key"), meter));
  if (entry) return entry.value;
  return given.has("default") ? given.get("default") : null;
});

const values = operation("value", (given) =>
  viewOf([...dictOnly(given.get("value")).entries.values()].map((entry) => entry.value)),
);

const keys = operation("value", (given, meter) =>
  viewOf(itemsOf(dictOnly(given.get("value")), meter)),
);

/** Methods of a dict. */
export const dictMethods: readonly (readonly [string, Operation])[] = [
  ["get", getEntry],
  ["items", operation("value", (given) => viewOf(pairsOf(given.get("value"))))],
  ["keys", keys],
  ["values", values],
];

/** `namespace(a=1)`, which takes any names. */
export function namespaceOf(names: readonly string[]): Operation {
  return operation(names.join(" "), (given): Namespace => ({
    type: "namespace",
    fields: new Map(given),
  }));
}
