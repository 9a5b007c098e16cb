import { spaces, strippedEnd } from "./python-text.ts";
import { decodeString } from "./string-literal.ts";
import { TemplateError } from "./template-error.ts";

/** A word of an expression or a statement. */
export interface Token {
  readonly kind: "name" | "integer" | "float" | "string" | "operator" | "end";
  /** Of a string what it stands for, of all else what is written. */
  readonly text: string;
  readonly at: number;
}

/** A part of a template. */
export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output" | "statement"; readonly tokens: readonly Token[] };

const opening = /\{([{%#])[-+]?/g;
const closings = { "{": /-?\}\}/y, "%": /[-+]?%\}/y } as const;
const blank = new RegExp(`[${spaces}]*`, "y");
const word =
  /(?<name>[A-Za-z_]\w*)|(?<float>\d+(?:\.\d+)?e[+-]?\d+|\d+\.\d+)|(?<integer>0x[\da-f]+|0o[0-7]+|0b[01]+|[1-9]\d*|0+)|(?<string>'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*")|(?<operator>\*\*|\/\/|[=!<>]=|[-+*/%~()[\]{}<>=.:|,;])/iy;

/**
 * Takes a template apart.
 * @throws TemplateError when something is not closed, or is no word of the language
 */
export function splitTemplate(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (;;) {
    const found = matchAt(opening, text, at);
    segments.push({ kind: "text", text: textBefore(found, text, at) });
    if (!found) return segments;
    const { segment, end } = readTag(text, found);
    if (segment) segments.push(segment);
    at = end;
  }
}

function textBefore(found: RegExpExecArray | undefined, text: string, at: number): string {
  const before = text.slice(at, found?.index);
  return found?.[0].endsWith("-") === true ? strippedEnd(before) : before;
}

interface Tag {
  readonly segment?: Segment;
  readonly end: number;
}

function readTag(text: string, found: RegExpExecArray): Tag {
  const start = found.index + found[0].length;
  if (found[1] === "#") return { end: endOfComment(text, start) };
  const isOutput = found[1] === "{";
  const { tokens, end } = readTokens(text, start, closings[isOutput ? "{" : "%"]);
  return { segment: { kind: isOutput ? "output" : "statement", tokens }, end };
}

function endOfComment(text: string, start: number): number {
  const close = text.indexOf("#}", start);
  if (close === -1) throw new TemplateError("A comment is not closed", start);
  return text.charAt(close - 1) === "-" ? skipBlank(text, close + 2) : close + 2;
}

function readTokens(
  text: string,
  start: number,
  closing: RegExp,
): { readonly tokens: readonly Token[]; readonly end: number } {
  const tokens: Token[] = [];
  let open = 0;
  for (let at = skipBlank(text, start); ; at = skipBlank(text, at)) {
    const close = open === 0 ? matchAt(closing, text, at) : undefined;
    if (close)
      return { tokens: [...tokens, { kind: "end", text: "", at }], end: endOf(close, text) };
    const token = readToken(text, at, tokens.at(-1));
    tokens.push(token.token);
    open = Math.max(0, open + bracketChange(token.token));
    at = token.end;
  }
}

function endOf(close: RegExpExecArray, text: string): number {
  const end = close.index + close[0].length;
  return close[0].startsWith("-") ? skipBlank(text, end) : end;
}

function bracketChange({ kind, text }: Token): number {
  if (kind !== "operator") return 0;
  if ("([{".includes(text)) return 1;
  return ")]}".includes(text) ? -1 : 0;
}

function readToken(
  text: string,
  at: number,
  before: Token | undefined,
): { readonly token: Token; readonly end: number } {
  const found = before?.text === "." ? matchAt(/\d+/y, text, at) : undefined;
  if (found) return { token: { kind: "integer", text: found[0], at }, end: at + found[0].length };
  const groups = matchAt(word, text, at)?.groups ?? {};
  for (const kind of ["name", "float", "integer", "string", "operator"] as const) {
    const written = groups[kind];
    if (written === undefined) continue;
    const meant = kind === "string" ? decodeString(written.slice(1, -1), at) : written;
    return { token: { kind, text: meant, at }, end: at + written.length };
  }
  throw new TemplateError(unreadable(text, at), at);
}

function unreadable(text: string, at: number): string {
  const [character] = text.slice(at, at + 2);
  return character === undefined ? "A tag is not closed" : `Unexpected '${character}'`;
}

function skipBlank(text: string, at: number): number {
  return at + (matchAt(blank, text, at)?.[0].length ?? 0);
}

/** The patterns are shared: where they look is always set anew. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
