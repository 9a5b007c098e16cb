import { exitCode, type ExitCode } from "../exit-code.ts";
import { loadMeant, localConfigFile, type ConfigOptions } from "./configuration.ts";
import type { Context } from "./context.ts";

/** `koine config check`: reads the configuration and says whether it can be used. */
export async function checkConfig(options: ConfigOptions, context: Context): Promise<ExitCode> {
  const { print } = context;
  const loaded = await loadMeant(options, context);
  const names = loaded.adapters.map(({ name }) => name).join(", ");
  print(`${loaded.file ?? `no ${localConfigFile} here: the defaults`} can be used`);
  print(`  adapters: ${names === "" ? "none" : names}`);
  return exitCode.ok;
}
