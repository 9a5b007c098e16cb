import { templateLimits } from "./limits.ts";
import { shortEnough, type Meter } from "./meter.ts";
import { checkedInteger, toFloat, tooLarge } from "./numbers.ts";
import { textOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { isNumber, isSequence, listOf, type Value } from "./values.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "~";

/** @throws EvaluationError where Python raises an error */
export function calculate(
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  meter: Meter,
): Value {
  if (operator === "~") return joined(textOf(left, meter), textOf(right, meter));
  if (operator === "+" && !isNumber(left)) return added(left, right, meter);
  if (!isNumber(left) || !isNumber(right)) throw notNumbers();
  if (typeof left === "number" || typeof right === "number" || operator === "/") {
    return withFloats(operator, floatOf(left), floatOf(right));
  }
  return withIntegers(operator, BigInt(left), BigInt(right));
}

/** @throws EvaluationError when it is no number */
export function negated(value: Value): Value {
  if (!isNumber(value)) throw notNumbers();
  return typeof value === "number" ? -value : -BigInt(value);
}

/** A number as it is; a boolean becomes one. */
export function unchanged(value: Value): Value {
  if (!isNumber(value)) throw notNumbers();
  return typeof value === "number" ? value : BigInt(value);
}

function notNumbers(): EvaluationError {
  return new EvaluationError("These are not numbers");
}

function floatOf(value: Value): number {
  const float = toFloat(value);
  if (float === undefined) throw notNumbers();
  return float;
}

function joined(left: string, right: string): string {
  shortEnough(left.length + right.length);
  return left + right;
}

function added(left: Value, right: Value, meter: Meter): Value {
  if (typeof left === "string" && typeof right === "string") {
    return joined(meter.spendOn(left), meter.spendOn(right));
  }
  if (!isSequence(left) || !isSequence(right) || left.type !== right.type) throw notNumbers();
  meter.spend(left.items.length + right.items.length);
  return listOf([...left.items, ...right.items], left.type);
}

function withFloats(operator: ArithmeticOperator, left: number, right: number): number {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  if (operator === "**") return floatPower(left, right);
  if (right === 0) throw new EvaluationError("Nothing can be divided by zero");
  if (operator === "/") return left / right;
  return operator === "%" ? floatRemainder(left, right) : floatQuotient(left, right);
}

/** Python answers a complex number or an error where this is nan or infinite. */
function floatPower(left: number, right: number): number {
  const power = left ** right;
  if (Number.isFinite(left) && Number.isFinite(right) && !Number.isFinite(power)) throw tooLarge();
  return power;
}

/** With the sign of the divisor. */
function floatRemainder(left: number, right: number): number {
  const rest = left % right;
  if (rest === 0) return right < 0 ? -0 : 0;
  return rest < 0 === right < 0 ? rest : rest + right;
}

function floatQuotient(left: number, right: number): number {
  const quotient = (left - floatRemainder(left, right)) / right;
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

function withIntegers(operator: ArithmeticOperator, left: bigint, right: bigint): Value {
  if (operator === "+") return checkedInteger(left + right);
  if (operator === "-") return checkedInteger(left - right);
  if (operator === "*") return checkedInteger(left * right);
  if (operator === "**") return integerPower(left, right);
  if (right === 0n) throw new EvaluationError("Nothing can be divided by zero");
  const rest = left % right;
  const isOff = rest !== 0n && rest < 0n !== right < 0n;
  if (operator === "%") return isOff ? rest + right : rest;
  return isOff ? left / right - 1n : left / right;
}

function integerPower(left: bigint, right: bigint): Value {
  if (right < 0n) {
    if (left === 0n) throw new EvaluationError("Nothing can be divided by zero");
    return floatPower(Number(left), Number(right));
  }
  const bits = BigInt(left.toString(2).length);
  if (right * bits > 2 * templateLimits.integerBits) throw tooLarge();
  return checkedInteger(left ** right);
}
