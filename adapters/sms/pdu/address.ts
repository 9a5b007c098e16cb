import { ProtocolError } from "koine/adapter";
import { fromSeptets, toSeptets } from "./alphabet.ts";
import type { Octets } from "./octets.ts";
import { pack, unpack } from "./septets.ts";

/** Who sent a message, or who is to get it. */
export interface Address {
  /** Digits, `*`, `#`; `+` before those of an international number; or a name. */
  readonly text: string;
  /** A name instead of a number: anybody can take any. */
  readonly isName: boolean;
}

/** Kinds of numbers (3GPP TS 23.040, 9.1.2.5). */
const kindOf = { international: 1, alphanumeric: 5 } as const;
const unknownNumber = 0x81;
const internationalNumber = 0x91;
const name = 0xd0;
const signs = "0123456789*#abc";
const filler = 0xf;
/** Semi-octets of the longest number, and of the longest name. */
const longest = 20;
const longestName = 11;

/** Reads an address whose length is given in digits: that of a sender or receiver. */
export function readAddress(octets: Octets): Address {
  const digits = octets.one("address");
  if (digits > 2 * longest)
    throw new ProtocolError(`Cannot read PDU: a number of ${digits} digits`);
  const type = octets.one("address");
  return parsed(type, octets.take(Math.ceil(digits / 2), "address"), digits);
}

/** Reads the address of the message centre, whose length is given in octets; undefined when absent. */
export function readCentre(octets: Octets): Address | undefined {
  const length = octets.one("message centre");
  if (length === 0) return undefined;
  const type = octets.one("message centre");
  return parsed(type, octets.take(length - 1, "message centre"), 2 * (length - 1));
}

function parsed(type: number, bytes: Buffer, digits: number): Address {
  const kind = (type >> 4) & 7;
  if (kind === kindOf.alphanumeric) {
    const septets = unpack(bytes, Math.floor((digits * 4) / 7));
    return { text: fromSeptets(septets, { locking: 0, single: 0 }), isName: true };
  }
  const semis = [...bytes].flatMap((byte) => [byte & 0xf, byte >> 4]).slice(0, digits);
  const text = semis.map((semi) => signs[semi] ?? "").join("");
  return { text: kind === kindOf.international ? `+${text}` : text, isName: false };
}

/**
 * An address as it stands in a message.
 * @throws ProtocolError when it is no number, nor a name that fits
 */
export function addressBytes({ text, isName }: Address): Buffer {
  if (isName) return nameBytes(text);
  const digits = text.replace(/^\+/, "");
  if (!/^[0-9*#abc]+$/.test(digits) || digits.length > longest) {
    throw new ProtocolError("This is no number that a text can be sent to");
  }
  const type = text.startsWith("+") ? internationalNumber : unknownNumber;
  return Buffer.concat([Buffer.from([digits.length, type]), semiOctets(digits)]);
}

function nameBytes(text: string): Buffer {
  const septets = toSeptets(text);
  if (!septets || septets.length === 0 || septets.length > longestName) {
    throw new ProtocolError("This is no name that a text can come from");
  }
  const semis = Math.ceil((septets.length * 7) / 4);
  return Buffer.concat([Buffer.from([semis, name]), pack(septets)]);
}

function semiOctets(digits: string): Buffer {
  const semis = Array.from(digits, (digit) => signs.indexOf(digit));
  if (semis.length % 2 === 1) semis.push(filler);
  return Buffer.from(
    Array.from(
      { length: semis.length / 2 },
      (_, index) => (semis[2 * index] ?? 0) | ((semis[2 * index + 1] ?? 0) << 4),
    ),
  );
}
