import { assert, boolean, constantFrom, property, string, stringMatching } from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import refused from "../../fixtures/dialogue/refused.json" with { type: "json" };
import utterances from "../../fixtures/dialogue/utterances.json" with { type: "json" };
import { languages } from "../../../src/dialogue/language.ts";
import { Lexicon } from "../../../src/dialogue/lexicon.ts";
import { meaningOf } from "../../support/dialogue-world.ts";

const rows = z.array(
  z.strictObject({ language: z.string(), text: z.string(), meaning: z.string() }),
);

function misses(table: unknown): string[] {
  return rows.parse(table).flatMap(({ language, text, meaning }) => {
    const got = meaningOf(text, language);
    return got === meaning ? [] : [`${language} ${JSON.stringify(text)}: ${got}, not ${meaning}`];
  });
}

function tell(name: string, all: readonly unknown[], wrong: readonly string[]): void {
  const right = all.length - wrong.length;
  // oxlint-disable-next-line eslint/no-console -- the accuracy is what this test is read for
  console.log(
    `${name}: ${right} of ${all.length} understood as meant (${((100 * right) / all.length).toFixed(1)} %)`,
  );
}

describe("what people write", () => {
  test("is understood in every language", () => {
    const wrong = misses(utterances);
    tell("utterances", utterances, wrong);
    expect(wrong).toEqual([]);
    expect(utterances.length).toBeGreaterThanOrEqual(300);
  });

  test("is asked back or not understood where it is not sure", () => {
    const wrong = misses(refused);
    tell("refused or asked back", refused, wrong);
    expect(wrong).toEqual([]);
    expect(refused.length).toBeGreaterThanOrEqual(100);
  });

  test("is never an act in the table of what must be refused", () => {
    const acts = refused.filter(({ text, language }) =>
      meaningOf(text, language).startsWith("act "),
    );
    expect(acts).toEqual([]);
  });

  test.each(languages.map(({ tag }) => tag))("has at least 30 rows in %s", (tag) => {
    expect(utterances.filter(({ language }) => language === tag).length).toBeGreaterThanOrEqual(30);
  });
});

describe("words", () => {
  test("mean one thing over all languages", () => {
    const [english] = languages;
    if (!english) throw new Error("No language");
    const other = { ...english, tag: "xx", words: { ...english.words, off: ["on"] } };
    expect(() => new Lexicon([english, other])).toThrow(
      '"on" would mean off, and means on already',
    );
  });

  test.each([
    ["pump on at 6h", "ask on Pump"],
    ["allume la pompe à 6h", "ask on Pump"],
    ["bật máy bơm lúc 6 giờ", "ask on Pump"],
    ["enciende la bomba a las 6 h", "ask on Pump"],
    ["شغل المضخة ساعة", "ask on Pump"],
    ["pump on for hour", "ask on Pump"],
  ])("of a time that is no length of one are asked back: %s", (text, meaning) => {
    expect(meaningOf(text, "en")).toBe(meaning);
  });

  test.each([
    ["fungau geti", "sw"],
    ["gaet opne", "en"],
    ["on", "en"],
    ["all on", "en"],
    ["everything on", "en"],
  ])("that could start something are never guessed: %s", (text, language) => {
    expect(meaningOf(text, language)).not.toMatch(/^act/);
  });
});

test("any text has a meaning, in bounded time", () => {
  assert(
    property(string({ unit: "grapheme", maxLength: 500 }), (text) => {
      expect(meaningOf(text, "en")).toMatch(/\S/);
    }),
  );
});

test("a text with one more word in it that nobody knows is never done unasked", () => {
  const acts = utterances.filter(
    ({ meaning, text }) => meaning.startsWith("act ") && !text.includes("\n"),
  );
  assert(
    property(
      constantFrom(...acts),
      stringMatching(/^[bcdfghjklmnpqrstvwxz]{9,14}$/),
      boolean(),
      ({ text, language }, word, isBefore) => {
        const longer = isBefore ? `${word} ${text}` : `${text} ${word}`;
        expect(meaningOf(longer, language)).not.toMatch(/^act/);
      },
    ),
  );
});
