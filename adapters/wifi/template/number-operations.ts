import { calculate } from "./arithmetic.ts";
import { contains } from "./comparison.ts";
import { roundHalfEven, toFloat, toInteger, checkedInteger, tooLarge } from "./numbers.ts";
import {
  integerOf,
  itemsOf,
  operation,
  orDefault,
  type Given,
  type Operation,
} from "./operation.ts";
import { stripped } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { isNumber, isTrue, type Value } from "./values.ts";

const float = operation("value default?", (given) => orDefault(toFloat(given.get("value")), given));

const int = operation("value default? base?", (given) => {
  const base = integerOf(given, "base", 10);
  if (base < 2 || base > 36) throw new EvaluationError("There is no such base");
  return orDefault(toInteger(given.get("value"), base), given);
});

const words: ReadonlyMap<string, boolean> = new Map([
  ...["1", "true", "yes", "on", "enable"].map((word) => [word, true] as const),
  ...["0", "false", "no", "off", "disable"].map((word) => [word, false] as const),
]);

const bool = operation("value default?", (given) => {
  const value = given.get("value");
  if (value === undefined) throw new EvaluationError("Something is missing");
  if (isNumber(value)) return isTrue(value);
  const word = typeof value === "string" ? stripped(value).toLowerCase() : "";
  return orDefault(words.get(word), given);
});

const round = operation("value precision? method? default?", (given) => {
  const value = toFloat(given.get("value"));
  return orDefault(value === undefined ? undefined : rounded(value, given), given);
});

function rounded(value: number, given: Given): Value {
  const precision = integerOf(given, "precision", 0);
  const result = roundedBy(given.get("method") ?? "common", value, precision);
  if (precision !== 0) return result;
  if (Number.isNaN(result)) return orDefault(undefined, given);
  if (!Number.isFinite(result)) throw tooLarge();
  return BigInt(Math.trunc(result));
}

/** An unknown method is the common one, as in Home Assistant. */
function roundedBy(method: Value, value: number, precision: number): number {
  const unit = Number(`1e${precision}`);
  if (method === "ceil") return Math.ceil(value * unit) / unit;
  if (method === "floor") return Math.floor(value * unit) / unit;
  if (method === "half") return roundHalfEven(value * 2, 0) / 2;
  return roundHalfEven(value, precision);
}

const abs = operation("value", (given) => {
  const value = given.get("value");
  if (typeof value === "number") return Math.abs(value);
  if (!isNumber(value)) throw new EvaluationError("This is no number");
  return BigInt(value) < 0n ? -BigInt(value) : BigInt(value);
});

const multiply = operation("value amount default?", (given, meter) => {
  const value = toFloat(given.get("value"));
  if (value === undefined) return orDefault(undefined, given);
  return calculate("*", value, given.get("amount"), meter);
});

const add = operation("value amount default?", (given, meter) => {
  const value = toFloat(given.get("value"));
  if (value === undefined) return orDefault(undefined, given);
  return calculate("+", value, given.get("amount"), meter);
});

const sqrt = operation("value default?", (given) => {
  const value = toFloat(given.get("value"));
  return orDefault(value === undefined || value < 0 ? undefined : Math.sqrt(value), given);
});

function bitwise(combine: (first: bigint, second: bigint) => bigint): Operation {
  return operation("first_value second_value", (given) => {
    const [first, second] = [given.get("first_value"), given.get("second_value")];
    if (typeof first !== "bigint" || typeof second !== "bigint") {
      throw new EvaluationError("Only integers have bits");
    }
    return checkedInteger(combine(first, second));
  });
}

const average = operation("value default?", (given, meter) => {
  const floats = itemsOf(given.get("value"), meter).map((item) => {
    if (typeof item === "string") throw new EvaluationError("This is no number");
    return toFloat(item);
  });
  let sum = 0;
  for (const item of floats) sum += item ?? Number.NaN;
  return orDefault(floats.length === 0 ? undefined : sum / floats.length, given);
});

/** Whether it is a number, or a text that is one. */
export const isNumeric = operation("value", (given) =>
  Number.isFinite(toFloat(given.get("value")) ?? Number.NaN),
);

const iif = operation("value if_true? if_false? if_none?", (given) => {
  const value = given.get("value");
  if (value === null && given.has("if_none")) return given.get("if_none");
  const [name, otherwise] = isTrue(value)
    ? (["if_true", true] as const)
    : (["if_false", false] as const);
  return given.has(name) ? given.get(name) : otherwise;
});

const isContained = operation("seq value", (given, meter) =>
  contains(given.get("seq"), given.get("value"), meter),
);

/** What counts, and can be a filter and a function alike. */
export const commonNumberOperations: readonly (readonly [string, Operation])[] = [
  ["float", float],
  ["int", int],
  ["bool", bool],
  ["iif", iif],
  ["is_number", isNumeric],
  ["sqrt", sqrt],
  ["bitwise_and", bitwise((first, second) => first & second)],
  ["bitwise_or", bitwise((first, second) => first | second)],
  ["bitwise_xor", bitwise((first, second) => first ^ second)],
  ["average", average],
  ["contains", isContained],
];

/** What counts, and can be a filter only. */
export const numberFilters: readonly (readonly [string, Operation])[] = [
  ["round", round],
  ["abs", abs],
  ["multiply", multiply],
  ["add", add],
];
