import { describe, expect, test } from "vitest";
import { languages, type Language } from "../../../src/dialogue/language.ts";
import { fits, sizeOf } from "../../../src/dialogue/message-size.ts";
import { inOneMessage, say } from "../../../src/dialogue/phrases.ts";

/** Usual sizes of what stands in a phrase; those of letters that take 16 bits each are shorter. */
const usual = {
  name: "North pump 2",
  state: "ON, 750 W, 21.5 C, 60 %, open",
  time: "14:10",
  code: "4821",
  age: 25,
  left: 2,
  min: 0,
  max: 100,
  list: "12 Tank LOW 8%, 13 Gate open, 14 Greenhouse HIGH 41 C, 15 Fan",
  names: "Gate, Siren, Kitchen light, Fan",
  message: "Greenhouse temperature HIGH 41.5 C",
  number: 12,
  who: "Amina",
  count: 12,
  done: 11,
  act: "Unlock Front door",
  rule: "Greenhouse temperature > 35",
  answer: "the gate is open and I close it",
  expected: "a number",
  reason: "no contact",
  example: "PUMP",
  value: 40,
  property: "temperature",
};
const short = {
  ...usual,
  state: "ON, 750 W",
  list: "12 Tank LOW 8%, 13 Gate open",
  names: "Gate, Siren",
  message: "Tank level LOW 8 %",
  rule: "Tank < 20",
  answer: "closed",
};

const phrases = languages.flatMap((language) =>
  [
    ...Object.entries(language.phrases),
    ...Object.entries(language.alarms),
    ...Object.entries(language.acts),
  ].map(([name, template]) => ({ language, name, template, tag: language.tag })),
);

function usualOf({ transliterate }: Language): Readonly<Record<string, string | number>> {
  return transliterate ? usual : short;
}

describe("every built-in answer", () => {
  test.each(phrases)("fits into one message, whole: $tag $name", ({ language, template }) => {
    const fillings = usualOf(language);
    const whole = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(fillings[key]));
    const text = inOneMessage(language, template, fillings);
    expect({ text, isWhole: fits(text) }).toEqual({ text, isWhole: true });
    expect(Array.from(text).length).toBeGreaterThanOrEqual(Array.from(whole.trim()).length);
    expect(text).not.toContain("{");
  });

  test.each(phrases)("fits with the longest names: $tag $name", ({ language, template }) => {
    const long = Object.fromEntries(
      Object.entries(usual).map(([key, value]) => {
        const isCut =
          typeof value === "string" && !["time", "code", "act", "example"].includes(key);
        return [key, isCut ? "पंप ".repeat(80) : value];
      }),
    );
    expect(fits(inOneMessage(language, template, long))).toBe(true);
  });

  test.each(
    languages.filter(({ transliterate }) => transliterate).map((one) => [one.tag, one] as const),
  )("costs one message of 160 letters in %s", (_, language) => {
    for (const template of Object.values(language.phrases)) {
      expect(sizeOf(inOneMessage(language, template, usual)).room).toBe(160);
    }
  });
});

test("numbers, codes and times are never cut", () => {
  const [english] = languages;
  if (!english) throw new Error("No language");
  const text = say(english, "alarm", { number: 12, message: "x".repeat(300), time: "14:10" });
  expect(text).toMatch(/^ALARM 12 x+ 14:10\. Reply OK 12$/);
  expect(sizeOf(text)).toEqual({ units: 160, room: 160 });
});

test("a text counts as the network counts it", () => {
  expect(sizeOf("a€")).toEqual({ units: 3, room: 160 });
  expect(sizeOf("पंप")).toEqual({ units: 3, room: 70 });
  expect(sizeOf("😀")).toEqual({ units: 2, room: 70 });
});
