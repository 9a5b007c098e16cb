import type { ArithmeticOperator } from "./arithmetic.ts";
import { readFilter, readFunction, readMethod, readTest } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import { checkAttribute, checkName } from "./names.ts";
import { isTooLarge } from "./numbers.ts";
import { TemplateError } from "./template-error.ts";
import type { Token } from "./lexer.ts";
import type { ComparisonOperator } from "./comparison.ts";
import type { Expression } from "./tree.ts";

/**
 * Reads an expression, with the precedence of Jinja: the inline `if` binds loosest, a filter
 * tightest.
 * @throws TemplateError
 */
export function readExpression(cursor: Cursor): Expression {
  let expression = readCondition(cursor);
  while (cursor.skip("if")) {
    cursor.countOperator();
    const test = readCondition(cursor);
    const otherwise = cursor.skip("else") ? readExpression(cursor) : undefined;
    expression = { kind: "choice", test, yes: expression, otherwise };
  }
  return expression;
}

/** Reads an expression without an inline `if`, as between `if` and `%}`. */
export function readCondition(cursor: Cursor): Expression {
  let left = readAnd(cursor);
  while (cursor.skip("or")) {
    cursor.countOperator();
    left = { kind: "or", left, right: readAnd(cursor) };
  }
  return left;
}

function readAnd(cursor: Cursor): Expression {
  let left = readNot(cursor);
  while (cursor.skip("and")) {
    cursor.countOperator();
    left = { kind: "and", left, right: readNot(cursor) };
  }
  return left;
}

function readNot(cursor: Cursor): Expression {
  if (!cursor.skip("not")) return readComparison(cursor);
  cursor.countOperator();
  return { kind: "not", of: readNot(cursor) };
}

function readComparison(cursor: Cursor): Expression {
  const first = readArithmetic(cursor);
  const rest: { readonly operator: ComparisonOperator; readonly right: Expression }[] = [];
  for (;;) {
    const operator = readComparisonOperator(cursor);
    if (operator === undefined) break;
    cursor.countOperator();
    rest.push({ operator, right: readArithmetic(cursor) });
  }
  return rest.length === 0 ? first : { kind: "comparison", first, rest };
}

function readComparisonOperator(cursor: Cursor): ComparisonOperator | undefined {
  if (!cursor.is("not") || !cursor.is("in", 1)) {
    return cursor.skipAny(["==", "!=", "<=", ">=", "<", ">", "in"] as const);
  }
  cursor.next();
  cursor.next();
  return "not in";
}

/** Loosest first; all of them are read from the left, `**` too. */
const levels: readonly (readonly ArithmeticOperator[])[] = [
  ["+", "-"],
  ["~"],
  ["*", "/", "//", "%"],
  ["**"],
];

function readArithmetic(cursor: Cursor, level = 0): Expression {
  const operators = levels[level];
  if (!operators) return readFilters(cursor, readSigned(cursor));
  let left = readArithmetic(cursor, level + 1);
  for (;;) {
    const operator = cursor.skipAny(operators);
    if (operator === undefined) return left;
    cursor.countOperator();
    checkFormatting(cursor, operator, left);
    left = { kind: "arithmetic", operator, left, right: readArithmetic(cursor, level + 1) };
  }
}

/** `"%.1f" % value` would be read, and never say anything. */
function checkFormatting(cursor: Cursor, operator: ArithmeticOperator, left: Expression): void {
  const isFormat = left.kind === "literal" && typeof left.value === "string";
  if (isFormat && operator !== "~" && operator !== "+") {
    throw cursor.error(`Unknown operator '${operator}' of a string`);
  }
}

function readSigned(cursor: Cursor): Expression {
  const sign = cursor.skipAny(["-", "+"] as const);
  if (sign === undefined) return readAccesses(cursor, readPrimary(cursor));
  cursor.countOperator();
  return { kind: sign, of: readSigned(cursor) };
}

function readFilters(cursor: Cursor, source: Expression): Expression {
  let expression = source;
  for (;;) {
    if (cursor.skip("|")) expression = readFilter(cursor, expression, readExpression);
    else if (cursor.skip("is")) expression = readTest(cursor, expression, readers);
    else return expression;
    cursor.countOperator();
  }
}

const readers = {
  whole: readExpression,
  single: (cursor: Cursor): Expression => readAccesses(cursor, readPrimary(cursor)),
};

function readAccesses(cursor: Cursor, source: Expression): Expression {
  let expression = source;
  for (;;) {
    if (cursor.skip(".")) expression = readAttribute(cursor, expression);
    else if (cursor.skip("[")) expression = readSubscript(cursor, expression);
    else if (cursor.is("(")) throw cursor.error("This cannot be called");
    else return expression;
    cursor.countOperator();
  }
}

function readAttribute(cursor: Cursor, of: Expression): Expression {
  const token = cursor.next();
  if (token.kind === "integer") return { kind: "subscript", of, key: numberLiteral(token) };
  if (token.kind !== "name") throw cursor.error(`Unexpected '${token.text}' after a dot`, token);
  if (cursor.is("(")) return readMethod(cursor, token, of, readExpression);
  checkAttribute(token, of);
  return { kind: "attribute", of, name: token.text };
}

function readSubscript(cursor: Cursor, of: Expression): Expression {
  return cursor.nested(() => {
    const from = cursor.is(":") ? undefined : readExpression(cursor);
    const slice = cursor.is(":") ? readSlice(cursor, of, from) : undefined;
    if (!slice && !from) throw cursor.unexpected("expected a key");
    cursor.expect("]");
    return slice ?? { kind: "subscript", of, key: from ?? of };
  });
}

function readSlice(cursor: Cursor, of: Expression, from: Expression | undefined): Expression {
  const to = readBound(cursor);
  return { kind: "slice", of, from, to, step: readBound(cursor) };
}

function readBound(cursor: Cursor): Expression | undefined {
  if (!cursor.skip(":") || cursor.is(":") || cursor.is("]")) return undefined;
  return readExpression(cursor);
}

function readPrimary(cursor: Cursor): Expression {
  const token = cursor.next();
  switch (token.kind) {
    case "name":
      return readName(cursor, token);
    case "string":
      return readString(cursor, token);
    case "integer":
    case "float":
      return numberLiteral(token);
    case "operator":
    case "end":
      return cursor.nested(() => readBrackets(cursor, token));
  }
}

const constants: ReadonlyMap<string, Expression> = new Map([
  ["true", { kind: "literal", value: true }],
  ["True", { kind: "literal", value: true }],
  ["false", { kind: "literal", value: false }],
  ["False", { kind: "literal", value: false }],
  ["none", { kind: "literal", value: null }],
  ["None", { kind: "literal", value: null }],
]);

function readName(cursor: Cursor, token: Token): Expression {
  const constant = constants.get(token.text);
  if (constant) return constant;
  if (cursor.is("(")) return readFunction(cursor, token, readExpression);
  checkName(token, cursor.names);
  return { kind: "name", name: token.text };
}

/** Strings that follow one another are one, as in Python. */
function readString(cursor: Cursor, token: Token): Expression {
  let value = token.text;
  while (cursor.peek().kind === "string") value += cursor.next().text;
  return { kind: "literal", value };
}

function numberLiteral({ kind, text, at }: Token): Expression {
  if (kind === "float") return { kind: "literal", value: Number(text) };
  const value = BigInt(text);
  if (isTooLarge(value)) throw new TemplateError("Too large a number", at);
  return { kind: "literal", value };
}

function readBrackets(cursor: Cursor, token: Token): Expression {
  switch (token.text) {
    case "(":
      return readParentheses(cursor);
    case "[":
      return { kind: "list", items: readItems(cursor, "]").items };
    case "{":
      return readDict(cursor);
    default:
      throw cursor.error(`Unexpected ${token.text ? `'${token.text}'` : "end of the tag"}`, token);
  }
}

function readParentheses(cursor: Cursor): Expression {
  const { items, hasComma } = readItems(cursor, ")");
  const [only] = items;
  return only && !hasComma ? only : { kind: "tuple", items };
}

function readItems(
  cursor: Cursor,
  close: string,
): { readonly items: readonly Expression[]; readonly hasComma: boolean } {
  const items: Expression[] = [];
  let hasComma = false;
  while (!cursor.skip(close)) {
    if (items.length > 0) cursor.expect(",");
    hasComma ||= items.length > 0;
    if (cursor.skip(close)) break;
    items.push(readExpression(cursor));
  }
  return { items, hasComma };
}

function readDict(cursor: Cursor): Expression {
  const entries: (readonly [Expression, Expression])[] = [];
  while (!cursor.skip("}")) {
    if (entries.length > 0) cursor.expect(",");
    if (cursor.skip("}")) break;
    const key = readExpression(cursor);
    cursor.expect(":");
    entries.push([key, readExpression(cursor)]);
  }
  return { kind: "dict", entries };
}
