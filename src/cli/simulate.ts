import { exitCode, type ExitCode } from "../exit-code.ts";
import { Client } from "./client.ts";
import { loadMeant } from "./configuration.ts";
import { brokerUrl, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { phoneCommand, worldPorts } from "./demo.ts";

export interface SimulateOptions extends ConnectionOptions {
  readonly timeScale: number;
}

const loopback = "127.0.0.1";

/** As long as a timer can be. */
const longestMs = 2 ** 31 - 1;

/** `koine simulate <world>`: the devices of one world alone, for whoever wants to talk to them. */
export async function simulate(
  world: string,
  options: SimulateOptions,
  context: Context,
): Promise<ExitCode> {
  const { env, random, print } = context;
  const stopRequested = context.stopRequested();
  const { config } = await loadMeant(options, context);
  const url = brokerUrl(options, config, env);
  const clock = context.clock(options.timeScale);
  const ports = await worldPorts();
  const pluggedIn = new Map([
    [
      "zigbee",
      `stick at tcp://${loopback}:${ports.stickPort}, stick: zstack. Devices join when you let them in. Stop with Ctrl-C.`,
    ],
    [
      "ble",
      `Bluetooth controller at tcp://${loopback}:${ports.controllerPort}, for controller:. Stop with Ctrl-C.`,
    ],
    [
      "sms",
      `modem at tcp://${loopback}:${ports.modemPort}. Text it: "${phoneCommand(ports.phonePort)}". Stop with Ctrl-C.`,
    ],
  ]).get(world);
  if (pluggedIn === undefined) {
    // Devices try for ever; a person wants to know at once.
    const { root } = config.bus;
    const probe = await Client.connect({ url, root, clock, commandTimeoutS: 0 });
    await probe.close();
  }
  const place = { url, ...ports, isOpen: false, clock, random };
  const end = await context.startSimulatedWorlds(place, [world]);
  print(
    pluggedIn === undefined
      ? `SIMULATED ${world} devices talk to ${url}. Stop them with Ctrl-C.`
      : `SIMULATED ${world} ${pluggedIn}`,
  );
  // While the broker is away nothing else keeps this process from ending.
  const stopped = new AbortController();
  const alive = context.clock(1).sleep(longestMs, stopped.signal);
  alive.catch(() => {});
  await stopRequested;
  stopped.abort();
  await end();
  return exitCode.ok;
}
