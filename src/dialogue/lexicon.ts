import { ConfigError } from "../errors.ts";
import { foldWords } from "./fold.ts";
import type { Concept, Language } from "./language.ts";

/** What a word of some language stands for. */
export type Entry =
  | { readonly kind: "word"; readonly concept: Concept; readonly isUnitFirst: boolean }
  /** A kind of thing, in no language: `pump`. */
  | { readonly kind: "thing"; readonly thing: string }
  | { readonly kind: "property"; readonly property: string };

/** An entry, and how many tokens it took. */
export interface Found {
  readonly entry: Entry;
  readonly length: number;
}

/** The words of all languages at once: nobody has to say which one they write. */
export class Lexicon {
  readonly #entries = new Map<string, Entry>();
  /** Words by language, for finding what a misspelt one was meant to be. */
  readonly #byLanguage = new Map<string, Map<string, Entry>>();
  #longest = 1;

  /** @throws ConfigError when one word would mean two things */
  constructor(languages: readonly Language[]) {
    for (const language of languages) this.#add(language);
  }

  /** The longest entry that begins at a token. */
  at(tokens: readonly string[], index: number): Found | undefined {
    for (let length = Math.min(this.#longest, tokens.length - index); length > 0; length--) {
      const entry = this.#entries.get(tokens.slice(index, index + length).join(" "));
      if (entry) return { entry, length };
    }
    return undefined;
  }

  /** Single words of a language, to compare a misspelt one with. */
  wordsOf(tag: string): ReadonlyMap<string, Entry> {
    return this.#byLanguage.get(tag) ?? new Map();
  }

  #add({ tag, words, things, properties, unitFirst: isUnitFirst }: Language): void {
    const own = new Map<string, Entry>();
    this.#byLanguage.set(tag, own);
    for (const [concept, list] of pairs(words)) {
      for (const word of list) this.#put(tag, own, word, { kind: "word", concept, isUnitFirst });
    }
    for (const [thing, list] of Object.entries(things)) {
      for (const word of list) this.#put(tag, own, word, { kind: "thing", thing });
    }
    for (const [property, list] of Object.entries(properties)) {
      for (const word of list) this.#put(tag, own, word, { kind: "property", property });
    }
  }

  #put(tag: string, own: Map<string, Entry>, word: string, entry: Entry): void {
    const tokens = foldWords(word);
    const key = tokens.join(" ");
    if (key === "") throw new ConfigError(`Language ${tag}: "${word}" has no letters`);
    const other = this.#entries.get(key);
    if (other && nameOf(other) !== nameOf(entry)) {
      throw new ConfigError(
        `Language ${tag}: "${word}" would mean ${nameOf(entry)}, and means ${nameOf(other)} already`,
      );
    }
    this.#entries.set(key, entry);
    if (tokens.length === 1) own.set(key, entry);
    this.#longest = Math.max(this.#longest, tokens.length);
  }
}

function pairs(words: Language["words"]): readonly (readonly [Concept, readonly string[]])[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema allows these keys alone
  return Object.entries(words) as [Concept, string[]][];
}

function nameOf(entry: Entry): string {
  if (entry.kind === "word") return entry.concept;
  return entry.kind === "thing" ? `thing ${entry.thing}` : `property ${entry.property}`;
}
