import type { Meter } from "./meter.ts";
import { toInteger } from "./numbers.ts";
import { charactersOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { isContainer, isDict, isSequence, type Value } from "./values.ts";

/** What an operation is given, by the name of the parameter; what was left out is not there. */
export type Given = ReadonlyMap<string, Value>;

/** A filter, a function, a test or a method. */
export interface Operation {
  readonly parameters: readonly string[];
  /** How many of them have to be given. */
  readonly required: number;
  /** Parameters for which only a string literal is taken, because it is read with the template. */
  readonly literal: readonly string[];
  /** @throws EvaluationError where Python raises an error */
  apply(given: Given, meter: Meter): Value;
}

/** Declares an operation: `"value default? pattern!"` has an optional and a literal parameter. */
export function operation(declared: string, apply: Operation["apply"]): Operation {
  const words = declared.split(" ").filter(Boolean);
  return {
    parameters: words.map((word) => word.replace(/\W+$/, "")),
    required: words.filter((word) => !word.endsWith("?")).length,
    literal: words.filter((word) => word.includes("!")).map((word) => word.replace(/\W+$/, "")),
    apply,
  };
}

/** The result, or else the default that was given. */
export function orDefault(result: Value, given: Given, name = "default"): Value {
  if (result !== undefined) return result;
  if (!given.has(name)) throw new EvaluationError("This cannot be converted");
  return given.get(name);
}

/** A small whole number such as an index; the fallback when it was left out. */
export function integerOf(given: Given, name: string, fallback: number): number {
  if (!given.has(name)) return fallback;
  const value = given.get(name);
  if (typeof value !== "bigint" && typeof value !== "boolean") {
    throw new EvaluationError("A whole number is expected");
  }
  return Number(toInteger(value));
}

/** @throws EvaluationError when it is no string */
export function stringOf(value: Value): string {
  if (typeof value !== "string") throw new EvaluationError("A string is expected");
  return value;
}

/**
 * What a value holds, when it is gone through: characters, keys or items.
 * @throws EvaluationError when it holds nothing
 */
export function itemsOf(value: Value, meter: Meter): readonly Value[] {
  const items = heldBy(value, meter);
  meter.spend(items.length);
  return items;
}

function heldBy(value: Value, meter: Meter): readonly Value[] {
  if (typeof value === "string") return charactersOf(meter.spendOn(value));
  if (isDict(value)) return [...value.entries.values()].map(({ key }) => key);
  if (isSequence(value)) return value.items;
  if (isContainer(value) && value.type === "stream") return value.take();
  throw new EvaluationError("There is nothing to go through");
}
