import { z } from "zod";
import ar from "./languages/ar.json" with { type: "json" };
import en from "./languages/en.json" with { type: "json" };
import es from "./languages/es.json" with { type: "json" };
import fr from "./languages/fr.json" with { type: "json" };
import hiDeva from "./languages/hi-Deva.json" with { type: "json" };
import hi from "./languages/hi.json" with { type: "json" };
import pt from "./languages/pt.json" with { type: "json" };
import sw from "./languages/sw.json" with { type: "json" };
import vi from "./languages/vi.json" with { type: "json" };
import { foldWords } from "./fold.ts";
import { plainCommands, verbs } from "./meaning.ts";

/** What a word may be, beside the name of something. */
export const concepts = [
  ...verbs,
  ...plainCommands,
  "all",
  "ok",
  "mute",
  "language",
  "add",
  "warn",
  "below",
  "above",
  "not",
  "ask",
  "hour",
  "minute",
  "filler",
] as const;
export type Concept = (typeof concepts)[number];

const words = z.array(z.string().min(1));

/** The words and answers of one language, as a file has them. */
const languageSchema = z.strictObject({
  tag: z.string(),
  name: z.string(),
  /** Letters that the GSM alphabet lacks are written without marks: a text then costs half. */
  transliterate: z.boolean(),
  /** `saa 2` is two hours: the unit stands before its number. */
  unitFirst: z.boolean(),
  words: z.record(z.enum(concepts), words),
  things: z.record(z.string(), words),
  properties: z.record(z.string(), words),
  states: z.record(z.string(), z.string()),
  acts: z.record(z.string(), z.string()),
  phrases: z.record(z.string(), z.string()),
  reasons: z.record(z.string(), z.string()),
  alarms: z.record(z.string(), z.string()),
  card: z.record(z.string(), z.string()),
});

/** English names every phrase that there is: the other files have the same ones. */
export type PhraseName = keyof typeof en.phrases;
export type StateWord = keyof typeof en.states;
export type ActName = keyof typeof en.acts;
export type ReasonWord = keyof typeof en.reasons;
export type AlarmName = keyof typeof en.alarms;
export type CardWord = keyof typeof en.card;

export interface Language extends z.infer<typeof languageSchema> {
  readonly phrases: Readonly<Record<PhraseName, string>>;
  readonly states: Readonly<Record<StateWord, string>>;
  readonly acts: Readonly<Record<ActName, string>>;
  readonly reasons: Readonly<Record<ReasonWord, string>>;
  readonly alarms: Readonly<Record<AlarmName, string>>;
  readonly card: Readonly<Record<CardWord, string>>;
}

/** The languages there are, by their tags. TypeScript holds the others against English. */
const files: readonly (Omit<typeof en, "words" | "things" | "properties"> & {
  readonly words: Readonly<Record<keyof typeof en.words, readonly string[]>>;
  readonly things: Readonly<Record<keyof typeof en.things, readonly string[]>>;
  readonly properties: Readonly<Record<keyof typeof en.properties, readonly string[]>>;
})[] = [en, es, pt, fr, hi, hiDeva, sw, vi, ar];

export const languages: readonly Language[] = files.map((file) => ({
  ...file,
  ...languageSchema.parse(file),
  phrases: file.phrases,
  states: file.states,
  acts: file.acts,
  reasons: file.reasons,
  alarms: file.alarms,
  card: file.card,
}));

const [english] = languages;

/** The language with that tag, or of the same family: `pt-BR` is Portuguese; English otherwise. */
export function languageOf(tag: string | undefined): Language {
  const found = findLanguage(tag ?? "") ?? english;
  if (!found) throw new Error("There is no language");
  return found;
}

/** The language with that tag, or of the same family. */
function findLanguage(word: string): Language | undefined {
  const wanted = word.toLowerCase();
  return (
    languages.find(({ tag }) => tag.toLowerCase() === wanted) ??
    languages.find(({ tag }) => tag === wanted.split("-")[0])
  );
}

/** The tags of all languages by their names, as each of them calls the others: `Kiingereza` is `en`. */
export const languageNames: ReadonlyMap<string, string> = new Map(
  // Its own name, and its tag, go before what others call it.
  [
    ...languages.flatMap(({ tag }) => {
      const names = new Intl.DisplayNames([tag], { type: "language" });
      return languages.map(
        (other) => [names.of(other.tag.split("-")[0] ?? ""), other.tag] as const,
      );
    }),
    ...languages.flatMap(({ tag, name }) => [[tag, tag] as const, [name, tag] as const]),
  ].map(([name = "", tag]) => [foldWords(name).join(" "), tag]),
);
