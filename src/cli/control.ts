import { askDaemon } from "../bus/control-client.ts";
import { controlPath } from "../bus/control-socket.ts";
import { loadConfig } from "../config/load.ts";
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
  { config: named, data }: ControlOptions,
  { env, kinds, clock }: Context,
): Promise<Scalar> {
  const file = named ?? env["KOINE_CONFIG"];
  const { config } = await loadConfig({ file, defaultFile: defaultConfigFile, env, kinds });
  const directory = data ?? dataDirectory(config, env);
  // A path that no socket can have is another trouble than nobody there.
  controlPath(directory);
  const response = await askDaemon({ directory, verb, params, clock: clock(1) }).catch(
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
