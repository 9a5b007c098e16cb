import type { PropertyFacts, Scalar } from "koine/adapter";

/** Where a value stands on a node. */
export interface ValueId {
  /** Number of the command class. */
  readonly commandClass: number;
  readonly endpoint: number;
  readonly property: string;
  readonly key?: string | undefined;
  readonly unit?: string | undefined;
}

/** A value as a property of ours. */
export interface ZwaveValue {
  readonly facts: PropertyFacts;
  readonly read: (raw: Scalar) => Scalar | undefined;
  readonly write?: (value: Scalar) => Scalar | undefined;
  /** Property to write in place of the one that is read. */
  readonly target?: string;
  /** Property to name as the source in place of the one that is read. */
  readonly source?: string;
  readonly says?: string;
}

/** A value as it is. */
export const same = (raw: Scalar): Scalar => raw;

/** What is true or false, and nothing else. */
export const boolean = (raw: Scalar): Scalar | undefined =>
  typeof raw === "boolean" ? raw : undefined;

/** The facts of a value: an endpoint is a part. */
export function factsOf({ endpoint }: ValueId, is: string): PropertyFacts {
  return { is, ...(endpoint > 0 && { part: String(endpoint) }) };
}

/** Numbers that stand for words; those that we have no word for say nothing. */
export function words(
  id: ValueId,
  is: string,
  table: ReadonlyMap<number, string>,
  target?: string,
): ZwaveValue {
  return {
    facts: { ...factsOf(id, is), values: [...new Set(table.values())] },
    read: (raw) => (typeof raw === "number" ? (table.get(raw) ?? null) : undefined),
    ...(target !== undefined && {
      write: (value) => [...table].find(([, word]) => word === value)?.[0],
      target,
    }),
    says: "number → word",
  };
}
