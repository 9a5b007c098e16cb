import { createHash } from "node:crypto";
import { slug } from "koine/adapter";
import { limits } from "./limits.ts";

/** Digits of the longest number in the world (ITU-T E.164). */
const longest = 15;

/**
 * A number as it is written for the whole world: `+254712345678`. Short numbers, such as those of
 * services, stay as they are.
 * @param country code of the country whose numbers begin with 0, without `+`
 */
export function worldNumber(text: string, country: string | undefined): string {
  const plain = text.replaceAll(/[\s().-]/g, "");
  if (plain.startsWith("+")) return plain;
  if (plain.startsWith("00")) return `+${plain.slice(2)}`;
  if (country !== undefined && /^0\d{5,}$/.test(plain)) return `+${country}${plain.slice(1)}`;
  return plain;
}

/** Whether a text can be sent to it. */
export function isNumber(text: string): boolean {
  return /^\+?\d{3,}$/.test(text) && text.length <= longest + 1;
}

/** Whether it can be called. What is dialled has digits and `+` only: a modem obeys anything else. */
export function isCallable(text: string): boolean {
  return isNumber(text) && text.replace("+", "").length >= limits.digitsToCall;
}

/** Enough of a number to know it again, not to call it: `+254…678`. */
export function masked(number: string): string {
  return number.length <= 6 ? "…" : `${number.slice(0, 4)}…${number.slice(-3)}`;
}

/** A text without the numbers in it that somebody could be called by. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(/\+?\d(?:[\s-]?\d){6,}/g, (number) => masked(number));
}

/** What names a person on the bus: never the number. A name without Latin letters has a number of its own. */
export function personId(name: string): string {
  const digest = createHash("sha256").update(name.normalize()).digest("hex");
  return `person-${slug(name) || digest.slice(0, 8)}`;
}
