import { ProtocolError } from "koine/adapter";
import { fromSeptets } from "./alphabet.ts";
import type { Alphabet } from "./coding.ts";
import { headerBytes, readHeader, type Header } from "./header.ts";
import type { Octets } from "./octets.ts";
import { pack, septetsOf, unpack } from "./septets.ts";

/** What a message carries. */
export interface Body {
  readonly alphabet: Alphabet;
  readonly header: Header;
  /** Behind the header: septets in GSM-7, otherwise octets. */
  readonly units: Uint8Array;
}

/** Reads the user data and its length (3GPP TS 23.040, 9.2.3.16 and 9.2.3.24). */
export function readBody(octets: Octets, alphabet: Alphabet, hasHeader: boolean): Body {
  const length = octets.one("text length");
  const bytes = octets.take(alphabet === "gsm7" ? Math.ceil((length * 7) / 8) : length, "text");
  const headerLength = hasHeader ? 1 + (bytes[0] ?? bytes.length) : 0;
  if (headerLength > bytes.length) {
    throw new ProtocolError("Cannot read PDU: its header is longer than its text");
  }
  const header = hasHeader ? readHeader(bytes.subarray(1, headerLength)) : {};
  if (alphabet !== "gsm7") return { alphabet, header, units: bytes.subarray(headerLength) };
  const skip = septetsOf(headerLength);
  return { alphabet, header, units: unpack(bytes, Math.max(0, length - skip), skip) };
}

/** The octets of a body, with its length before. */
export function bodyBytes({ alphabet, header, units }: Body): Buffer {
  const head = headerBytes(header);
  if (alphabet !== "gsm7") {
    return Buffer.concat([Buffer.from([head.length + units.length]), head, units]);
  }
  const skip = septetsOf(head.length);
  const octets = pack(units, skip);
  octets.set(head);
  return Buffer.concat([Buffer.from([skip + units.length]), octets]);
}

/**
 * The text of a message, of all parts of a long one in their order: a character may be cut between
 * two. Undefined when it is data and no text.
 */
export function textOf(parts: readonly Body[]): string | undefined {
  let text = "";
  for (let at = 0; at < parts.length;) {
    const first = parts[at];
    if (!first || first.alphabet === "8bit") return undefined;
    const end = parts.findIndex((part, index) => index > at && !isLike(part, first));
    const run = parts.slice(at, end < 0 ? parts.length : end);
    const units = Buffer.concat(run.map((part) => part.units));
    text += first.alphabet === "ucs2" ? fromUcs2(units) : fromSeptets(units, languagesOf(first));
    at += run.length;
  }
  return text;
}

function isLike({ alphabet, header }: Body, other: Body): boolean {
  const { locking, single } = other.header;
  return alphabet === other.alphabet && header.locking === locking && header.single === single;
}

function languagesOf({ header: { locking = 0, single = 0 } }: Body): {
  locking: number;
  single: number;
} {
  return { locking, single };
}

const utf16 = new TextDecoder("utf-16be", { ignoreBOM: true });

/** UTF-16, as every phone sends it in the place of UCS-2; half a pair is no character. */
function fromUcs2(units: Buffer): string {
  return utf16.decode(units.subarray(0, units.length & ~1));
}
