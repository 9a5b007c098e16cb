import { gsmAlphabet, gsmExtension } from "../model/gsm-alphabet.ts";

/** How much of one message a text takes, and how much there is. */
export interface MessageSize {
  readonly units: number;
  readonly room: number;
}

/** Septets of one message in the GSM alphabet, and UTF-16 units of one in any other (3GPP TS 23.040, 9.2.3.24). */
const [roomInSeptets, roomInUnits] = [160, 70];

const plain = new Set(gsmAlphabet.replace("\0", ""));
const extended = new Set(gsmExtension);

/** What a text takes of a message: septets where the GSM alphabet has all of it, UTF-16 units otherwise. */
export function sizeOf(text: string): MessageSize {
  let units = 0;
  for (const char of text) {
    if (plain.has(char)) units += 1;
    else if (extended.has(char)) units += 2;
    else return { units: text.length, room: roomInUnits };
  }
  return { units, room: roomInSeptets };
}

export function fits(text: string): boolean {
  const { units, room } = sizeOf(text);
  return units <= room;
}

const plainForms: ReadonlyMap<string, string> = new Map([
  ["°", ""],
  ["µ", "u"],
  ["²", "2"],
  ["³", "3"],
  ["đ", "d"],
  ["Đ", "D"],
  ["ç", "c"],
  ["…", "..."],
  ["’", "'"],
  ["–", "-"],
  ["«", '"'],
  ["»", '"'],
]);

/** A text without the marks that the GSM alphabet lacks, and with signs it has: it then takes half as much. */
export function transliterated(text: string): string {
  return Array.from(text.normalize("NFC"), (char) => {
    if (plain.has(char) || extended.has(char)) return char;
    const known = plainForms.get(char);
    if (known !== undefined) return known;
    const bare = char.normalize("NFD").replaceAll(/\p{M}/gu, "");
    return bare === "" ? char : bare.replaceAll("đ", "d");
  }).join("");
}
