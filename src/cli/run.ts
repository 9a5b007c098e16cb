import { join } from "node:path";
import { exposureOf } from "../bus/access/exposure.ts";
import { addressText } from "../bus/embedded/listener.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { dataDirectory, loadMeant, localConfigFile } from "./configuration.ts";
import type { Context, RunningDaemon } from "./context.ts";

export interface RunOptions {
  readonly config?: string;
  /** For tests: time runs so many times faster. */
  readonly timeScale: number;
}

/** `koine run`: the daemon, until it is asked to stop. */
export async function run(options: RunOptions, context: Context): Promise<ExitCode> {
  const stopRequested = context.stopRequested();
  const loaded = await loadMeant(options, context);
  const { config, secrets } = loaded;
  const directory = dataDirectory(config, context.env);
  const { log } = await context.logger(config.log.level, secrets);
  const { timeScale } = options;
  const daemon = await context.startDaemon({ loaded, dataDirectory: directory, timeScale, log });
  greet(context, daemon, loaded.file, directory);
  const reason = await Promise.race([stopRequested, daemon.restartWanted]);
  if (reason === undefined) log.info({}, "stopping");
  else log.warn({ reason }, "stopping, to be started again");
  await daemon.stop();
  return reason === undefined ? exitCode.ok : exitCode.internal;
}

function greet(
  { print, complain, version }: Context,
  { addresses, broker, isInsecure, root }: RunningDaemon,
  file: string | undefined,
  directory: string,
): void {
  print(`Koine ${version} is running, for ${audience(addresses, broker)}.`);
  if (isInsecure) {
    complain("INSECURE: other machines are let in without encryption, or without a password.");
    complain("  Everybody on that network may hear, and perhaps command, everything here.");
  }
  print(`  MQTT    ${broker?.host ?? addresses.map(addressText).join("  ")}`);
  const options = clientOptions(addresses, directory);
  if (options !== undefined) print(`  Listen  mosquitto_sub -t '${root}/1/#' -v${options}`);
  print(`  Data    ${directory}`);
  if (file !== undefined) {
    print(`  Config  ${file}`);
    return;
  }
  print(`  Config  none: defaults. To add a world, write ${localConfigFile} here, for example:`);
  print("            adapters:");
  print("              - use: wifi                  # WiFi devices that connect to this broker");
  print("              - use: wifi                  # and those on another broker");
  print("                name: barn");
  print("                source: mqtt://192.0.2.20:1883");
}

function audience(addresses: RunningDaemon["addresses"], broker: URL | undefined): string {
  if (broker) return "the clients of another broker";
  return exposureOf(addresses).isOpen ? "other machines, too" : "this machine only";
}

/** What a mosquitto client on this machine needs to get in. */
function clientOptions(
  addresses: RunningDaemon["addresses"],
  directory: string,
): string | undefined {
  if (addresses.some(({ protocol }) => protocol === "tcp")) return portOption(addresses);
  const port = addresses.find(({ protocol }) => protocol === "tls")?.port;
  if (port === undefined) return undefined;
  return ` -h localhost -p ${port} --cafile ${join(directory, "tls", "ca.pem")}`;
}

/** What a mosquitto client needs to find a broker that is not on the usual port. */
export function portOption(addresses: RunningDaemon["addresses"]): string {
  const port = addresses.find(({ protocol }) => protocol === "tcp")?.port;
  return port === undefined || port === 1883 ? "" : ` -p ${port}`;
}
