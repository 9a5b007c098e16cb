import type { ArithmeticOperator } from "./arithmetic.ts";
import type { ComparisonOperator } from "./comparison.ts";
import type { Operation } from "./operation.ts";
import type { Value } from "./values.ts";

/** What has a value. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "not" | "-" | "+"; readonly of: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | Comparison
  | Arithmetic
  | Choice
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "subscript"; readonly of: Expression; readonly key: Expression }
  | Slice
  | Call
  | ItemWise;

/** `a < b <= c`: each is compared with the one before. */
export interface Comparison {
  readonly kind: "comparison";
  readonly first: Expression;
  readonly rest: readonly {
    readonly operator: ComparisonOperator;
    readonly right: Expression;
  }[];
}

export interface Arithmetic {
  readonly kind: "arithmetic";
  readonly operator: ArithmeticOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `a if b else c` */
export interface Choice {
  readonly kind: "choice";
  readonly test: Expression;
  readonly yes: Expression;
  readonly otherwise?: Expression | undefined;
}

/** `a[from:to:step]` */
export interface Slice {
  readonly kind: "slice";
  readonly of: Expression;
  readonly from?: Expression | undefined;
  readonly to?: Expression | undefined;
  readonly step?: Expression | undefined;
}

/** A filter, a function, a test or a method, with what it is given by name. */
export interface Call {
  readonly kind: "call";
  readonly operation: Operation;
  readonly given: ReadonlyMap<string, Expression>;
}

/** `map`, `select` and the like: an operation on each item, perhaps on an attribute of it. */
export interface ItemWise {
  readonly kind: "map" | "select" | "reject";
  readonly of: Expression;
  readonly path: readonly string[];
  readonly call?: Call | undefined;
  readonly fallback?: Expression | undefined;
}

/** What is rendered. */
export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly of: Expression }
  | If
  | For
  | {
      readonly kind: "set";
      readonly targets: readonly string[];
      readonly to: Expression;
    }
  | {
      readonly kind: "set field";
      readonly name: string;
      readonly field: string;
      readonly to: Expression;
    };

export interface If {
  readonly kind: "if";
  readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[];
  readonly otherwise: readonly Statement[];
}

export interface For {
  readonly kind: "for";
  readonly targets: readonly string[];
  readonly over: Expression;
  readonly where?: Expression | undefined;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}
