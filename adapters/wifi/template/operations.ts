import { dictMethods, listFilters, listFunctions, namespaceOf } from "./list-operations.ts";
import { commonNumberOperations, numberFilters } from "./number-operations.ts";
import type { Operation } from "./operation.ts";
import { stringMethods, textFilters } from "./text-operations.ts";

export { tests } from "./tests.ts";

/** What may stand after `|`, beside what works on each item. */
export const filters: ReadonlyMap<string, Operation> = new Map([
  ...commonNumberOperations,
  ...numberFilters,
  ...textFilters,
  ...listFilters,
]);

/** What may be called by its name. */
export const functions: ReadonlyMap<string, Operation> = new Map([
  ...commonNumberOperations,
  ...listFunctions,
]);

/** Functions whose arguments have names of the template's own. */
export const keywordFunctions: ReadonlyMap<string, (names: readonly string[]) => Operation> =
  new Map([["namespace", namespaceOf]]);

/** What may be called after a dot: which value it is of shows only when it is rendered. */
export const methods: ReadonlyMap<string, Operation> = new Map([...stringMethods, ...dictMethods]);

/** Whether a name is that of a function. */
export function isOperationName(name: string): boolean {
  return functions.has(name) || keywordFunctions.has(name);
}
