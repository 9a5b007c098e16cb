import type { Meter } from "./meter.ts";
import { EvaluationError } from "./template-error.ts";
import { isContainer, type Dict, type List, type Value } from "./values.ts";

/** What Python takes for white space, inside a character class. */
export const spaces =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const leadingSpaces = new RegExp(`^[${spaces}]+`);

/** The characters of a text as Python counts them: one for an emoji of a single code point. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(text);
}

/** Without the white space at both ends, as `strip()`. */
export function stripped(text: string): string {
  return strippedEnd(strippedStart(text));
}

function strippedStart(text: string): string {
  return text.replace(leadingSpaces, "");
}

/** By hand: a pattern would look from every space to the end of all that follow. */
export function strippedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && leadingSpaces.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * A value as `str()` writes it.
 * @throws EvaluationError when it is missing, or nothing that a template should print
 */
export function textOf(value: Value, meter: Meter): string {
  return typeof value === "string" ? meter.spendOn(value) : written(value, meter);
}

/** As `repr()`: how a value looks inside a list. */
function written(value: Value, meter: Meter): string {
  meter.spend(1);
  if (value === undefined) throw new EvaluationError("Something is missing");
  if (isContainer(value)) return writtenContainer(value, meter);
  return typeof value === "string" ? quoted(meter.spendOn(value)) : writtenPlain(value);
}

function writtenPlain(value: null | boolean | bigint | number): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "bigint" ? value.toString() : floatText(value);
}

function writtenContainer(value: Exclude<Value, string | undefined | null>, meter: Meter): string {
  if (isContainer(value) && value.type === "dict") return writtenDict(value, meter);
  if (isContainer(value) && (value.type === "list" || value.type === "tuple")) {
    return writtenList(value, meter);
  }
  throw new EvaluationError("This cannot be printed");
}

function writtenDict({ entries }: Dict, meter: Meter): string {
  const texts = [...entries.values()].map(
    ({ key, value }) => `${written(key, meter)}: ${written(value, meter)}`,
  );
  return `{${texts.join(", ")}}`;
}

function writtenList({ type, items }: List, meter: Meter): string {
  const texts = items.map((item) => written(item, meter)).join(", ");
  if (type === "list") return `[${texts}]`;
  return items.length === 1 ? `(${texts},)` : `(${texts})`;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replace(/[\\'"]|[^\P{C}\p{Cn}]|[^\P{Z} ]/gu, (character) =>
    escaped(character, quote),
  );
  return quote + inside + quote;
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\\", "\\\\"],
]);

function escaped(character: string, quote: string): string {
  if (character === "'" || character === '"') {
    return character === quote ? `\\${character}` : character;
  }
  return shortEscapes.get(character) ?? hexEscape(character.codePointAt(0) ?? 0);
}

function hexEscape(code: number): string {
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

/** A float as Python prints it. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return nonFiniteText(value);
  const { digits, exponent, sign } = partsOf(value);
  if (exponent >= -4 && exponent < 16) return sign + plainDecimal(digits, exponent);
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${mantissa(digits)}e${exponent < 0 ? "-" : "+"}${power}`;
}

/** A float as orjson writes it, with which Home Assistant makes JSON. */
export function compactFloatText(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const { digits, exponent, sign } = partsOf(value);
  if (exponent >= -5 && exponent < 16) return sign + plainDecimal(digits, exponent);
  return `${sign}${mantissa(digits)}e${exponent}`;
}

function nonFiniteText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

interface FloatParts {
  readonly sign: "-" | "";
  readonly digits: string;
  readonly exponent: number;
}

/** The fewest digits that tell the number apart: both languages choose the same. */
function partsOf(value: number): FloatParts {
  const [digits = "", exponent] = Math.abs(value).toExponential().replace(".", "").split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return { sign, digits, exponent: Number(exponent) };
}

function mantissa(digits: string): string {
  return digits.length > 1 ? `${digits.charAt(0)}.${digits.slice(1)}` : digits;
}

function plainDecimal(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}
