import type { Meter } from "./meter.ts";
import { compare } from "./comparison.ts";
import { compactFloatText, floatText } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import { isContainer, isDict, isSequence, type Dict, type Entry, type Value } from "./values.ts";

/** The two ways of writing JSON that templates know. */
interface Style {
  readonly comma: string;
  readonly colon: string;
  text(text: string): string;
  float(value: number): string;
  entries(entries: readonly Entry[], meter: Meter): readonly Entry[];
  key(key: Value): string;
}

/** As `tojson` of Jinja: sorted, with spaces, ASCII only, and harmless inside HTML. */
const jinja: Style = {
  comma: ", ",
  colon: ": ",
  text: (text) => JSON.stringify(text).replace(/[^ -~]|[<>&']/g, unicodeEscape),
  float: (value) => (Number.isFinite(value) ? floatText(value) : nonFinite(value)),
  entries: sorted,
  key: (key) => (typeof key === "string" ? key : plainText(key, jinja)),
};

/** As `to_json` of Home Assistant: in the order of the dict, without spaces. */
const homeAssistant: Style = {
  comma: ",",
  colon: ":",
  text: (text) => JSON.stringify(text),
  float: compactFloatText,
  entries: (entries) => entries,
  key: (key) => {
    if (typeof key === "string") return key;
    throw new EvaluationError("JSON has no such keys");
  },
};

export function jinjaJson(value: Value, meter: Meter): string {
  return jsonText(value, jinja, meter);
}

export function homeAssistantJson(value: Value, meter: Meter): string {
  return jsonText(value, homeAssistant, meter);
}

function jsonText(value: Value, style: Style, meter: Meter): string {
  meter.spend(1);
  if (typeof value === "string") return style.text(meter.spendOn(value));
  if (isDict(value)) return dictText(value, style, meter);
  if (!isSequence(value)) return plainText(value, style);
  return `[${value.items.map((item) => jsonText(item, style, meter)).join(style.comma)}]`;
}

function dictText(dict: Dict, style: Style, meter: Meter): string {
  const texts = style
    .entries([...dict.entries.values()], meter)
    .map(
      ({ key, value }) => style.text(style.key(key)) + style.colon + jsonText(value, style, meter),
    );
  return `{${texts.join(style.comma)}}`;
}

function plainText(value: Value, style: Style): string {
  if (value === undefined || isContainer(value))
    throw new EvaluationError("JSON has no such value");
  return typeof value === "number" ? style.float(value) : String(value);
}

function sorted(entries: readonly Entry[], meter: Meter): readonly Entry[] {
  return entries.toSorted((a, b) => compare(a.key, b.key, meter) ?? 0);
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
