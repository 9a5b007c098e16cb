import { askDaemon } from "../bus/control-client.ts";
import { controlPath } from "../bus/control-socket.ts";
import { CommandError, isKoineError, LinkError } from "../errors.ts";
import type { Scalar } from "../model/scalar.ts";
import type { ConfigOptions } from "./configuration.ts";
import type { Context } from "./context.ts";

/** How a command finds the daemon whose control socket it asks. */
export interface ControlOptions extends ConfigOptions {
  /** Data directory, where it is not that of the configuration. */
  readonly data?: string;
}

/**
 * Asks the running daemon, and resolves to what it says.
 * @throws LinkError when none runs on that data directory
 * @throws CommandError when it refuses, or does not answer in time
 */
export async function ask(
  verb: string,
  params: Readonly<Record<string, Scalar>>,
  options: ControlOptions & { readonly timeoutMs?: number },
  context: Context,
): Promise<Scalar> {
  const directory = await findDirectory(options, context);
  // A path that no socket can have is another trouble than nobody there.
  controlPath(directory);
  const { timeoutMs } = options;
  const clock = context.clock(1);
  const question = {
    directory,
    verb,
    params,
    clock,
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  const response = await askDaemon(question).catch((cause: unknown) => {
    if (!isKoineError(cause, "link")) throw cause;
    throw new LinkError(
      `No gateway runs on data directory "${directory}"; start "koine run", or name another with --data`,
      { cause },
    );
  });
  const { status, code = "device_error", message = "refused", data: answer = null } = response;
  if (status === "error") throw new CommandError(code, message);
  return answer;
}

/** The data directory that is meant: the one named, or that of the configuration. */
export async function findDirectory(options: ControlOptions, context: Context): Promise<string> {
  if (options.data !== undefined) return options.data;
  // Where the directory is named, none of the configuration is loaded.
  const { dataDirectory, loadMeant } = await import("./configuration.ts");
  const { config } = await loadMeant(options, context);
  return dataDirectory(config, context.env);
}
