import { addressText, firstFreePort } from "../bus/embedded/listener.ts";
import { loadConfig } from "../config/load.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { limits } from "../limits.ts";
import type { Context, RunningDaemon } from "./context.ts";
import { portOption } from "./run.ts";

const host = "127.0.0.1";
const usualPorts = { tcp: 1883, ws: 9001 } as const;
/** Where network sticks are found, and the simulated one; the simulated modem and its phones beside it. */
const usualStickPort = 6638;
const usualModemPort = 6639;
export const usualPhonePort = 6640;
const usualControllerPort = 6641;

/** Worlds that the gateway connects to, as it does to what is plugged in. */
const pluggedIn: readonly string[] = ["zigbee", "ble", "sms"];

export interface DemoOptions {
  readonly timeScale: number;
}

interface WorldPorts {
  readonly stickPort: number;
  readonly modemPort: number;
  readonly phonePort: number;
  readonly controllerPort: number;
}

/** `koine demo`: the same daemon, with throw-away data and simulated devices. */
export async function demo(options: DemoOptions, context: Context): Promise<ExitCode> {
  const stopRequested = context.stopRequested();
  for (let tries = 1; ; tries++) {
    try {
      return await runOnce(options, context, stopRequested);
    } catch (error) {
      // Another program took a port between looking and listening: there are others.
      if (tries >= limits.demoTries || !isTaken(error)) throw error;
    }
  }
}

async function runOnce(
  options: DemoOptions,
  context: Context,
  stopRequested: Promise<void>,
): Promise<ExitCode> {
  const { env, kinds, random } = context;
  const tcp = await firstFreePort(host, usualPorts.tcp);
  const ws = await firstFreePort(host, usualPorts.ws);
  const ports = await worldPorts();
  const text = configText(tcp, ws, ports);
  const loaded = await loadConfig({ text, env, kinds });
  const { log } = await context.logger("warn", loaded.secrets);
  const clock = context.clock(options.timeScale);
  // What is plugged in has its own timing, however fast the gateway's clock runs.
  const url = `mqtt://${host}:${tcp}`;
  const world = { url, ...ports, isOpen: true, clock, random };
  const endPluggedIn = await context.startSimulatedWorlds(
    { ...world, clock: context.clock(1) },
    pluggedIn,
  );
  const data = await context.throwAwayDirectory();
  try {
    const { timeScale } = options;
    const daemon = await context.startDaemon({ loaded, dataDirectory: data.path, timeScale, log });
    try {
      const { addresses } = daemon;
      const port = addresses.find(({ protocol }) => protocol === "tcp")?.port ?? tcp;
      const others = context.simulatedWorlds.filter((name) => !pluggedIn.includes(name));
      const place = { ...world, url: `mqtt://${host}:${port}` };
      const endWorlds = await context.startSimulatedWorlds(place, others);
      greet(context, daemon, { port, phonePort: ports.phonePort, data: data.path });
      await stopRequested;
      await endWorlds();
    } finally {
      await daemon.stop();
    }
  } finally {
    await endPluggedIn();
    await data.remove();
  }
  return exitCode.ok;
}

/** Whether a port was taken, by this error or the one behind it. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "EADDRINUSE") || isTaken(error.cause);
}

/** TCP ports of what is plugged in: the usual ones, or the next that are free. */
export async function worldPorts(): Promise<WorldPorts> {
  // None is taken before all are chosen: each is looked for behind the one before.
  const stickPort = await firstFreePort(host, usualStickPort);
  const modemPort = await firstFreePort(host, Math.max(usualModemPort, stickPort + 1));
  const phonePort = await firstFreePort(host, Math.max(usualPhonePort, modemPort + 1));
  const controllerPort = await firstFreePort(host, Math.max(usualControllerPort, phonePort + 1));
  return { stickPort, modemPort, phonePort, controllerPort };
}

/** How to take the phone of somebody in the simulated network. */
export function phoneCommand(phonePort: number): string {
  const option = phonePort === usualPhonePort ? "" : ` --port ${phonePort}`;
  return `koine simulate phone Amina${option}`;
}

function greet(
  { print, version }: Context,
  { addresses, root }: RunningDaemon,
  { port, phonePort, data }: { port: number; phonePort: number; data: string },
): void {
  const option = portOption(addresses);
  const set = `${root}/1/wifi-024b4f000001/set`;
  print(
    `Koine ${version} demo: every device below ${root}/1/ but gateway-… and host-… is SIMULATED.`,
  );
  print(`  MQTT     ${addresses.map(addressText).join("  ")}`);
  if (port !== usualPorts.tcp)
    print(`           port ${usualPorts.tcp} is taken, so this is ${port}`);
  print(`  Listen   mosquitto_sub${option} -t '${root}/1/#' -v`);
  print(`  Command  mosquitto_pub${option} -t ${set} -m '{"onoff":"toggle"}'`);
  print(`  Phone    ${phoneCommand(phonePort)}   (then type: ?)`);
  print(`  Explain  koine explain pump --data ${data}`);
  print("  Stop     Ctrl-C; nothing is kept");
}

function configText(
  tcp: number,
  ws: number,
  { stickPort, modemPort, controllerPort }: WorldPorts,
): string {
  return [
    "bus:",
    `  listen: [tcp://${host}:${tcp}, ws://${host}:${ws}]`,
    "gateway:",
    "  interval: 5",
    "adapters:",
    "  - use: wifi",
    "    simulated: true",
    "  - use: zigbee",
    `    port: tcp://${host}:${stickPort}`,
    "    stick: zstack",
    "    simulated: true",
    "  - use: ble",
    `    controller: tcp://${host}:${controllerPort}`,
    "    devices:",
    '      - { address: "54:48:e6:8f:80:a5", name: Cold store, key: 231d39c1d7cc1ab1aee224cd096db932 }',
    "      - { irk: 9c1f4e7a3b60d8258e51c7f20a94b36d, name: Amina's phone }",
    "      - { beacon: f7826da6-4fa2-4e98-8024-bc5b71e0893e-27-4, name: Tractor }",
    '      - { address: "d0:c8:4e:1b:7a:92", name: Kettle, profile: switchbot-bot }',
    '      - address: "f0:f5:bd:0c:41:aa"',
    "        name: Reading lamp",
    "        points:",
    "          - is: brightness",
    "            service: 19b10000-e8f2-537e-4f6c-d104768a1214",
    "            characteristic: 19b10001-e8f2-537e-4f6c-d104768a1214",
    "            mul: 0.392157",
    "            every: 600",
    "            write: confirmed",
    "    simulated: true",
    "  - use: sms",
    `    modems: [{ port: "tcp://${host}:${modemPort}" }]`,
    "    people:",
    '      - { name: Amina, number: "+254700000001", language: sw }',
    '      - { name: Joseph, number: "+254700000002" }',
    "    simulated: true",
    "dialogue:",
    "  owners: [Amina]",
    "  devices:",
    "    Pump: { area: field }",
    "    Tank: { area: field }",
    "alerts:",
    "  rules:",
    "    - { device: Tank, property: level, below: 20 }",
  ].join("\n");
}
