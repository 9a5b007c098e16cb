import { CommandError } from "../errors.ts";
import { explainConfig, type ExplainedKey } from "../config/explain.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { configSource, type ConfigOptions } from "./configuration.ts";
import type { Context } from "./context.ts";
import { painter, table } from "./style.ts";

/** `koine config explain`: every key, its value, where that comes from, and what it means. */
export async function printExplainedConfig(
  filter: string | undefined,
  options: ConfigOptions,
  context: Context,
): Promise<ExitCode> {
  const { print, colours } = context;
  const all = await explainConfig(configSource(options, context));
  const keys = all.filter(({ path }) => filter === undefined || path.includes(filter));
  if (keys.length === 0) throw new CommandError("unknown_property", `No key has "${filter}" in it`);
  const rows = keys.map((key) => [key.path, key.value, placeOf(key), key.description]);
  const [head = "", ...lines] = table([["KEY", "VALUE", "FROM", "MEANING"], ...rows]);
  print(painter(colours)("bold", head));
  for (const line of lines) print(line);
  return exitCode.ok;
}

function placeOf({ file, line, value }: ExplainedKey): string {
  if (line !== undefined) return `${file}:${line}`;
  return value === "" ? "not set" : "default";
}
