import { templateLimits } from "./limits.ts";
import { stripped } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { isNumber, type Value } from "./values.ts";

const floatPattern =
  /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i;
const nonFinitePattern = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

/**
 * As `float()`; undefined where Python raises a ValueError or a TypeError.
 * @throws EvaluationError when it is missing: no default rescues that
 */
export function toFloat(value: Value): number | undefined {
  if (value === undefined) throw new EvaluationError("Something is missing");
  if (typeof value === "string") return parseFloatText(value);
  return isNumber(value) ? finite(value) : undefined;
}

/** @throws EvaluationError when the integer is beyond what a float holds */
function finite(value: bigint | number | boolean): number {
  const float = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(float)) throw tooLarge();
  return float;
}

function parseFloatText(text: string): number | undefined {
  const plain = stripped(text);
  if (floatPattern.test(plain)) return Number(plain.replaceAll("_", ""));
  const [found, sign, infinite] = nonFinitePattern.exec(plain) ?? [];
  if (found === undefined) return undefined;
  if (infinite === undefined) return Number.NaN;
  return sign === "-" ? -Infinity : Infinity;
}

/**
 * As the filter `int`, which also takes the whole part of `"42.9"`; undefined where it cannot.
 * @throws EvaluationError when it is missing
 */
export function toInteger(value: Value, base = 10): bigint | undefined {
  if (typeof value === "bigint") return value;
  const parsed = typeof value === "string" ? parseIntegerText(value, base) : undefined;
  if (parsed !== undefined) return parsed;
  const float = toFloat(value);
  return float === undefined || !Number.isFinite(float) ? undefined : BigInt(Math.trunc(float));
}

const prefixes: ReadonlyMap<number, string> = new Map([
  [2, "b"],
  [8, "o"],
  [16, "x"],
]);

function parseIntegerText(text: string, base: number): bigint | undefined {
  const [, sign, written = ""] = /^([+-]?)(\w+)$/.exec(stripped(text).toLowerCase()) ?? [];
  const prefix = `0${prefixes.get(base) ?? " "}`;
  const digits = written.startsWith(prefix) ? written.slice(2).replace(/^_/, "") : written;
  if (!/^[\da-z]+(?:_[\da-z]+)*$/.test(digits)) return undefined;
  const size = digitsValue(digits.replaceAll("_", ""), base);
  return sign === "-" && size !== undefined ? -size : size;
}

function digitsValue(digits: string, base: number): bigint | undefined {
  let size = 0n;
  for (const digit of digits) {
    const value = Number.parseInt(digit, 36);
    if (value >= base) return undefined;
    size = checkedInteger(size * BigInt(base) + BigInt(value));
  }
  return size;
}

const largest = 2n ** BigInt(templateLimits.integerBits);

/** Whether it is larger than anything that is measured. */
export function isTooLarge(value: bigint): boolean {
  return value >= largest || value <= -largest;
}

/** @throws EvaluationError when it is too large */
export function checkedInteger(value: bigint): bigint {
  if (isTooLarge(value)) throw tooLarge();
  return value;
}

export function tooLarge(): EvaluationError {
  return new EvaluationError("The number is too large");
}

/** As `round()` of Python: the nearest, and of two the even one. */
export function roundHalfEven(value: number, decimals: number): number {
  if (value === 0 || !Number.isFinite(value) || Math.abs(value) >= 1e21) return value;
  if (Math.abs(decimals) > templateLimits.decimals) throw tooLarge();
  return decimals < 0 ? roundWhole(value, -decimals) : Number(roundedText(value, decimals));
}

/** More than decide whether a number is half way between two others. */
const allDecimals = 100;

/** `toFixed` is exact, but takes the larger one of two that are equally near. */
function roundedText(value: number, decimals: number): string {
  const exact = value.toFixed(allDecimals);
  const cut = exact.indexOf(".") + 1 + decimals;
  const isTie = /^50*$/.test(exact.slice(cut));
  const down = decimals === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut);
  return isTie && /[02468]$/.test(down) ? down : value.toFixed(decimals);
}

function roundWhole(value: number, zeros: number): number {
  const unit = 10n ** BigInt(zeros);
  const whole = BigInt(Math.trunc(Math.abs(value)));
  const rest = 2n * (whole % unit);
  const isMore = rest > unit || (rest === unit && !Number.isInteger(value));
  const count = whole / unit;
  const isUp = isMore || (rest === unit && count % 2n === 1n);
  return Math.sign(value) * Number((isUp ? count + 1n : count) * unit);
}
