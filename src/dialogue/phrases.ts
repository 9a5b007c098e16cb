import type { Language, PhraseName } from "./language.ts";
import { fits, sizeOf, transliterated } from "./message-size.ts";

/** What stands in a phrase for its `{placeholders}`. */
export type Fillings = Readonly<Record<string, string | number>>;

/** What may be cut when a message would not hold all: names and lists, never a number, a code or a time. */
const shortened: ReadonlySet<string> = new Set([
  "answer",
  "expected",
  "list",
  "message",
  "name",
  "names",
  "property",
  "reason",
  "rule",
  "state",
  "who",
]);
const shortest = 3;

/** A phrase of a language with its placeholders filled, in one message, whatever the names are. */
export function say(language: Language, phrase: PhraseName, fillings: Fillings = {}): string {
  return inOneMessage(language, language.phrases[phrase], fillings);
}

/** The same for a template of the language that is no phrase of its own. */
export function inOneMessage(language: Language, template: string, fillings: Fillings): string {
  const parts = new Map(Object.entries(fillings).map(([key, value]) => [key, String(value)]));
  for (;;) {
    const text = filled(language, template, parts);
    const { units, room } = sizeOf(text);
    if (units <= room) return text;
    const longest = [...parts]
      .filter(([key, value]) => shortened.has(key) && Array.from(value).length > shortest)
      .toSorted(([, a], [, b]) => b.length - a.length)[0];
    if (!longest) return cut(text);
    const [key, value] = longest;
    const chars = Array.from(value);
    // Nearly all that is too much at once, the rest bit by bit: a character takes one unit, or two.
    const most = Math.max(1, Math.floor((units - room) / 2));
    const left = Math.max(shortest, chars.length - most);
    parts.set(key, chars.slice(0, left).join("").trimEnd());
  }
}

/** A placeholder that nobody fills stays as it is: that is seen, and no error for the person. */
export function fill(template: string, fillings: ReadonlyMap<string, string>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, key: string) => fillings.get(key) ?? whole);
}

function filled(
  language: Language,
  template: string,
  fillings: ReadonlyMap<string, string>,
): string {
  const text = fill(template, fillings)
    .replaceAll(/[^\S\n]+/g, " ")
    .trim();
  return language.transliterate ? transliterated(text) : text;
}

function cut(text: string): string {
  const chars = Array.from(text);
  while (!fits(chars.join(""))) chars.pop();
  return chars.join("");
}
