import { z } from "zod";
import { isSecretField, shownJson } from "../log-redaction.ts";
import { keysOf, type ConfigKey } from "./keys.ts";
import { loadConfig, type LoadedConfig, type LoadOptions } from "./load.ts";
import { lineOf, pathText } from "./problems.ts";
import { adapterEntryShape, configSchema } from "./schema.ts";

/** One key of a configuration, as it is in force. */
export interface ExplainedKey {
  /** As written in the file: `adapters[0].source`. */
  readonly path: string;
  /** As JSON; empty when it has none. Secrets are left out. */
  readonly value: string;
  readonly file: string | undefined;
  /** Where it is written; undefined when it is not. */
  readonly line: number | undefined;
  readonly description: string;
}

/**
 * Every key that the configuration has or could have, with the value in force and its place.
 * @throws ConfigError when it cannot be used
 */
export async function explainConfig(options: LoadOptions): Promise<readonly ExplainedKey[]> {
  const loaded = await loadConfig(options);
  const global = keysOf(configSchema).filter(({ path }) => path[0] !== "adapters");
  const entry = keysOf(z.strictObject(adapterEntryShape));
  return [
    ...global.map((key) => explain(loaded, key, [], loaded.config)),
    ...loaded.adapters.flatMap(({ name, kind, config, isolation, simulated }, index) => {
      const inForce = { use: kind.kind, name, isolation, simulated };
      const at = ["adapters", index];
      return [
        ...entry.map((key) => explain(loaded, key, at, inForce)),
        ...keysOf(kind.configSchema).map((key) => explain(loaded, key, at, config)),
      ];
    }),
  ];
}

function explain(
  { file, source, secrets }: LoadedConfig,
  { path: below, fallback, description }: ConfigKey,
  at: readonly (string | number)[],
  inForce: unknown,
): ExplainedKey {
  const path = [...at, ...below];
  const written: unknown = source.document.toJS();
  const value = valueIn(written, path) ?? fallback ?? valueIn(inForce, below);
  const text = JSON.stringify(value) ?? "";
  const inWords = [...secrets].map((secret) => JSON.stringify(secret).slice(1, -1));
  const isSecret =
    isSecretField(below.at(-1) ?? "") || inWords.some((secret) => text.includes(secret));
  return {
    path: pathText(path),
    value: isSecret && value !== undefined ? "a secret" : (shownJson(value) ?? ""),
    file,
    line: lineOf(source, path),
    description,
  };
}

function valueIn(whole: unknown, path: readonly (string | number)[]): unknown {
  let at = whole;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.entries(at).find(([key]) => key === String(step))?.[1];
  }
  return at;
}
