import { TemplateError } from "./template-error.ts";

const escape = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/gu;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/**
 * What the inside of a string literal stands for, as in Python: `\d` stays `\d`.
 * @throws TemplateError when an escape cannot be one
 */
export function decodeString(written: string, at: number): string {
  return written.replace(
    escape,
    (whole: string, hex2?: string, hex4?: string, hex8?: string, octal?: string, short = "") => {
      const hex = hex2 ?? hex4 ?? hex8;
      if (hex !== undefined) return characterOf(Number.parseInt(hex, 16), whole, at);
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if ("xuUN".includes(short)) throw new TemplateError(`Unreadable escape '${whole}'`, at);
      return shortEscapes.get(short) ?? whole;
    },
  );
}

function characterOf(code: number, whole: string, at: number): string {
  if (code > 0x10_ffff) throw new TemplateError(`Unreadable escape '${whole}'`, at);
  return String.fromCodePoint(code);
}
