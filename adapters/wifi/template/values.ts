import { isList, type Scalar } from "koine/adapter";
import { templateLimits } from "./limits.ts";
import { EvaluationError } from "./template-error.ts";

/**
 * A value as Python knows it: an integer is a bigint and a float a number, because `5` and `5.0`
 * print differently. What is missing is undefined, which is not the same as none.
 */
export type Value =
  | undefined
  | null
  | boolean
  | bigint
  | number
  | string
  | List
  | Dict
  | Namespace
  | Stream;

export interface List {
  readonly type: "list" | "tuple";
  readonly items: readonly Value[];
  readonly depth: number;
}

export interface Dict {
  readonly type: "dict";
  readonly entries: ReadonlyMap<Key, Entry>;
  readonly depth: number;
}

/** A key in the form in which Python takes two for the same: 1, 1.0 and True are one. */
export type Key = null | bigint | number | string;

export interface Entry {
  readonly key: Value;
  readonly value: Value;
}

/** What `namespace()` makes: the only thing that can be changed. */
export interface Namespace {
  readonly type: "namespace";
  readonly fields: Map<string, Value>;
}

/** What can only be gone through: a range, the view of a dict, a generator. */
export interface Stream {
  readonly type: "stream";
  /** Undefined of a generator, which has no length. */
  readonly length: number | undefined;
  take(): readonly Value[];
}

/** A value as JSON carries it, level by level: most templates read a single path. */
export function fromJson(value: Scalar | undefined): Value {
  if (typeof value === "number") return fromJsonNumber(value);
  if (typeof value !== "object" || value === null) return value;
  return isList(value) ? lazyList(value) : lazyDict(value);
}

/** JSON.parse does not tell 5.0 from 5: a whole number is taken for an integer. */
function fromJsonNumber(value: number): Value {
  if (!Number.isInteger(value)) return value;
  return Number.isSafeInteger(value) ? BigInt(value) : inexact;
}

/** A number whose digits were lost when it was parsed: nothing can be said about it. */
const inexact: Stream = {
  type: "stream",
  length: undefined,
  take: () => {
    throw new EvaluationError("The number has too many digits");
  },
};

function lazyList(source: readonly Scalar[]): List {
  let items: readonly Value[] | undefined;
  return {
    type: "list",
    depth: 1,
    get items() {
      items ??= source.map(fromJson);
      return items;
    },
  };
}

function lazyDict(source: { readonly [key: string]: Scalar }): Dict {
  let entries: ReadonlyMap<Key, Entry> | undefined;
  return {
    type: "dict",
    depth: 1,
    get entries() {
      entries ??= new Map(
        Object.entries(source).map(([key, value]) => [key, { key, value: fromJson(value) }]),
      );
      return entries;
    },
  };
}

/** @throws EvaluationError when it holds lists too deep inside one another */
export function listOf(items: readonly Value[], type: List["type"] = "list"): List {
  return { type, items, depth: depthAround(items) };
}

/** @throws EvaluationError when a key cannot be one */
export function dictOf(entries: readonly Entry[]): Dict {
  const depth = depthAround(entries.map(({ value }) => value));
  const byKey = new Map<Key, Entry>();
  for (const { key, value } of entries) {
    const same = keyOf(key);
    byKey.set(same, { key: byKey.get(same)?.key ?? key, value });
  }
  return { type: "dict", entries: byKey, depth };
}

function depthAround(values: readonly Value[]): number {
  const depth = 1 + Math.max(0, ...values.map(depthOf));
  if (depth > templateLimits.depth) throw new EvaluationError("The list is nested too deep");
  return depth;
}

function depthOf(value: Value): number {
  return isSequence(value) || isDict(value) ? value.depth : 0;
}

/** @throws EvaluationError when it cannot be a key */
export function keyOf(value: Value): Key {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (value === undefined || isContainer(value)) throw new EvaluationError("This cannot be a key");
  return value;
}

/** Items that can be gone through as often as one likes, such as a range. */
export function viewOf(items: readonly Value[]): Stream {
  return { type: "stream", length: items.length, take: () => items };
}

/** Items that can be gone through once, as those of a Python generator. */
export function generatorOf(items: readonly Value[]): Stream {
  let taken = false;
  const take = (): readonly Value[] => {
    if (taken) throw new EvaluationError("The items were taken before");
    taken = true;
    return items;
  };
  return { type: "stream", length: undefined, take };
}

export function isContainer(value: Value): value is List | Dict | Namespace | Stream {
  return typeof value === "object" && value !== null;
}

/** Whether it is a list or a tuple. */
export function isSequence(value: Value): value is List {
  return isContainer(value) && (value.type === "list" || value.type === "tuple");
}

export function isDict(value: Value): value is Dict {
  return isContainer(value) && value.type === "dict";
}

/** Whether Python takes it for a number; a boolean is one too. */
export function isNumber(value: Value): value is bigint | number | boolean {
  return typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";
}

/** Whether an `if` takes it for true. */
export function isTrue(value: Value): boolean {
  if (!isContainer(value)) return isNumber(value) ? Number(value) !== 0 : Boolean(value);
  switch (value.type) {
    case "dict":
      return value.entries.size > 0;
    case "namespace":
      return true;
    case "stream":
      return value.length !== 0;
    default:
      return value.items.length > 0;
  }
}
