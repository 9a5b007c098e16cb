import { createRequire } from "node:module";
import arabic from "@fontsource/noto-sans-arabic/unicode.json" with { type: "json" };
import devanagari from "@fontsource/noto-sans-devanagari/unicode.json" with { type: "json" };
import latin from "@fontsource/noto-sans/unicode.json" with { type: "json" };
import type { Face } from "./page.ts";

/** The letters of some scripts, in both faces. */
export interface Font {
  readonly name: string;
  readonly files: Readonly<Record<Face, string>>;
  readonly has: (char: string) => boolean;
}

/** A part of a text that one font has. */
export interface Piece {
  readonly text: string;
  readonly font: Font;
}

const weights = { plain: 400, heavy: 700 } as const;
const require = createRequire(import.meta.url);

const latinFont = fontOf("noto-sans", "latin", latin.latin);
export const arabicFont = fontOf("noto-sans-arabic", "arabic", arabic.arabic);
/** A letter is taken from the first that has it. */
export const fonts: readonly Font[] = [
  latinFont,
  fontOf("noto-sans", "vietnamese", latin.vietnamese),
  fontOf("noto-sans", "latin-ext", latin["latin-ext"]),
  fontOf("noto-sans", "greek", latin.greek),
  fontOf("noto-sans", "cyrillic", latin.cyrillic),
  fontOf("noto-sans-devanagari", "devanagari", devanagari.devanagari),
  arabicFont,
];

/** A text by the fonts that have its letters; what none has is an empty box of the first one. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const char of text) {
    const last = pieces.at(-1);
    // A joiner or a mark is of the word that it stands in.
    const font = last?.font.has(char) ? last.font : fontWith(char);
    if (last?.font === font) pieces[pieces.length - 1] = { font, text: last.text + char };
    else pieces.push({ font, text: char });
  }
  return pieces;
}

function fontWith(char: string): Font {
  return fonts.find(({ has }) => has(char)) ?? latinFont;
}

function fontOf(family: string, subset: string, unicodeRange: string): Font {
  const file = (face: Face): string =>
    require.resolve(`@fontsource/${family}/files/${family}-${subset}-${weights[face]}-normal.woff`);
  const ranges = unicodeRange.split(",").map(rangeOf);
  return {
    name: `${family}-${subset}`,
    files: { plain: file("plain"), heavy: file("heavy") },
    has: (char) => {
      const code = char.codePointAt(0) ?? 0;
      return ranges.some(([first, last]) => code >= first && code <= last);
    },
  };
}

/** `U+0900-097F` or `U+20B9`, as style sheets have it. */
function rangeOf(range: string): readonly [first: number, last: number] {
  const [first = "", last = first] = range.replace("U+", "").split("-");
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)];
}
