import { askDaemon } from "../bus/control-client.ts";
import { controlPath } from "../bus/control-socket.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { CommandError, LinkError } from "../errors.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Context } from "./context.ts";
import { dataDirectory, defaultConfigFile } from "./run.ts";

/** How a command finds the daemon whose control socket it asks. */
export interface ControlOptions {
  readonly config?: string;
  /** Data directory, where it is not that of the configuration. */
  readonly data?: string;
}

/**
 * Asks the running daemon, and resolves to what it says.
 * @throws LinkError when none runs on that data directory
 * @throws CommandError when it refuses
 */
export async function ask(
  verb: string,
  params: Readonly<Record<string, Scalar>>,
  options: ControlOptions,
  context: Context,
): Promise<Scalar> {
  const directory = await findDirectory(options, context);
  // A path that no socket can have is another trouble than nobody there.
  controlPath(directory);
  const response = await askDaemon({ directory, verb, params, clock: context.clock(1) }).catch(
    (cause: unknown) => {
      throw new LinkError(
        `No gateway runs on data directory "${directory}"; start "koine run", or name another with --data`,
        { cause },
      );
    },
  );
  const { status, code = "device_error", message = "refused", data: answer = null } = response;
  if (status === "error") throw new CommandError(code, message);
  return answer;
}

/** The data directory that is meant: the one named, or that of the configuration. */
export async function findDirectory(options: ControlOptions, context: Context): Promise<string> {
  const { config } = await loadFor(options, context);
  return options.data ?? dataDirectory(config, context.env);
}

/** The configuration that is meant. */
export function loadFor(
  { config }: ControlOptions,
  { env, kinds }: Context,
): Promise<LoadedConfig> {
  const file = config ?? env["KOINE_CONFIG"];
  return loadConfig({ file, defaultFile: defaultConfigFile, env, kinds });
}
