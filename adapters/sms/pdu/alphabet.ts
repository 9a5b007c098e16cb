import { gsmAlphabet } from "koine/adapter";
import { extension, lockingTables, none, singleShiftTables } from "./national.ts";

const escape = 0x1b;

/** Septets of each character that can be written: one, or an escape and another. */
const written: ReadonlyMap<string, readonly number[]> = new Map([
  ...[...extension].map(([septet, char]): [string, number[]] => [char, [escape, septet]]),
  ...Array.from(gsmAlphabet).flatMap((char, septet): [string, number[]][] =>
    char === none ? [] : [[char, [septet]]],
  ),
]);

/** The septets of one character, undefined when it is not in the alphabet. */
export function septetsOfChar(char: string): readonly number[] | undefined {
  return written.get(char);
}

/** The septets of a text, undefined when something of it is not in the alphabet. */
export function toSeptets(text: string): Uint8Array | undefined {
  const septets: number[] = [];
  for (const char of text) {
    const own = written.get(char);
    if (!own) return undefined;
    septets.push(...own);
  }
  return Uint8Array.from(septets);
}

/** Which tables stand in the place of the default ones, by national language identifier. */
export interface Languages {
  readonly locking: number;
  readonly single: number;
}

/**
 * The text of septets. What no table has is read as the main table has it after an escape, and as a
 * space otherwise, as phones do.
 */
export function fromSeptets(septets: Uint8Array, { locking, single }: Languages): string {
  const main = lockingTables.get(locking) ?? gsmAlphabet;
  const shift = singleShiftTables.get(single) ?? extension;
  let text = "";
  let isEscaped = false;
  for (const septet of septets) {
    if (septet === escape) {
      // Two in a row are a space, kept free for further tables.
      if (isEscaped) text += " ";
      isEscaped = !isEscaped;
      continue;
    }
    const plain = main[septet] ?? " ";
    text += (isEscaped ? shift.get(septet) : undefined) ?? plain;
    isEscaped = false;
  }
  return text;
}
