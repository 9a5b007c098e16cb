import type { Token } from "./lexer.ts";
import { templateLimits } from "./limits.ts";
import { TemplateError } from "./template-error.ts";

/** Walks over the tokens of one tag. */
export class Cursor {
  readonly #tokens: readonly Token[];
  /** Names the template has given to values so far. */
  readonly names: ReadonlySet<string>;
  #at = 0;
  #depth = 0;
  #operators = 0;

  constructor(tokens: readonly Token[], names: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.names = names;
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: "end", text: "", at: 0 };
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== "string" && token.kind !== "end";
  }

  /** Takes a word, if it is the next. */
  skip(text: string): boolean {
    const isNext = this.is(text);
    if (isNext) this.#at += 1;
    return isNext;
  }

  /** Takes one of some operators, if it is the next. */
  skipAny<Text extends string>(texts: readonly Text[]): Text | undefined {
    return texts.find((text) => this.skip(text));
  }

  expect(text: string): void {
    if (!this.skip(text)) throw this.unexpected(`expected '${text}'`);
  }

  expectName(): Token {
    if (this.peek().kind !== "name") throw this.unexpected("expected a name");
    return this.next();
  }

  expectEnd(): void {
    if (this.peek().kind !== "end") throw this.unexpected("expected the end of the tag");
  }

  /** Reads what is inside brackets. */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > templateLimits.depth) throw this.error("Nested too deep");
    const inside = read();
    this.#depth -= 1;
    return inside;
  }

  /** Counts an operator: they make a tree as deep as there are. */
  countOperator(): void {
    this.#operators += 1;
    if (this.#operators > templateLimits.operators) throw this.error("Too many operators");
  }

  unexpected(expected: string): TemplateError {
    const { kind, text } = this.peek();
    return this.error(
      `Unexpected ${kind === "end" ? "end of the tag" : `'${text}'`}, ${expected},`,
    );
  }

  error(what: string, token: Token = this.peek()): TemplateError {
    return new TemplateError(what, token.at);
  }
}
