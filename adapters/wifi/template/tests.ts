import { calculate } from "./arithmetic.ts";
import { holds, type ComparisonOperator } from "./comparison.ts";
import type { Meter } from "./meter.ts";
import { isNumeric } from "./number-operations.ts";
import { operation, type Operation } from "./operation.ts";
import { textTests } from "./text-operations.ts";
import { isContainer, isDict, isNumber, isSequence, type Value } from "./values.ts";

function of(holdsFor: (value: Value, meter: Meter) => boolean): Operation {
  return operation("value", (given, meter) => holdsFor(given.get("value"), meter));
}

function comparing(operator: ComparisonOperator): Operation {
  return operation("value other", (given, meter) =>
    holds(operator, given.get("value"), given.get("other"), meter),
  );
}

function hasRest(value: Value, divisor: Value, rest: bigint, meter: Meter): boolean {
  return holds("==", calculate("%", value, divisor, meter), rest, meter);
}

/** What is missing is an empty one to Jinja: its own tests say so. */
function isIterable(value: Value): boolean {
  if (value === undefined || typeof value === "string") return true;
  return isContainer(value) && value.type !== "namespace";
}

function isIndexed(value: Value): boolean {
  return value === undefined || typeof value === "string" || isSequence(value) || isDict(value);
}

/** What may stand after `is`. */
export const tests: ReadonlyMap<string, Operation> = new Map([
  ["defined", of((value) => value !== undefined)],
  ["undefined", of((value) => value === undefined)],
  ["none", of((value) => value === null)],
  ["number", of(isNumber)],
  ["integer", of((value) => typeof value === "bigint")],
  ["float", of((value) => typeof value === "number")],
  ["boolean", of((value) => typeof value === "boolean")],
  ["true", of((value) => value === true)],
  ["false", of((value) => value === false)],
  ["string", of((value) => typeof value === "string")],
  ["mapping", of(isDict)],
  ["iterable", of(isIterable)],
  ["sequence", of(isIndexed)],
  ["list", of((value) => isSequence(value) && value.type === "list")],
  ["odd", of((value, meter) => hasRest(value, 2n, 1n, meter))],
  ["even", of((value, meter) => hasRest(value, 2n, 0n, meter))],
  [
    "divisibleby",
    operation("value num", (given, meter) =>
      hasRest(given.get("value"), given.get("num"), 0n, meter),
    ),
  ],
  ["eq", comparing("==")],
  ["equalto", comparing("==")],
  ["ne", comparing("!=")],
  ["lt", comparing("<")],
  ["lessthan", comparing("<")],
  ["le", comparing("<=")],
  ["gt", comparing(">")],
  ["greaterthan", comparing(">")],
  ["ge", comparing(">=")],
  ["in", comparing("in")],
  ["is_number", isNumeric],
  ...textTests,
]);
