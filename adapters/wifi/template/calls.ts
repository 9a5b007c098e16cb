import type { Cursor } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import type { Operation } from "./operation.ts";
import { filters, functions, keywordFunctions, methods, tests } from "./operations.ts";
import { problemOfPattern } from "./pattern.ts";
import { TemplateError } from "./template-error.ts";
import type { Call, Expression, ItemWise } from "./tree.ts";

/** How arguments are read; handed in, since an expression holds calls and a call expressions. */
type Read = (cursor: Cursor) => Expression;

interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: ReadonlyMap<string, Expression>;
}

const nothing: Expression = { kind: "literal", value: undefined };

/** Reads a filter, after `|`. */
export function readFilter(cursor: Cursor, of: Expression, read: Read): Expression {
  const word = cursor.expectName();
  const given = cursor.is("(") ? readArguments(cursor, read) : noArguments;
  if (word.text === "map") return mapOf(word, of, given);
  const selection = selections.get(word.text);
  if (selection) return selectionOf(word, of, given, selection);
  return bind(found(filters, word, "filter"), word, withInput(of, given));
}

/** Reads a test, after `is`. */
export function readTest(
  cursor: Cursor,
  of: Expression,
  readers: { readonly whole: Read; readonly single: Read },
): Expression {
  const isNegated = cursor.skip("not");
  const word = cursor.expectName();
  const given = readTestArguments(cursor, readers);
  const call = bind(found(tests, word, "test"), word, withInput(of, given));
  return isNegated ? { kind: "not", of: call } : call;
}

/** A test may be given one value without parentheses: `x is divisibleby 3`. */
function readTestArguments(
  cursor: Cursor,
  { whole, single }: { readonly whole: Read; readonly single: Read },
): Arguments {
  if (cursor.is("(")) return readArguments(cursor, whole);
  const { kind, text } = cursor.peek();
  const isOpen = kind === "operator" && (text === "[" || text === "{");
  const isEnd = ["else", "or", "and"].some((word) => cursor.is(word));
  if (isEnd || (!isOpen && (kind === "operator" || kind === "end"))) return noArguments;
  return { positional: [single(cursor)], named: new Map() };
}

/** Reads the call of a function, whose name was read. */
export function readFunction(cursor: Cursor, word: Token, read: Read): Expression {
  const given = readArguments(cursor, read);
  const makeOperation = keywordFunctions.get(word.text);
  const operation = makeOperation?.([...given.named.keys()]) ?? found(functions, word, "function");
  return bind(operation, word, given);
}

/** Reads the call of a method, whose name was read. */
export function readMethod(cursor: Cursor, word: Token, of: Expression, read: Read): Expression {
  const operation = found(methods, word, "method");
  return bind(operation, word, withInput(of, readArguments(cursor, read)));
}

function found(
  table: ReadonlyMap<string, Operation>,
  { text, at }: Token,
  what: string,
): Operation {
  const operation = table.get(text);
  if (!operation) throw new TemplateError(`Unknown ${what} '${text}'`, at);
  return operation;
}

const noArguments: Arguments = { positional: [], named: new Map() };

function readArguments(cursor: Cursor, read: Read): Arguments {
  cursor.expect("(");
  return cursor.nested(() => {
    const positional: Expression[] = [];
    const named = new Map<string, Expression>();
    while (!cursor.skip(")")) {
      if (positional.length + named.size > 0) cursor.expect(",");
      if (cursor.skip(")")) break;
      if (cursor.is("=", 1)) named.set(...readNamed(cursor, named, read));
      else if (named.size > 0) throw cursor.unexpected("expected a named argument");
      else positional.push(read(cursor));
    }
    return { positional, named };
  });
}

function readNamed(
  cursor: Cursor,
  named: ReadonlyMap<string, Expression>,
  read: Read,
): readonly [string, Expression] {
  const name = cursor.expectName();
  if (named.has(name.text)) throw cursor.error(`Repeated argument '${name.text}'`, name);
  cursor.expect("=");
  return [name.text, read(cursor)];
}

function withInput(of: Expression, { positional, named }: Arguments): Arguments {
  return { positional: [of, ...positional], named };
}

/** Gives each argument its name. */
function bind(operation: Operation, word: Token, { positional, named }: Arguments): Call {
  const { parameters, required } = operation;
  if (positional.length > parameters.length) throw misfit("Too many arguments of", word);
  const given = new Map(positional.map((value, index) => [parameters[index] ?? "", value]));
  for (const [name, value] of named) {
    if (!parameters.includes(name) || given.has(name))
      throw misfit(`Unknown argument '${name}' of`, word);
    given.set(name, value);
  }
  const missing = parameters.slice(0, required).find((name) => !given.has(name));
  if (missing !== undefined) throw misfit(`Missing argument '${missing}' of`, word);
  checkLiterals(operation, word, given);
  return { kind: "call", operation, given };
}

function misfit(what: string, { text, at }: Token): TemplateError {
  return new TemplateError(`${what} '${text}'`, at);
}

function checkLiterals(
  { literal }: Operation,
  word: Token,
  given: ReadonlyMap<string, Expression>,
): void {
  for (const name of literal) {
    const problem = problemOfPattern(name, literalOf(given.get(name) ?? nothing, word));
    if (problem !== undefined) throw misfit(`${problem} of`, word);
  }
}

function literalOf(expression: Expression, word: Token): string {
  const value = expression.kind === "literal" ? expression.value : undefined;
  if (typeof value !== "string") throw misfit("No string literal as argument of", word);
  return value;
}

/** `map('float')`, or `map(attribute='state')`. */
function mapOf(word: Token, of: Expression, { positional, named }: Arguments): ItemWise {
  const attribute = named.get("attribute");
  if (!attribute)
    return {
      kind: "map",
      of,
      path: [],
      call: itemCall(word, positional, named, filters, "filter"),
    };
  const fallback = named.get("default");
  if (positional.length > 0 || named.size > (fallback ? 2 : 1))
    throw misfit("Too many arguments of", word);
  return { kind: "map", of, path: literalOf(attribute, word).split("."), fallback };
}

interface Selection {
  readonly kind: "select" | "reject";
  readonly hasAttribute: boolean;
}

const selections: ReadonlyMap<string, Selection> = new Map([
  ["select", { kind: "select", hasAttribute: false }],
  ["reject", { kind: "reject", hasAttribute: false }],
  ["selectattr", { kind: "select", hasAttribute: true }],
  ["rejectattr", { kind: "reject", hasAttribute: true }],
]);

/** `select('eq', 1)`, or `selectattr('id', 'eq', 1)`. */
function selectionOf(
  word: Token,
  of: Expression,
  { positional, named }: Arguments,
  { kind, hasAttribute }: Selection,
): ItemWise {
  const [attribute = nothing] = positional;
  const path = hasAttribute ? literalOf(attribute, word).split(".") : [];
  const rest = hasAttribute ? positional.slice(1) : positional;
  const call = rest.length > 0 ? itemCall(word, rest, named, tests, "test") : undefined;
  return { kind, of, path, call };
}

/** The operation that is named first, to be given each item. */
function itemCall(
  word: Token,
  [name = nothing, ...positional]: readonly Expression[],
  named: ReadonlyMap<string, Expression>,
  table: ReadonlyMap<string, Operation>,
  what: string,
): Call {
  const inner = { ...word, text: literalOf(name, word) };
  return bind(found(table, inner, what), inner, withInput(nothing, { positional, named }));
}
