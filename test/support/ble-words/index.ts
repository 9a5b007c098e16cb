import { govee } from "./govee.ts";
import { hhcc } from "./hhcc.ts";
import { inkbird } from "./inkbird.ts";
import { thermopro } from "./thermopro.ts";
import type { Meaning, Words } from "./words.ts";

/** Words of each family, and the formats of the collection that speak it. */
const families: readonly (readonly [formats: RegExp, words: Words])[] = [
  [/^hhcc$/, hhcc],
  [/^govee-/, govee],
  [/^inkbird-/, inkbird],
  [/^thermopro$|^theengs:TP35X/, thermopro],
];

/** What the keys of a format mean, where it is not what they mean everywhere. */
export function wordsOf(format: string): Readonly<Record<string, Meaning>> {
  const words = families.find(([formats]) => formats.test(format))?.[1] ?? {};
  return { ...words["*"], ...words[format] };
}
