import { loadConfig } from "../config/load.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";
import { defaultConfigFile } from "./run.ts";

export interface CheckOptions {
  readonly config?: string;
}

/** `koine config check`: reads the configuration and says whether it can be used. */
export async function checkConfig(
  options: CheckOptions,
  { print, env, kinds }: Context,
): Promise<ExitCode> {
  const file = options.config ?? env["KOINE_CONFIG"];
  const loaded = await loadConfig({ file, defaultFile: defaultConfigFile, env, kinds });
  const names = loaded.adapters.map(({ name }) => name).join(", ");
  print(`${loaded.file ?? `no ${defaultConfigFile} here: the defaults`} can be used`);
  print(`  adapters: ${names === "" ? "none" : names}`);
  return exitCode.ok;
}
