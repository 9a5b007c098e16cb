import { formatted } from "./format.ts";
import { homeAssistantJson, jinjaJson } from "./json-text.ts";
import { shortEnough, type Meter } from "./meter.ts";
import {
  integerOf,
  itemsOf,
  operation,
  stringOf,
  type Given,
  type Operation,
} from "./operation.ts";
import { allMatches, matcherFor, replaceAll } from "./pattern.ts";
import { charactersOf, spaces, stripped, textOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { listOf, type Value } from "./values.ts";

/** Declares an operation on any value, taken as a text. */
function onText(
  declared: string,
  apply: (text: string, given: Given, meter: Meter) => Value,
): Operation {
  return operation(`value ${declared}`, (given, meter) =>
    apply(textOf(given.get("value"), meter), given, meter),
  );
}

/** Declares a method of a string. */
function ofString(declared: string, apply: (text: string, given: Given) => Value): Operation {
  return operation(`value ${declared}`, (given) => apply(stringOf(given.get("value")), given));
}

/** The first letter large, all others small. */
function capitalized(text: string): string {
  const [first = ""] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** The filter begins a word after white space, a hyphen or a bracket; the method after no letter. */
const filterWord = new RegExp(`[^-(){}<[${spaces}]+`, "gu");

/** Without the characters that are given, or white space, at one end or both. */
function strip(text: string, characters: Value, side: "both" | "start" | "end"): string {
  const points = charactersOf(text);
  const isStripped =
    characters == null
      ? (point: string | undefined) => point !== undefined && stripped(point) === ""
      : (point: string | undefined) => point !== undefined && stringOf(characters).includes(point);
  const start = side === "end" ? 0 : points.findIndex((point) => !isStripped(point));
  const end =
    side === "start" ? points.length : 1 + points.findLastIndex((point) => !isStripped(point));
  return start === -1 ? "" : points.slice(start, end).join("");
}

function replaced(text: string, given: Given, meter: Meter): string {
  const old = textOf(given.get("old"), meter);
  const fresh = textOf(given.get("new"), meter);
  const count = given.get("count") == null ? -1 : integerOf(given, "count", -1);
  const pieces = piecesOf(text, old, count);
  meter.spend(Math.floor(pieces.length / 8));
  shortEnough(text.length + pieces.length * fresh.length);
  return pieces.join(fresh);
}

/** Nothing is found before, between and after all characters. */
function piecesOf(text: string, separator: string, count: number): readonly string[] {
  const pieces = separator === "" ? ["", ...charactersOf(text), ""] : text.split(separator);
  if (count < 0 || pieces.length <= count + 1) return pieces;
  return [...pieces.slice(0, count), pieces.slice(count).join(separator)];
}

function split(text: string, given: Given): Value {
  const separator = given.get("sep");
  const count = integerOf(given, "maxsplit", -1);
  if (separator == null) return splitAtSpaces(text, count);
  if (separator === "") throw new EvaluationError("A separator cannot be empty");
  return listOf(piecesOf(text, stringOf(separator), count));
}

function splitAtSpaces(text: string, count: number): Value {
  if (count >= 0) throw new EvaluationError("A separator is expected");
  return listOf(text.split(new RegExp(`[${spaces}]+`)).filter(Boolean));
}

function padded(text: string, width: number): string {
  shortEnough(width);
  const [sign] = /^[+-]/.exec(text) ?? [""];
  return (
    sign + "0".repeat(Math.max(0, width - charactersOf(text).length)) + text.slice(sign.length)
  );
}

function joined(given: Given, meter: Meter): string {
  const separator = textOf(given.has("d") ? given.get("d") : "", meter);
  const texts = itemsOf(given.get("value"), meter).map((item) => textOf(item, meter));
  let length = separator.length * texts.length;
  for (const text of texts) length += text.length;
  shortEnough(length);
  return texts.join(separator);
}

function matcherOf(text: string, given: Given, meter: Meter, start = ""): RegExp {
  const flags = given.get("ignorecase") === true ? "gi" : "g";
  return matcherFor(text, stringOf(given.get("find")), start === "" ? flags : `${flags}y`, meter);
}

const isMatch = onText("find! ignorecase?", (text, given, meter) =>
  matcherOf(text, given, meter, "start").test(text),
);

const isFound = onText("find! ignorecase?", (text, given, meter) =>
  matcherOf(text, given, meter).test(text),
);

const regexReplace = onText("find! replace! ignorecase?", (text, given, meter) => {
  const result = replaceAll(text, matcherOf(text, given, meter), stringOf(given.get("replace")));
  shortEnough(result.length);
  return result;
});

const regexFindAll = onText("find! ignorecase?", (text, given, meter) =>
  listOf(allMatches(text, matcherOf(text, given, meter)).map(matchValue)),
);

const regexFindAllIndex = onText("find! index? ignorecase?", (text, given, meter) => {
  const match = allMatches(text, matcherOf(text, given, meter)).at(integerOf(given, "index", 0));
  if (!match) throw new EvaluationError("There are not so many matches");
  return matchValue(match);
});

function matchValue(match: readonly string[]): Value {
  return match.length === 1 ? match[0] : listOf(match, "tuple");
}

/** Filters that make or take texts. */
export const textFilters: readonly (readonly [string, Operation])[] = [
  ["string", onText("", (text) => text)],
  ["lower", onText("", (text) => text.toLowerCase())],
  ["upper", onText("", (text) => text.toUpperCase())],
  ["capitalize", onText("", capitalized)],
  ["title", onText("", (text) => text.replace(filterWord, capitalized))],
  ["trim", onText("chars?", (text, given) => strip(text, given.get("chars"), "both"))],
  ["replace", onText("old new count?", replaced)],
  ["join", operation("value d?", joined)],
  ["format", operation("value a? b? c? d?", formatted)],
  ["regex_match", isMatch],
  ["regex_search", isFound],
  ["regex_replace", regexReplace],
  ["regex_findall", regexFindAll],
  ["regex_findall_index", regexFindAllIndex],
  ["tojson", operation("value", (given, meter) => jinjaJson(given.get("value"), meter))],
  ["to_json", operation("value", (given, meter) => homeAssistantJson(given.get("value"), meter))],
];

/** Tests of texts. */
export const textTests: readonly (readonly [string, Operation])[] = [
  ["match", isMatch],
  ["search", isFound],
];

/** Methods of a string. */
export const stringMethods: readonly (readonly [string, Operation])[] = [
  ["lower", ofString("", (text) => text.toLowerCase())],
  ["upper", ofString("", (text) => text.toUpperCase())],
  ["capitalize", ofString("", capitalized)],
  ["title", ofString("", (text) => text.replace(/\p{L}+/gu, capitalized))],
  ["strip", ofString("chars?", (text, given) => strip(text, given.get("chars"), "both"))],
  ["lstrip", ofString("chars?", (text, given) => strip(text, given.get("chars"), "start"))],
  ["rstrip", ofString("chars?", (text, given) => strip(text, given.get("chars"), "end"))],
  ["split", ofString("sep? maxsplit?", split)],
  ["zfill", ofString("width", (text, given) => padded(text, integerOf(given, "width", 0)))],
  [
    "startswith",
    ofString("prefix", (text, given) => text.startsWith(stringOf(given.get("prefix")))),
  ],
  ["endswith", ofString("suffix", (text, given) => text.endsWith(stringOf(given.get("suffix"))))],
  [
    "replace",
    operation("value old new count?", (given, meter) => {
      for (const name of ["value", "old", "new"]) stringOf(given.get(name));
      return replaced(stringOf(given.get("value")), given, meter);
    }),
  ],
];
