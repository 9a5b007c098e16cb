import type { Meter } from "./meter.ts";
import { EvaluationError } from "./template-error.ts";
import {
  isContainer,
  isDict,
  isNumber,
  isSequence,
  keyOf,
  type Dict,
  type List,
  type Value,
} from "./values.ts";

/** How two values are compared. */
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

/** Whether Python takes two values for equal. */
export function isEqual(a: Value, b: Value, meter: Meter): boolean {
  meter.spend(1);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (isSequence(a) && isSequence(b)) return isEqualList(a, b, meter);
  if (isDict(a) && isDict(b)) return isEqualDict(a, b, meter);
  if (isOpaque(a) || isOpaque(b)) throw new EvaluationError("This cannot be compared");
  return a === b;
}

/** Python compares some of these by identity and some not: nobody does. */
function isOpaque(value: Value): boolean {
  return isContainer(value) && (value.type === "namespace" || value.type === "stream");
}

function isEqualList(a: List, b: List, meter: Meter): boolean {
  if (a.type !== b.type || a.items.length !== b.items.length) return false;
  return a.items.every((item, index) => isEqual(item, b.items[index], meter));
}

function isEqualDict(a: Dict, b: Dict, meter: Meter): boolean {
  if (a.entries.size !== b.entries.size) return false;
  return [...a.entries].every(([key, { value }]) => {
    const other = b.entries.get(key);
    return other !== undefined && isEqual(value, other.value, meter);
  });
}

/** Which of two comes first. Undefined: neither, nor are they equal, as of nan. */
export type Order = -1 | 0 | 1 | undefined;

/** @throws EvaluationError when Python does not compare such values */
export function compare(a: Value, b: Value, meter: Meter): Order {
  meter.spend(1);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  if (isSequence(a) && isSequence(b) && a.type === b.type) return compareLists(a, b, meter);
  throw new EvaluationError("These cannot be compared");
}

/** Exact also between an integer and a float. */
function compareNumbers(a: bigint | number | boolean, b: bigint | number | boolean): Order {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number.isNaN(Number(a)) || Number.isNaN(Number(b)) ? undefined : 0;
}

function compareTexts(a: string, b: string): Order {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareLists(a: List, b: List, meter: Meter): Order {
  const length = Math.min(a.items.length, b.items.length);
  for (let index = 0; index < length; index += 1) {
    if (isEqual(a.items[index], b.items[index], meter)) continue;
    return compare(a.items[index], b.items[index], meter);
  }
  return compareNumbers(a.items.length, b.items.length);
}

/** @throws EvaluationError when nothing can be in such a value */
export function contains(container: Value, value: Value, meter: Meter): boolean {
  if (typeof container === "string" && typeof value === "string") {
    return meter.spendOn(container).includes(meter.spendOn(value));
  }
  if (isDict(container)) return container.entries.has(keyOf(value));
  if (isSequence(container)) return container.items.some((item) => isEqual(item, value, meter));
  if (isContainer(container) && container.type === "stream") {
    return container.take().some((item) => isEqual(item, value, meter));
  }
  throw new EvaluationError("Nothing can be in this");
}

/** Whether a comparison holds; also what the tests of the same names say. */
export function holds(
  operator: ComparisonOperator,
  left: Value,
  right: Value,
  meter: Meter,
): boolean {
  if (operator === "==" || operator === "!=") {
    return isEqual(left, right, meter) === (operator === "==");
  }
  if (operator === "in" || operator === "not in") {
    return contains(right, left, meter) === (operator === "in");
  }
  const order = compare(left, right, meter);
  if (order === undefined) return false;
  if (order === 0) return operator.endsWith("=");
  return operator.startsWith(order < 0 ? "<" : ">");
}
