import { z } from "zod";
import { CommandError, ProtocolError } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { scalarSchema } from "../model/state.ts";
import { nearest } from "../nearest.ts";
import type { Context } from "./context.ts";
import { ask, type ControlOptions } from "./control.ts";
import { painter, table } from "./style.ts";
import { valueText } from "./value-text.ts";

export interface ExplainOptions extends ControlOptions {
  readonly json?: boolean;
}

const propertySchema = z.looseObject({
  is: z.string(),
  unit: z.string().optional(),
  adapter: z.string(),
  source: z.string().optional(),
  value: scalarSchema.optional(),
  quality: z.string().optional(),
  _ts: z.string().optional(),
  raw: scalarSchema.optional(),
  conversion: z.string().optional(),
  from: z.string().optional(),
});
type Explained = z.infer<typeof propertySchema>;

const explanationSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  availability: z.string(),
  routes: z.array(
    z.looseObject({
      adapter: z.string(),
      identifiers: z.array(z.tuple([z.string(), z.string()])),
    }),
  ),
  properties: z.record(z.string(), propertySchema),
  diagnostics: z.array(
    z.looseObject({
      code: z.string(),
      reason: z.string().optional(),
      count: z.number(),
      _ts: z.string(),
    }),
  ),
});

/** `koine explain <device>`: where each value came from, and what was made of it. */
export async function explain(
  device: string,
  keys: readonly string[],
  options: ExplainOptions,
  context: Context,
): Promise<ExitCode> {
  const { print, colours } = context;
  const answer = await ask("explain", { device }, options, context);
  if (options.json === true) {
    print(JSON.stringify(answer));
    return exitCode.ok;
  }
  const parsed = explanationSchema.safeParse(answer);
  if (!parsed.success) throw new ProtocolError("The gateway's answer cannot be read");
  const { id, name, availability, routes, properties, diagnostics } = parsed.data;
  const wanted = keys.length > 0 ? keys : Object.keys(properties);
  const rows = wanted.map((key) => rowOf(key, properties));
  print(`${name} (${id}) is ${availability}`);
  for (const { adapter, identifiers } of routes) {
    print(`  reached over ${adapter} as ${identifiers.map((pair) => pair.join(":")).join(", ")}`);
  }
  const [head = "", ...lines] = table([titles, ...rows]);
  print(painter(colours)("bold", head));
  for (const line of lines) print(line);
  for (const { code, reason = "", count, _ts } of diagnostics) {
    print(`not understood ${count} times, last at ${_ts}: ${code} ${reason}`);
  }
  return exitCode.ok;
}

const titles = ["KEY", "VALUE", "QUALITY", "FROM", "RAW", "CONVERSION", "TIME"];

function rowOf(key: string, properties: Readonly<Record<string, Explained>>): string[] {
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (!property) {
    const meant = nearest(key, Object.keys(properties));
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new CommandError("unknown_property", `It has no property ${key}${hint}`);
  }
  const { unit, value, quality = "", raw, conversion, _ts = "" } = property;
  const { adapter, from: topic = "", source = "" } = property;
  const from = [adapter, topic, source].filter((word) => word !== "").join(" ");
  const sent = raw === undefined ? "" : JSON.stringify(raw);
  return [key, valueText({ unit }, value), quality, from, sent, madeBy(property, conversion), _ts];
}

/** How the raw value became this one. */
function madeBy({ raw, value, quality }: Explained, conversion: string | undefined): string {
  if (value === undefined || raw === undefined) return "";
  if (quality === "invalid") return "no plausible value";
  if (conversion !== undefined) return conversion;
  return JSON.stringify(raw) === JSON.stringify(value) ? "as it is" : "rounded";
}
