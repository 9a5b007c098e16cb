import { attributeOf, sliceOf, subscriptOf } from "./access.ts";
import { calculate, negated, unchanged } from "./arithmetic.ts";
import { holds } from "./comparison.ts";
import type { Meter } from "./meter.ts";
import { itemsOf } from "./operation.ts";
import type { Scope } from "./scope.ts";
import type { Call, Comparison, Expression, ItemWise, Slice } from "./tree.ts";
import { dictOf, generatorOf, isTrue, listOf, type Value } from "./values.ts";

/** What an expression is evaluated in. */
export interface Context {
  readonly scope: Scope;
  readonly meter: Meter;
}

/**
 * The value of an expression; undefined where it is missing.
 * @throws EvaluationError where Python raises an error
 */
export function evaluate(expression: Expression, context: Context): Value {
  context.meter.spend(1);
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return context.scope.get(expression.name);
    case "list":
    case "tuple":
      return listOf(evaluateAll(expression.items, context), expression.kind);
    case "dict":
      return dictOf(evaluateEntries(expression.entries, context));
    case "attribute":
      return attributeOf(evaluate(expression.of, context), expression.name);
    case "subscript":
      return evaluateSubscript(expression.of, expression.key, context);
    case "slice":
      return evaluateSlice(expression, context);
    case "call":
      return evaluateCall(expression, context);
    case "map":
    case "select":
    case "reject":
      return generatorOf(evaluateItemWise(expression, context));
    default:
      return evaluateOperator(expression, context);
  }
}

type Operator = Extract<
  Expression,
  { readonly kind: "not" | "-" | "+" | "and" | "or" | "comparison" | "arithmetic" | "choice" }
>;

function evaluateOperator(expression: Operator, context: Context): Value {
  switch (expression.kind) {
    case "not":
      return !isTrue(evaluate(expression.of, context));
    case "-":
      return negated(evaluate(expression.of, context));
    case "+":
      return unchanged(evaluate(expression.of, context));
    case "comparison":
      return evaluateComparison(expression, context);
    case "arithmetic": {
      const left = evaluate(expression.left, context);
      return calculate(
        expression.operator,
        left,
        evaluate(expression.right, context),
        context.meter,
      );
    }
    default:
      return evaluateBranches(expression, context);
  }
}

function evaluateBranches(
  expression: Extract<Operator, { readonly kind: "and" | "or" | "choice" }>,
  context: Context,
): Value {
  if (expression.kind === "choice") {
    const { test, yes, otherwise } = expression;
    if (isTrue(evaluate(test, context))) return evaluate(yes, context);
    return otherwise && evaluate(otherwise, context);
  }
  const left = evaluate(expression.left, context);
  const isEnough = isTrue(left) === (expression.kind === "or");
  return isEnough ? left : evaluate(expression.right, context);
}

function evaluateAll(expressions: readonly Expression[], context: Context): readonly Value[] {
  return expressions.map((expression) => evaluate(expression, context));
}

function evaluateEntries(
  entries: readonly (readonly [Expression, Expression])[],
  context: Context,
): readonly { readonly key: Value; readonly value: Value }[] {
  return entries.map(([key, value]) => ({
    key: evaluate(key, context),
    value: evaluate(value, context),
  }));
}

function evaluateSubscript(of: Expression, key: Expression, context: Context): Value {
  const value = evaluate(of, context);
  if (typeof value === "string") context.meter.spendOn(value);
  return subscriptOf(value, evaluate(key, context));
}

function evaluateSlice({ of, from, to, step }: Slice, context: Context): Value {
  const bound = (expression: Expression | undefined): Value =>
    expression ? evaluate(expression, context) : null;
  const value = evaluate(of, context);
  return sliceOf(value, { from: bound(from), to: bound(to), step: bound(step) }, context.meter);
}

function evaluateComparison({ first, rest }: Comparison, context: Context): Value {
  let left = evaluate(first, context);
  for (const { operator, right } of rest) {
    const value = evaluate(right, context);
    if (!holds(operator, left, value, context.meter)) return false;
    left = value;
  }
  return true;
}

function evaluateCall({ operation, given }: Call, context: Context): Value {
  return apply(operation, evaluateGiven(given, context), context.meter);
}

function evaluateGiven(
  given: ReadonlyMap<string, Expression>,
  context: Context,
): Map<string, Value> {
  return new Map([...given].map(([name, value]) => [name, evaluate(value, context)]));
}

function apply(
  operation: Call["operation"],
  given: ReadonlyMap<string, Value>,
  meter: Meter,
): Value {
  for (const value of given.values()) if (typeof value === "string") meter.spendOn(value);
  return operation.apply(given, meter);
}

function evaluateItemWise(expression: ItemWise, context: Context): readonly Value[] {
  const { kind, of, path, call } = expression;
  const items = itemsOf(evaluate(of, context), context.meter);
  const fallback = expression.fallback && evaluate(expression.fallback, context);
  const given = evaluateGiven(call?.given ?? new Map(), context);
  const results = items.map((item) => {
    context.meter.spend(1);
    const value = lookUp(item, path) ?? fallback;
    return call ? applyTo(value, call, given, context.meter) : value;
  });
  if (kind === "map") return results;
  return items.filter((_, index) => isTrue(results[index]) === (kind === "select"));
}

function applyTo(
  value: Value,
  { operation }: Call,
  given: ReadonlyMap<string, Value>,
  meter: Meter,
): Value {
  const [first = ""] = operation.parameters;
  return apply(operation, new Map([...given, [first, value]]), meter);
}

/** An attribute of an item, in the words of Jinja: `a.b`, `0.c`. */
function lookUp(item: Value, path: readonly string[]): Value {
  let value = item;
  for (const key of path) value = subscriptOf(value, /^\d+$/.test(key) ? BigInt(key) : key);
  return value;
}
