import type { Direction } from "./page.ts";

/** What no paper shows: controls, halves of characters, marks that only steer the direction. */
const unprintable = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+/gu;

/** A text as one line that can be printed, each letter with its marks as one character. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, " ").replaceAll(/\s+/g, " ").trim().normalize("NFC");
}

/** The direction of a name by its first letter, as a phone would show it. */
export function directionOf(text: string, otherwise: Direction): Direction {
  const [letter] = /\p{L}/u.exec(text) ?? [];
  if (letter === undefined) return otherwise;
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(letter) ? "rtl" : "ltr";
}
