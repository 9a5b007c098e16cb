export type Alphabet = "gsm7" | "8bit" | "ucs2";

/** How the octets of a message are to be read, and who is meant. */
export interface Coding {
  readonly alphabet: Alphabet;
  /** 0: shown at once and not kept; 1 the phone, 2 the SIM, 3 what is attached to it. */
  readonly messageClass?: number;
}

const alphabets: readonly Alphabet[] = ["gsm7", "8bit", "ucs2", "gsm7"];
const compressed = 0x20;
const classed = 0x10;

/** Reads a data coding scheme (3GPP TS 23.038, 4); reserved ones are as the default alphabet. */
export function codingOf(scheme: number): Coding {
  const group = scheme >> 4;
  // Text, general (0…3) or to be deleted automatically (4…7).
  if (group < 8) {
    const alphabet = scheme & compressed ? "8bit" : (alphabets[(scheme >> 2) & 3] ?? "gsm7");
    return { alphabet, ...(scheme & classed && { messageClass: scheme & 3 }) };
  }
  if (group === 0xf) return { alphabet: scheme & 4 ? "8bit" : "gsm7", messageClass: scheme & 3 };
  // That there is voice mail: with a text in UCS-2.
  return { alphabet: group === 0xe ? "ucs2" : "gsm7" };
}

/** The scheme of an alphabet; class 0 is shown at once. */
export function schemeOf({ alphabet, messageClass }: Coding): number {
  const scheme = alphabets.indexOf(alphabet) << 2;
  return messageClass === undefined ? scheme : scheme | classed | messageClass;
}
