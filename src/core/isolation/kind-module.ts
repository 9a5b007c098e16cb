import type { AdapterKind } from "../adapter.ts";

/** The adapter kind that a module exports under whatever name; of several the one that is named. */
export function kindIn(module: unknown, name?: string): AdapterKind<unknown> | undefined {
  const kinds = Object.values(module ?? {}).filter(isKind);
  return name === undefined ? kinds[0] : kinds.find(({ kind }) => kind === name);
}

function isKind(value: unknown): value is AdapterKind<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    typeof value.kind === "string" &&
    "create" in value &&
    typeof value.create === "function" &&
    "configSchema" in value
  );
}
