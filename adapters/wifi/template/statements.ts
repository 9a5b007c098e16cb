import { Cursor } from "./cursor.ts";
import { readCondition, readExpression } from "./expressions.ts";
import type { Segment } from "./lexer.ts";
import { templateLimits } from "./limits.ts";
import { checkNewName } from "./names.ts";
import type { Expression, Statement } from "./tree.ts";

/** Reads the statements of a template out of its segments. */
export class StatementReader {
  readonly #segments: readonly Segment[];
  /** Names that were given to values so far. */
  readonly #names = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
  }

  /** @throws TemplateError */
  read(): readonly Statement[] {
    const { body, end } = this.#readBody([]);
    if (end) throw end.error(`Unexpected '${end.peek().text}'`);
    return body;
  }

  /** Reads up to a tag that begins with one of some words, which is taken with its word still ahead. */
  #readBody(ends: readonly string[]): { readonly body: readonly Statement[]; end?: Cursor } {
    const body: Statement[] = [];
    for (;;) {
      const segment = this.#segments[this.#at];
      if (!segment) return { body };
      this.#at += 1;
      if (segment.kind === "text") {
        body.push(segment);
        continue;
      }
      const cursor = new Cursor(segment.tokens, this.#names);
      if (segment.kind === "output") body.push(readOutput(cursor));
      else if (ends.some((word) => cursor.is(word))) return { body, end: cursor };
      else body.push(this.#readStatement(cursor));
    }
  }

  #readStatement(cursor: Cursor): Statement {
    const word = cursor.peek();
    if (cursor.skip("set")) return this.#readSet(cursor);
    if (cursor.skip("if")) return this.#nested(cursor, () => this.#readIf(cursor));
    if (cursor.skip("for")) return this.#nested(cursor, () => this.#readFor(cursor));
    throw cursor.error(`Unknown statement '${word.text}'`, word);
  }

  #nested(cursor: Cursor, read: () => Statement): Statement {
    this.#depth += 1;
    if (this.#depth > templateLimits.depth) throw cursor.error("Nested too deep");
    const statement = read();
    this.#depth -= 1;
    return statement;
  }

  #readSet(cursor: Cursor): Statement {
    const name = cursor.expectName();
    if (cursor.skip(".")) return readSetField(cursor, checkNewName(name));
    const targets = [checkNewName(name), ...readMoreTargets(cursor)];
    cursor.expect("=");
    const to = readWhole(cursor, readExpression);
    for (const target of targets) this.#names.add(target);
    return { kind: "set", targets, to };
  }

  #readIf(first: Cursor): Statement {
    const branches: { readonly test: Expression; readonly body: readonly Statement[] }[] = [];
    for (let tag = first; ;) {
      const test = readWhole(tag, readCondition);
      const { body, end } = this.#readBody(["elif", "else", "endif"]);
      branches.push({ test, body });
      if (!end) throw first.error("An 'if' is not closed");
      if (!end.skip("elif"))
        return { kind: "if", branches, otherwise: this.#readEnd(end, "endif") };
      tag = end;
    }
  }

  /** What is between `else` and the end, which may be all there is. */
  #readEnd(tag: Cursor, word: string): readonly Statement[] {
    const hasElse = tag.skip("else");
    if (hasElse) tag.expectEnd();
    const { body, end } = hasElse ? this.#readBody([word]) : { body: [], end: tag };
    if (!end) throw tag.error(`Expected '${word}'`);
    end.expect(word);
    end.expectEnd();
    return body;
  }

  #readFor(cursor: Cursor): Statement {
    const targets = [checkNewName(cursor.expectName()), ...readMoreTargets(cursor)];
    cursor.expect("in");
    const over = readCondition(cursor);
    for (const target of targets) this.#names.add(target);
    const where = cursor.skip("if") ? readExpression(cursor) : undefined;
    cursor.expectEnd();
    const { body, end } = this.#readLoopBody();
    if (!end) throw cursor.error("A 'for' is not closed");
    return { kind: "for", targets, over, where, body, otherwise: this.#readEnd(end, "endfor") };
  }

  #readLoopBody(): { readonly body: readonly Statement[]; end?: Cursor } {
    const isOuter = !this.#names.has("loop");
    this.#names.add("loop");
    const read = this.#readBody(["else", "endfor"]);
    if (isOuter) this.#names.delete("loop");
    return read;
  }
}

function readOutput(cursor: Cursor): Statement {
  return { kind: "output", of: readWhole(cursor, readExpression) };
}

function readWhole(cursor: Cursor, read: (cursor: Cursor) => Expression): Expression {
  const expression = read(cursor);
  cursor.expectEnd();
  return expression;
}

function readSetField(cursor: Cursor, name: string): Statement {
  const field = cursor.expectName().text;
  cursor.expect("=");
  return { kind: "set field", name, field, to: readWhole(cursor, readExpression) };
}

function readMoreTargets(cursor: Cursor): readonly string[] {
  const targets: string[] = [];
  while (cursor.skip(",")) targets.push(checkNewName(cursor.expectName()));
  return targets;
}
