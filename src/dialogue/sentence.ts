import type { Token } from "./fold.ts";
import type { Concept } from "./language.ts";
import type { Entry, Lexicon } from "./lexicon.ts";
import { verbs, type Verb } from "./meaning.ts";
import { corrected } from "./misspelling.ts";
import { numberAtom, thingAtom, type Atom, type Targets } from "./targets.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** A code of a one-time list has six digits. */
const codeLength = 6;

/** A text with every word in its place, whatever the order. */
export interface Sentence {
  readonly concepts: ReadonlySet<Concept>;
  readonly verbs: readonly Verb[];
  /** Pieces of names, and the properties that some of them are words for. */
  readonly atoms: readonly Atom[];
  readonly properties: readonly string[];
  /** Numbers that belong to nothing else, and whether each may be a part of a name instead. */
  readonly numbers: readonly number[];
  readonly isNumberUnsure: boolean;
  readonly forMs: number | undefined;
  /** Something was said of a time that is no length of one: at six, for an hour without a number. */
  readonly isTimeUnsure: boolean;
  readonly code: string | undefined;
  /** How many words were corrected, and how many were not understood. */
  readonly corrections: number;
  readonly unknown: number;
  /** How many words say something. */
  readonly known: number;
}

interface Piece {
  readonly token: Token;
  /** What the word is, where it is one. */
  readonly entry: Entry | undefined;
  readonly atom: Atom | undefined;
  readonly isCorrected: boolean;
}

/**
 * Puts the words of a text in their places.
 * @param tags languages in which misspelt words are looked for
 */
export function readSentence(
  tokens: readonly Token[],
  lexicon: Lexicon,
  targets: Targets,
  tags: readonly string[],
): Sentence {
  const pieces = piecesOf(tokens, lexicon, targets, tags);
  const concepts = new Set<Concept>();
  for (const { entry } of pieces) if (entry?.kind === "word") concepts.add(entry.concept);
  const atoms = pieces.flatMap(({ atom }) => (atom === undefined ? [] : [atom]));
  const { forMs, isTimeUnsure, left } = takeTime(pieces);
  const numbers = takeNames(left, atoms, targets);
  const code = numbers.find(({ text }) => new RegExp(`^\\d{${codeLength}}$`).test(text))?.text;
  const isNumberUnsure = numbers.some(
    (token) => token.text !== code && isBehindName(pieces, token),
  );
  return {
    concepts,
    verbs: verbs.filter((verb) => concepts.has(verb)),
    atoms: [...new Set(atoms)],
    properties: pieces.flatMap(({ entry }) => (entry?.kind === "property" ? [entry.property] : [])),
    isNumberUnsure,
    numbers: numbers.filter(({ text }) => text !== code).map(({ text }) => Number(text)),
    forMs,
    isTimeUnsure,
    code,
    corrections: pieces.filter(({ isCorrected }) => isCorrected).length,
    unknown: pieces.filter((piece) => isUnknown(piece)).length,
    known: pieces.filter((piece) => !isUnknown(piece) && !isFiller(piece)).length,
  };
}

function isUnknown({ token, entry, atom }: Piece): boolean {
  return !token.isNumber && entry === undefined && atom === undefined;
}

function isFiller({ entry }: Piece): boolean {
  return entry?.kind === "word" && entry.concept === "filler";
}

function piecesOf(
  tokens: readonly Token[],
  lexicon: Lexicon,
  targets: Targets,
  tags: readonly string[],
): readonly Piece[] {
  const texts = tokens.map(({ text }) => text);
  const pieces: Piece[] = [];
  for (let index = 0; index < tokens.length;) {
    const token = tokens[index];
    if (!token) break;
    const found = lexicon.at(texts, index);
    const piece = pieceOf(token, found?.entry, targets, pieces.at(-1));
    if (isUnknown(piece)) pieces.push(correctedPiece(token, lexicon, targets, tags) ?? piece);
    else pieces.push(piece);
    index += found?.length ?? 1;
  }
  return pieces;
}

/** A word of a name is that, unless it is also one that says what is to be done. */
function pieceOf(
  token: Token,
  entry: Entry | undefined,
  targets: Targets,
  before: Piece | undefined,
): Piece {
  const isLetter = token.text.length === 1;
  // "a pump" is no pump A, but "pump a" is.
  const mayName = !isLetter || before?.atom !== undefined;
  const named = mayName ? targets.words.get(token.text) : undefined;
  const isWord = entry?.kind === "word" && entry.concept !== "filler";
  const own = entry?.kind === "thing" ? thingAtom(entry.thing) : named;
  return { token, entry, atom: isWord ? undefined : own, isCorrected: false };
}

function correctedPiece(
  token: Token,
  lexicon: Lexicon,
  targets: Targets,
  tags: readonly string[],
): Piece | undefined {
  if (token.isNumber || tags.length === 0) return undefined;
  const candidates = [
    ...[...targets.words].map(([word, atom]) => [word, { atom, entry: undefined }] as const),
    ...tags.flatMap((tag) =>
      [...lexicon.wordsOf(tag)]
        .filter(([, entry]) => isWorthGuessing(entry))
        .map(([word, entry]) => {
          const atom = entry.kind === "thing" ? thingAtom(entry.thing) : undefined;
          return [word, { atom, entry }] as const;
        }),
    ),
  ];
  const meant = corrected<Pick<Piece, "atom" | "entry">>(
    token.text,
    candidates,
    ({ atom, entry }) => atom ?? JSON.stringify(entry),
  );
  return meant && { token, isCorrected: true, ...meant };
}

/** What is said to the gateway itself is short, and has to be right: nobody mistypes a name into it. */
function isWorthGuessing(entry: Entry): boolean {
  return entry.kind !== "word" || verbs.some((verb) => verb === entry.concept);
}

/** How long something is to last: `2 h`, `1 h 30`, `30 min`, `saa 2`; and the numbers that are left. */
function takeTime(pieces: readonly Piece[]): {
  readonly forMs: number | undefined;
  readonly isTimeUnsure: boolean;
  readonly left: readonly (Piece | undefined)[];
} {
  const left: (Piece | undefined)[] = [...pieces];
  let total = 0;
  let isTimeUnsure = false;
  for (const [index, piece] of pieces.entries()) {
    const unitMs = unitOf(piece);
    if (unitMs === undefined) continue;
    const sides = isUnitFirst(piece) ? [index + 1, index - 1] : [index - 1, index + 1];
    const side = sides.find((one) => left[one]?.token.isNumber === true);
    if (side === undefined) {
      isTimeUnsure = true;
      continue;
    }
    const amount = Number(left[side]?.token.text);
    total += amount * unitMs;
    left[side] = undefined;
    isTimeUnsure ||= amount <= 0 || isTimeOfDay(pieces, index, side);
    const rest = left[index + 1];
    const isMinutes = unitMs === hourMs && side < index && rest?.token.isNumber === true;
    if (isMinutes && unitOf(pieces[index + 2]) === undefined && /^\d\d$/.test(rest.token.text)) {
      total += Number(rest.token.text) * minuteMs;
      left[index + 1] = undefined;
      // Half past six is as likely as six hours and a half.
      isTimeUnsure ||= amount > mostHours;
    }
  }
  return { forMs: total > 0 ? total : undefined, isTimeUnsure, left };
}

/** Hours with minutes behind them that are still a length of time, and no time of day. */
const mostHours = 4;

/** Words beside a time that make it one of day, a moment to come, or a rhythm: at 6, dans 2 h, kila saa 2. */
const clockWords: ReadonlySet<string> = new Set(
  (
    "a as at in after before until till every each las los luc vao sau truoc moi den dans apres avant " +
    "jusqua toutes tous chaque quand en tras despues antes hasta cada todas cuando em apos depois ate " +
    "quando baad pehle tak har jab mein me baje hadi mpaka baada kabla kila ikiwa " +
    "في بعد قبل حتي كل عند बाद पहले तक हर जब में मे बजे"
  ).split(" "),
);
/** Words behind which a Swahili hour is a length of time: `kwa saa 2`. */
const lengthWords: ReadonlySet<string> = new Set(["kwa", "muda", "wa"]);

/** Whether a number and its unit are no length of time, or may be none. */
function isTimeOfDay(pieces: readonly Piece[], unit: number, number: number): boolean {
  const first = Math.min(unit, number);
  const last = Math.max(unit, number);
  const isTelling = (piece: Piece): boolean => !isFiller(piece) || clockWords.has(piece.token.text);
  const before = pieces.slice(0, first).findLast(isTelling)?.token.text ?? "";
  const after = pieces[last + 1]?.token.text ?? "";
  if (clockWords.has(before) || clockWords.has(after)) return true;
  if (unit > number) return false;
  // The hour before its number is one of the day, but in languages that say lengths so.
  const isLength = pieces[unit]?.token.text !== "saa" || lengthWords.has(before);
  return !isUnitFirst(pieces[unit]) || !isLength;
}

function isUnitFirst(piece: Piece | undefined): boolean {
  return piece?.entry?.kind === "word" && piece.entry.isUnitFirst;
}

function unitOf(piece: Piece | undefined): number | undefined {
  if (piece?.entry?.kind !== "word") return undefined;
  if (piece.entry.concept === "hour") return hourMs;
  return piece.entry.concept === "minute" ? minuteMs : undefined;
}

/** Adds numbers that make a name with the word beside them to the names; the others are left. */
function takeNames(
  pieces: readonly (Piece | undefined)[],
  atoms: Atom[],
  targets: Targets,
): readonly Token[] {
  const words = [...new Set(atoms)];
  const left: Token[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece?.token.isNumber !== true) continue;
    const atom = numberAtom(piece.token.text);
    const isBeside = [pieces[index - 1], pieces[index + 1]].some((one) => one?.atom !== undefined);
    const isName = targets
      .matching([...words, atom])
      .some(({ names }) => names.some((name) => name.includes(atom)));
    if (isBeside && isName && !atoms.includes(atom)) atoms.push(atom);
    else left.push(piece.token);
  }
  return left;
}

/** Whether a number without a percent sign stands where a part of a name would. */
function isBehindName(pieces: readonly Piece[], token: Token): boolean {
  if (token.isPercent) return false;
  const index = pieces.findIndex((piece) => piece.token === token);
  const before = pieces.slice(0, index).findLast((piece) => !isFiller(piece));
  return before !== undefined && (before.atom !== undefined || before.token.isNumber);
}
