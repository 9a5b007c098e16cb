import { z } from "zod";
import type { AdapterKind } from "../core/adapter.ts";
import { inputSchema } from "./keys.ts";
import { adapterEntryShape, configSchema } from "./schema.ts";

/** JSON Schema of a configuration file, for editors; entries of other kinds are not held to one. */
export function configJsonSchema(builtIn: readonly AdapterKind<unknown>[]): object {
  const whole = inputSchema(configSchema);
  const entry = inputSchema(z.looseObject(adapterEntryShape));
  const kinds = builtIn.map(({ kind, configSchema: own }) => ({
    if: { properties: { use: { const: kind } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: inputSchema(withEntryKeys(own)),
  }));
  const properties = z.record(z.string(), z.looseObject({})).parse(whole["properties"]);
  const adapters = { ...properties["adapters"], items: { ...entry, allOf: kinds } };
  return { title: "koine.yaml", ...whole, properties: { ...properties, adapters } };
}

/** The keys of one kind, and those every entry has. */
function withEntryKeys(own: z.ZodType): z.ZodType {
  return own instanceof z.ZodObject ? own.extend(adapterEntryShape) : z.looseObject({});
}
