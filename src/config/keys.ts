import { z } from "zod";

/** One key that a configuration may have. */
export interface ConfigKey {
  readonly path: readonly string[];
  readonly description: string;
  readonly fallback: unknown;
}

const nodeSchema = z.looseObject({
  description: z.string().optional(),
  default: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** Every key of a schema, those of sections by their whole path. */
export function keysOf(schema: z.ZodType): readonly ConfigKey[] {
  return below(inputSchema(schema), []);
}

/** The JSON Schema of what a person writes. */
export function inputSchema(schema: z.ZodType): Record<string, unknown> {
  return { ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) };
}

function below(node: unknown, path: readonly string[]): readonly ConfigKey[] {
  const { description = "", default: fallback, properties } = nodeSchema.parse(node);
  if (!properties) return [{ path, description, fallback }];
  return Object.entries(properties).flatMap(([name, inner]) => below(inner, [...path, name]));
}
