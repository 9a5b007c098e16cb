import { fromSeptets } from "../pdu/alphabet.ts";
import { unpack } from "../pdu/septets.ts";

/** Says that the text is written in UCS-2, two octets a unit (3GPP TS 23.038, 5). */
const ucs2 = 72;
/** So short a text of digits is the text itself. */
const shortestHex = 8;

/**
 * What the network answered to a code such as `*144#`: the text of a `+CUSD` line, which some modems
 * give as digits (3GPP TS 27.007, 7.15). Undefined when the line is none.
 */
export function networkAnswer(line: string): string | undefined {
  const found = /^\+CUSD:\s*\d\s*,\s*"(?<text>[^"]*)"(?:\s*,\s*(?<scheme>\d+))?/.exec(line)?.groups;
  if (!found) return undefined;
  const { text = "", scheme } = found;
  if (!/^(?:[0-9A-F]{2})+$/i.test(text) || text.length < shortestHex) return text;
  const octets = Buffer.from(text, "hex");
  if (Number(scheme) === ucs2) {
    return octets.length % 2 === 0 ? octets.swap16().toString("utf16le") : text;
  }
  // Digits alone may be a number that the network says.
  if (/^\d+$/.test(text)) return text;
  const septets = unpack(octets, Math.floor((octets.length * 8) / 7));
  return fromSeptets(septets, { locking: 0, single: 0 }).replace(/[\r@]$/, "");
}
