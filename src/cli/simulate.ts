import { loadConfig } from "../config/load.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Client } from "./client.ts";
import { brokerUrl, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { defaultConfigFile } from "./run.ts";

export interface SimulateOptions extends ConnectionOptions {
  readonly timeScale: number;
}

/** As long as a timer can be. */
const longestMs = 2 ** 31 - 1;

/** `koine simulate <world>`: the devices of one world alone, for whoever wants to talk to them. */
export async function simulate(
  world: string,
  options: SimulateOptions,
  context: Context,
): Promise<ExitCode> {
  const { env, kinds, random, print } = context;
  const stopRequested = context.stopRequested();
  const file = options.config ?? env["KOINE_CONFIG"];
  const { config } = await loadConfig({ file, defaultFile: defaultConfigFile, env, kinds });
  const url = brokerUrl(options, config, env);
  // Devices try for ever; a person wants to know at once.
  const { root } = config.bus;
  const clock = context.clock(options.timeScale);
  const probe = await Client.connect({ url, root, clock, commandTimeoutS: 0 });
  await probe.close();
  const end = await context.startSimulatedWorlds({ url, clock, random }, [world]);
  print(`SIMULATED ${world} devices talk to ${url}. Stop them with Ctrl-C.`);
  // While the broker is away nothing else keeps this process from ending.
  const stopped = new AbortController();
  const alive = context.clock(1).sleep(longestMs, stopped.signal);
  alive.catch(() => {});
  await stopRequested;
  stopped.abort();
  await end();
  return exitCode.ok;
}
