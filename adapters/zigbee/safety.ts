import { existsSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, type AdapterHost } from "koine/adapter";
import {
  fileNames,
  Generations,
  generationsFolder,
  readBacksUp,
  readText,
  writeFileSafely,
} from "./files.ts";
import type { Start } from "./link.ts";
import { isNetworkFile, isSameNetwork, networkIn, type LoadedNetwork } from "./network.ts";

/** What was in the folder before the stick was started. */
export interface Guarded {
  /** Devices that have joined. */
  readonly devices: number;
  /** The files of their network, word by word. */
  readonly files: ReadonlyMap<string, string>;
}

const decide =
  "Put a backup back with: koine zigbee restore FILE, or give the network up with: koine zigbee forget-network yes. Then start the gateway again";

/** Puts files that a power cut has spoilt or lost back from their newest generation that can be read. */
export async function mendFiles(host: AdapterHost): Promise<ReadonlyMap<string, string>> {
  const generations = new Generations(host.directory);
  const now = host.clock.now();
  const files = new Map<string, string>();
  for (const [name, isSound] of checks) {
    const text = await sound(host, generations, name, isSound);
    if (text === undefined) continue;
    files.set(name, text);
    await generations.keep(name, now);
  }
  return files;
}

const checks = [
  [fileNames.network, isNetworkFile],
  [fileNames.database, isDatabase],
  [fileNames.backup, (text: string) => networkIn(text) !== undefined],
] as const;

/**
 * Looks at the network before the stick is started: with devices in the database, but without a
 * backup of this very network, the library would make a new network and forget them all.
 * @throws ConfigError when a person has to decide; nothing was changed then
 */
export async function guardNetwork(
  host: AdapterHost,
  files: ReadonlyMap<string, string>,
  { network, kept }: LoadedNetwork,
): Promise<Guarded> {
  const devices = devicesIn(files.get(fileNames.database));
  if (devices === 0) return { devices, files };
  const backup = networkIn(files.get(fileNames.backup) ?? "");
  const needsBackup = await readBacksUp(host.directory);
  if (needsBackup ? !backup : !kept) {
    throw new ConfigError(
      `The ${needsBackup ? "backup of the Zigbee stick is" : "keys of the Zigbee network are"} lost, and without them ${devices} devices might be too. Nothing was changed. ${decide}`,
    );
  }
  const known = [backup, kept].filter((one) => one !== undefined);
  if (known.some((one) => !isSameNetwork(one, network))) {
    throw new ConfigError(
      `The Zigbee network of the configuration is another one than that of ${devices} devices. Nothing was changed. Take network: out of the configuration. Or: ${decide}`,
    );
  }
  return { devices, files };
}

/** Whether a stick has made a new network although devices are known: they are all out of reach. */
export function isAlarm(start: Start, { devices }: Guarded): boolean {
  return start === "reset" && devices > 0;
}

/** What a person has to know then. */
export function alarmOf({ devices }: Guarded): ConfigError {
  return new ConfigError(
    `The Zigbee stick has made a new network, in which none of ${devices} devices is; the files of the old one were put back. ${decide}`,
  );
}

/** Puts the files of the old network back, once the library does not write them any more. */
export async function putBack({ files }: Guarded, { directory }: AdapterHost): Promise<void> {
  for (const [name, text] of files) await writeFileSafely(join(directory, name), text);
}

/** The text of a file, put back from a generation where the file itself is spoilt. */
async function sound(
  host: AdapterHost,
  generations: Generations,
  name: string,
  isSound: (text: string) => boolean,
): Promise<string | undefined> {
  const path = join(host.directory, name);
  const text = await readText(path);
  if (text !== undefined && isSound(text)) return text;
  for await (const older of generations.read(name)) {
    if (!isSound(older.text)) continue;
    if (text !== undefined) await copyFile(path, `${path}.damaged`);
    await writeFileSafely(path, older.text);
    host.count("files_put_back");
    host.log.warn({ file: name, from: older.file }, "lost file put back from an earlier one");
    return older.text;
  }
  return text;
}

/** One JSON object in each line. */
function isDatabase(text: string): boolean {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.length > 0 && lines.every((line) => line.startsWith("{") && line.endsWith("}"));
}

function devicesIn(database: string | undefined): number {
  const entries = (database ?? "").split("\n");
  return entries.filter((line) => /"type":"(?:Router|EndDevice|GreenPower)"/.test(line)).length;
}

/** Moves the files of a network aside, so that the next start makes a new one. */
export async function forgetNetwork(directory: string, nowMs: number): Promise<readonly string[]> {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-");
  const moved: string[] = [];
  for (const name of [...Object.values(fileNames), generationsFolder]) {
    const path = join(directory, name);
    if (!existsSync(path)) continue;
    await rename(path, `${path}.forgotten-${stamp}`);
    moved.push(name);
  }
  return moved;
}
