import { hhcc } from "./hhcc.ts";
import { oralB } from "./oral-b.ts";
import { ruuvi } from "./ruuvi.ts";
import { switchbot } from "./switchbot.ts";
import type { Meaning, Words } from "./words.ts";

/** Words of each family, and the formats of the collection that speak it. */
const families: readonly (readonly [formats: RegExp, words: Words])[] = [
  [/^hhcc$/, hhcc],
  [/^oral-b$|^theengs:ORALB_BT$/, oralB],
  [/^ruuvi-/, ruuvi],
  [/^switchbot/, switchbot],
];

/** What the keys of a format mean, where it is not what they mean everywhere. */
export function wordsOf(format: string): Readonly<Record<string, Meaning>> {
  const words = families.find(([formats]) => formats.test(format))?.[1] ?? {};
  return { ...words["*"], ...words[format] };
}
