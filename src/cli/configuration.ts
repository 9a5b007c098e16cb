import { join } from "node:path";
import { loadConfig, type LoadedConfig, type LoadOptions } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { servicePaths } from "../service/names.ts";
import type { Context } from "./context.ts";

/** Which configuration a command goes by. */
export interface ConfigOptions {
  readonly config?: string;
}

/** Of this directory: taken when none is named. */
export const localConfigFile = "koine.yaml";

/** Of this machine: taken when there is none in this directory. */
export function systemConfigFile(env: Context["env"]): string {
  return join(env["KOINE_ETC"] ?? servicePaths.settings, localConfigFile);
}

/** Where the configuration that is meant is found. */
export function configSource({ config }: ConfigOptions, { env, kinds }: Context): LoadOptions {
  const file = config ?? env["KOINE_CONFIG"];
  return { file, defaultFiles: [localConfigFile, systemConfigFile(env)], env, kinds };
}

/**
 * The configuration that is meant.
 * @throws ConfigError with every problem and its place
 */
export function loadMeant(options: ConfigOptions, context: Context): Promise<LoadedConfig> {
  return loadConfig(configSource(options, context));
}

/** Where the daemon keeps everything. */
export function dataDirectory(config: Pick<Config, "data">, env: Context["env"]): string {
  return config.data ?? env["STATE_DIRECTORY"] ?? "./koine-data";
}
