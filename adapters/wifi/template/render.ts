import { evaluate, type Context } from "./evaluate.ts";
import { shortEnough } from "./meter.ts";
import { itemsOf } from "./operation.ts";
import { textOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import type { For, If, Statement } from "./tree.ts";
import { isContainer, isTrue, type Namespace, type Value } from "./values.ts";

/**
 * The text that statements make.
 * @throws EvaluationError where Python raises an error, and where something missing is printed
 */
export function renderAll(statements: readonly Statement[], context: Context): string {
  let text = "";
  for (const statement of statements) {
    text += renderOne(statement, context);
    shortEnough(text.length);
  }
  return text;
}

function renderOne(statement: Statement, context: Context): string {
  context.meter.spend(1);
  switch (statement.kind) {
    case "text":
      return context.meter.spendOn(statement.text);
    case "output":
      return textOf(evaluate(statement.of, context), context.meter);
    case "if":
      return renderIf(statement, context);
    case "for":
      return renderFor(statement, context);
    case "set":
      assign(statement.targets, evaluate(statement.to, context), context);
      return "";
    case "set field":
      namespaceOf(context.scope.get(statement.name)).fields.set(
        statement.field,
        evaluate(statement.to, context),
      );
      return "";
  }
}

function namespaceOf(value: Value): Namespace {
  if (isContainer(value) && value.type === "namespace") return value;
  throw new EvaluationError("This is no namespace");
}

/** Several names take the items of a value, of which there are as many. */
function assign(targets: readonly string[], value: Value, { scope, meter }: Context): void {
  const [only] = targets;
  const values = targets.length === 1 ? [value] : itemsOf(value, meter);
  if (only === undefined || values.length !== targets.length) {
    throw new EvaluationError("There are not as many values as names");
  }
  for (const [index, target] of targets.entries()) scope.set(target, values[index]);
}

function renderIf({ branches, otherwise }: If, context: Context): string {
  const taken = branches.find(({ test }) => isTrue(evaluate(test, context)));
  return renderAll(taken?.body ?? otherwise, context);
}

function renderFor(statement: For, context: Context): string {
  const items = itemsOf(evaluate(statement.over, context), context.meter);
  const turns = items
    .map((item) => turnFor(statement, item, context))
    .filter((turn) => !statement.where || isTrue(evaluate(statement.where, turn)));
  if (turns.length === 0) {
    return renderAll(statement.otherwise, { ...context, scope: context.scope.inner() });
  }
  let text = "";
  for (const [index, turn] of turns.entries()) {
    turn.scope.set("loop", loopAt(index, turns.length));
    text += renderAll(statement.body, turn);
    shortEnough(text.length);
  }
  return text;
}

/** A turn has names of its own: what is set in one is gone in the next. */
function turnFor({ targets }: For, item: Value, context: Context): Context {
  const turn = { ...context, scope: context.scope.inner() };
  assign(targets, item, turn);
  return turn;
}

function loopAt(index: number, length: number): Namespace {
  const fields = new Map<string, Value>([
    ["index", BigInt(index + 1)],
    ["index0", BigInt(index)],
    ["revindex", BigInt(length - index)],
    ["revindex0", BigInt(length - index - 1)],
    ["first", index === 0],
    ["last", index === length - 1],
    ["length", BigInt(length)],
  ]);
  return { type: "namespace", fields };
}
