import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, type AdapterHost } from "koine/adapter";
import { fileNames, Generations, readBacksUp, readText, writeFileSafely } from "./files.ts";
import { isSameNetwork, networkIn, type Network } from "./network.ts";
import type { Start } from "./link.ts";

/** What was in the folder before the stick was started. */
export interface Guarded {
  /** Devices that have joined. */
  readonly devices: number;
  /** The database, word by word. */
  readonly database: string | undefined;
}

const decide =
  "Nothing was changed. Put a backup back with: koine zigbee restore FILE, or give the network up with: koine zigbee forget-network. Then start the gateway again";

/**
 * Looks at the files of the network before the stick is started: with devices in the database, but
 * without a backup of this very network, the library would make a new network and forget them all.
 * A file that is lost or spoilt is put back from its newest generation that can be read.
 * @throws ConfigError when a person has to decide
 */
export async function guardNetwork(host: AdapterHost, network: Network): Promise<Guarded> {
  const { directory } = host;
  const generations = new Generations(directory);
  const database = await sound(host, generations, fileNames.database, isDatabase);
  const backup = await sound(
    host,
    generations,
    fileNames.backup,
    (text) => networkIn(text) !== undefined,
  );
  const devices = devicesIn(database);
  const now = host.clock.now();
  await generations.keep(fileNames.database, now);
  await generations.keep(fileNames.backup, now);
  const kept = backup === undefined ? undefined : networkIn(backup);
  if (devices > 0 && !kept && (await readBacksUp(directory))) {
    throw new ConfigError(
      `The backup of the Zigbee stick is lost, and without it the network of ${devices} devices might be too. ${decide}`,
    );
  }
  if (devices > 0 && kept && !isSameNetwork(kept, network)) {
    throw new ConfigError(
      `The Zigbee network of the configuration is another one than that of ${devices} devices. ${decide}`,
    );
  }
  return { devices, database };
}

/**
 * Looks at how the stick has come up. One that made a new network although devices are known is an
 * alarm: they are all out of reach.
 * @throws ConfigError then; the database is put back before
 */
export async function settleStart(
  start: Start,
  { devices, database }: Guarded,
  host: AdapterHost,
): Promise<void> {
  host.count(`started_${start}`);
  if (start !== "reset" || devices === 0) return;
  if (database !== undefined) {
    await writeFileSafely(join(host.directory, fileNames.database), database);
  }
  throw new ConfigError(
    `The Zigbee stick has made a new network, in which none of ${devices} devices is. ${decide}`,
  );
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
  for (const name of Object.values(fileNames)) {
    const path = join(directory, name);
    if ((await readText(path)) === undefined) continue;
    await rename(path, `${path}.forgotten-${stamp}`);
    moved.push(name);
  }
  return moved;
}
