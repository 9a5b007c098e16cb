import type { Measure } from "./page.ts";

/** Widths as shares of the size: those of DejaVu Sans or wider, the widest face that is common. */
const classes: readonly (readonly [characters: RegExp, share: number])[] = [
  [/[\p{Mn}\p{Cf}]/u, 0],
  [/[il.,:;'!|()[\] j]/u, 0.42],
  [/[mwMW@%…—]/u, 1.05],
  [/\p{Nd}/u, 0.64],
  [/\p{Lu}/u, 0.75],
  [/[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{So}]/u, 1.1],
];
const otherwise = 0.62;
const heavier = 1.12;

/** How wide a text is at most in whatever face the reader's computer takes. */
export const estimate: Measure = (text, face, size) => {
  let width = 0;
  for (const char of text) {
    width += classes.find(([characters]) => characters.test(char))?.[1] ?? otherwise;
  }
  return width * size * (face === "heavy" ? heavier : 1);
};
