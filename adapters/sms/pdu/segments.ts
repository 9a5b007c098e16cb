import { LimitError } from "koine/adapter";
import { septetsOfChar, toSeptets } from "./alphabet.ts";
import type { Body } from "./body.ts";

/** Units that fit into one message, and into each part of a longer text beside its header. */
const room = {
  gsm7: { alone: 160, part: { 8: 153, 16: 152 } },
  ucs2: { alone: 140, part: { 8: 134, 16: 132 } },
} as const;
/** The header counts parts in one octet. */
const mostParts = 255;

/**
 * The messages a text takes, in the shortest encoding. No character is cut between two: what is
 * written as an escape and a septet, or as two halves, stays together.
 * @param ref tells the parts of this text from those of another one to the same person
 * @param bits how long that reference is: the shorter one leaves more room
 * @throws LimitError when it takes more than 255
 */
export function segment(text: string, ref = 0, bits: 8 | 16 = 8): readonly Body[] {
  const alphabet = toSeptets(text) ? "gsm7" : "ucs2";
  const { alone, part } = room[alphabet];
  const chars = Array.from(text, (char) => unitsOf(char, alphabet));
  const length = chars.reduce((sum, units) => sum + units.length, 0);
  if (length <= alone) return [{ alphabet, header: {}, units: Uint8Array.from(chars.flat()) }];
  const parts = filled(chars, part[bits]);
  const total = parts.length;
  if (total > mostParts) throw new LimitError(`A text of ${total} parts cannot be sent`);
  return parts.map((units, index) => ({
    alphabet,
    header: { concat: { ref, bits, total, seq: index + 1 } },
    units: Uint8Array.from(units),
  }));
}

/** Octets in UCS-2, septets in GSM-7. */
function unitsOf(char: string, alphabet: "gsm7" | "ucs2"): readonly number[] {
  if (alphabet === "gsm7") return septetsOfChar(char) ?? [];
  return [...Buffer.from(char, "utf16le").swap16()];
}

function filled(chars: readonly (readonly number[])[], most: number): readonly number[][] {
  const parts: number[][] = [[]];
  for (const units of chars) {
    if ((parts.at(-1)?.length ?? 0) + units.length > most) parts.push([]);
    parts.at(-1)?.push(...units);
  }
  return parts;
}
