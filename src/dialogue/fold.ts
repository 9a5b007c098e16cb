/** One word or number of a text, as it is compared. */
export interface Token {
  /** Lower case, without marks; of a number its ASCII digits, with `.` before decimals. */
  readonly text: string;
  readonly isNumber: boolean;
  /** A percent sign stands behind the number. */
  readonly isPercent: boolean;
}

/** A text, ready to be understood. */
export interface Folded {
  readonly tokens: readonly Token[];
  /** It ends as a question does. */
  readonly isQuestion: boolean;
}

/** Longer texts are cut: no command is that long. */
const longest = 400;
const mostTokens = 40;

/** Latin accents, Arabic vowel signs and stretching, the Devanagari nukta: people leave them out. */
const marks = /\u0640|\u0670|\u093c|\u2060|\ufeff|[\u0300-\u036f]|[\u064b-\u065f]|[\u200b-\u200f]/g;
const letters = String.raw`\p{L}\p{M}`;

const alike: ReadonlyMap<string, string> = new Map([
  ["đ", "d"],
  ["ß", "ss"],
  ["ø", "o"],
  ["æ", "ae"],
  ["œ", "oe"],
  ["ı", "i"],
  ["ى", "ي"],
  ["ی", "ي"],
  ["ک", "ك"],
  ["ة", "ه"],
  ["٫", "."],
  ["٪", "%"],
  ["٬", ""],
]);

/**
 * A text as words and numbers: letters without case and marks, digits of every script, signatures
 * and quoted lines gone, letters and digits apart, `O` and `l` inside a number as digits.
 */
export function fold(text: string): Folded {
  const said = withoutSignature(text).slice(0, longest).trim();
  const plain = Array.from(spelledOut(said).normalize("NFKD").replaceAll(marks, ""), digitOf).join(
    "",
  );
  const numbers = plain.replaceAll(/(?<![\p{L}\d])[\doOlI]*\d[\doOlI]*(?![\p{L}\d])/gu, (number) =>
    number.replaceAll(/[oO]/g, "0").replaceAll(/[lI]/g, "1"),
  );
  const lower = Array.from(numbers.toLowerCase(), (char) => alike.get(char) ?? char).join("");
  const pattern = new RegExp(
    String.raw`(?<![${letters}\d])[-\u2212]?\+?\d+(?:[.,]\d+)?(?::\d\d)?\s*%?|\d+(?:[.,]\d+)?(?::\d\d)?\s*%?|[${letters}]+`,
    "gu",
  );
  const words = withoutElisions(lower).match(pattern) ?? [];
  return {
    tokens: words.slice(0, mostTokens).map(tokenOf),
    isQuestion: /[?؟][\s.!]*$/u.test(said),
  };
}

/** The words of a name or an alias. */
export function foldWords(text: string): readonly string[] {
  return fold(text).tokens.map((token) => token.text);
}

function tokenOf(word: string): Token {
  const [, number, percent] = /^([-\u2212]?\d+(?:[.,]\d{1,2})?)\s*(%?)$/.exec(word) ?? [];
  if (number === undefined) {
    return { text: withoutArticle(word.trim()), isNumber: false, isPercent: false };
  }
  const text = number.replace(",", ".").replace("\u2212", "-");
  return { text, isNumber: true, isPercent: percent === "%" };
}

/** Quoted lines are somebody else's; what stands below `--` is no part of the text. */
function withoutSignature(text: string): string {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) =>
    /^\s*(?:--|__)|^\s*(?:sent|get it) (?:from|by)\b/i.test(line),
  );
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .filter((line) => !/^\s*>/.test(line))
    .join("\n");
}

/** Words whose marks tell them from others, and signs that stand for words. */
function spelledOut(text: string): string {
  return text.normalize("NFC").replaceAll(/đừng/giu, "không").replaceAll("@", " at ");
}

/** `don't` is one word, `l'eau` is `eau`. */
function withoutElisions(text: string): string {
  return text
    .replaceAll(/(?<!\p{L})n['’](?=\p{L})/gu, "ne ")
    .replaceAll(/(?<!\p{L})(?:[ldjmstc]|qu)['’](?=\p{L})/gu, "")
    .replaceAll(/(?<=\p{L})['’](?=\p{L})/gu, "");
}

/** The Arabic article, which is written as a part of its word. */
function withoutArticle(word: string): string {
  const bare = word.replace(/^(?:وال|بال|ال|لل)/u, "");
  return bare.length >= 3 ? bare : word;
}

/** An ASCII digit for a digit of any script: Unicode has each script's ten in a row. */
function digitOf(char: string): string {
  if (!/^\p{Nd}$/u.test(char)) return char;
  let steps = 0;
  const code = char.codePointAt(0) ?? 0;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(code - steps - 1))) steps += 1;
  return String(steps % 10);
}
