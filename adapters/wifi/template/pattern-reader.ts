/** A regular expression of Python in the words of the engine that is here. */
export interface Pattern {
  readonly source: string;
  /** Ways to try it at one place of a text of n characters: at most factor * n ** power. */
  readonly factor: number;
  readonly power: number;
}

interface Atom extends Pattern {
  /** Whether it holds a choice or a repetition, so that repeating it might take for ever. */
  readonly isWild: boolean;
  readonly isAnchor?: boolean;
}

const set = /\[(\^?)((?:\\[^A-Za-ce-mo-qu-vx-z0-9_\s]|[^\\\][&|~])+)\]/y;
const escape = /\\(?:[dDwWsSntr]|[^\w\s])/uy;
const plain = /[^\\[\](){}*+?|^$.]/uy;
const repetition = /(?:[*+?]|\{\d{1,2}(?:,\d{0,2})?\})\??/y;

/** Both languages mean the same by these, once the digits and letters are those of all scripts. */
const translations: ReadonlyMap<string, string> = new Map([
  ["\\d", "\\p{Nd}"],
  ["\\D", "\\P{Nd}"],
  ["\\w", "[\\p{L}\\p{N}_]"],
  ["\\W", "[^\\p{L}\\p{N}_]"],
]);

/**
 * Reads the part of Python's regular expressions that surely means the same here, and that is
 * surely done in bounded time: no look-around, no back reference, no repeated repetition.
 */
export class PatternReader {
  readonly #text: string;
  #at = 0;
  #isUnreadable = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns undefined when it cannot be read */
  read(): Pattern | undefined {
    const pattern = this.#readChoice();
    return this.#isUnreadable || this.#at < this.#text.length ? undefined : pattern;
  }

  #readChoice(): Atom {
    let choice = this.#readSequence();
    while (this.#skip("|")) {
      const other = this.#readSequence();
      choice = {
        source: `${choice.source}|${other.source}`,
        factor: choice.factor + other.factor,
        power: Math.max(choice.power, other.power),
        isWild: true,
      };
    }
    return choice;
  }

  #readSequence(): Atom {
    let sequence: Atom = { source: "", factor: 1, power: 0, isWild: false };
    while (this.#at < this.#text.length && !this.#isAt("|") && !this.#isAt(")")) {
      const atom = this.#readRepeated();
      sequence = {
        source: sequence.source + atom.source,
        factor: sequence.factor * atom.factor,
        power: sequence.power + atom.power,
        isWild: sequence.isWild || atom.isWild,
      };
    }
    return sequence;
  }

  #readRepeated(): Atom {
    const atom = this.#readAtom();
    const times = this.#take(repetition);
    if (times === undefined) return atom;
    const isOptional = times.startsWith("?");
    if (atom.isAnchor === true || (atom.isWild && !isOptional)) this.#isUnreadable = true;
    const factor = atom.factor + (isOptional ? 1 : 0);
    const power = atom.power + (isOptional ? 0 : 1);
    return { source: atom.source + times, factor, power, isWild: true };
  }

  #readAtom(): Atom {
    if (this.#skip("(")) return this.#readGroup();
    if (this.#skip(".")) return single("[^\\n]");
    if (this.#skip("^")) return { ...single("^"), isAnchor: true };
    if (this.#skip("$")) return { ...single("(?=\\n?$)"), isAnchor: true };
    const source = this.#readSet() ?? this.#readEscape() ?? this.#take(plain);
    if (source !== undefined) return single(source);
    return this.#giveUp();
  }

  #readGroup(): Atom {
    const start = this.#skip("?:") ? "(?:" : "(";
    if (this.#isAt("?")) return this.#giveUp();
    const inside = this.#readChoice();
    if (!this.#skip(")")) return this.#giveUp();
    return { ...inside, source: `${start}${inside.source})` };
  }

  #readSet(): string | undefined {
    return this.#take(set)?.replace(/\\./g, (escaped) =>
      plainEscape(escaped).replace(/^\[(.*)\]$/, "$1"),
    );
  }

  #readEscape(): string | undefined {
    const found = this.#take(escape);
    return found === undefined ? undefined : plainEscape(found);
  }

  #giveUp(): Atom {
    this.#isUnreadable = true;
    this.#at = this.#text.length;
    return single("");
  }

  #isAt(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #skip(text: string): boolean {
    const isAt = this.#isAt(text);
    if (isAt) this.#at += text.length;
    return isAt;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

function single(source: string): Atom {
  return { source, factor: 1, power: 0, isWild: false };
}

/** Python lets one escape what needs none; here that is an error. */
function plainEscape(escaped: string): string {
  const translated = translations.get(escaped);
  if (translated !== undefined || /[\^$\\.*+?()[\]{}|/sSntr-]/.test(escaped.slice(1)))
    return translated ?? escaped;
  return escaped.slice(1);
}
