import { configJsonSchema } from "../config/json-schema.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";

/** `koine config schema`: what a configuration file may say, for editors. */
export async function printConfigSchema({ print, kinds }: Context): Promise<ExitCode> {
  const loaded = await Promise.all(kinds.names.map((name) => kinds.load(name, ".")));
  const builtIn = loaded.flatMap((kind) => kind ?? []);
  print(JSON.stringify(configJsonSchema(builtIn), null, 2));
  return exitCode.ok;
}
