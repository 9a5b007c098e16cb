import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

interface JsonSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** A Markdown table of every key of a configuration schema. */
export function configTable(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const rows = keys(json, "").map(
    ([key, fallback, meaning]) => `| ${key} | ${fallback} | ${meaning} |`,
  );
  return ["| key | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

function keys({ properties = {} }: JsonSchema, above: string): [string, string, string][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = above + name;
    if (schema.description === undefined) throw new Error(`"${path}" has no description`);
    if (schema.properties) return keys(schema, `${path}.`);
    return [[`\`${path}\``, fallbackText(schema.default), schema.description]];
  });
}

function fallbackText(value: unknown): string {
  return value === undefined ? "" : `\`${JSON.stringify(value)}\``;
}

/**
 * The generated part of a document as it stands. With KOINE_WRITE_DOCS set it is written first.
 * @param file relative to the root of the repository
 */
export function generatedPart(file: string, name: string, content: string): string {
  const url = new URL(`../../${file}`, import.meta.url);
  const text = readFileSync(url, "utf8");
  const [start, end] = [`<!-- generated: ${name} -->\n`, "<!-- /generated -->"];
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end, from);
  if (process.env["KOINE_WRITE_DOCS"] !== undefined) {
    writeFileSync(url, `${text.slice(0, from)}${content}\n${text.slice(to)}`);
    return content;
  }
  return text.slice(from, to).trim();
}
