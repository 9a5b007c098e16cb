import { join } from "node:path";
import {
  CommandError,
  ProtocolError,
  reasonOf,
  z,
  type AdapterHost,
  type Scalar,
  type ToolOptions,
} from "koine/adapter";
import { fileNames, Generations, readText, writeFileSafely } from "./files.ts";
import type { Link } from "./link.ts";
import { networkIn } from "./network.ts";

const format = "koine-zigbee-backup";

const documentSchema = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  created: z.string(),
  /** Texts of the files, by name; only those that there are. */
  files: z.partialRecord(z.enum(Object.values(fileNames)), z.string()),
});

/** What another stick needs to take the network over: kept every hour, and handed out when asked for. */
export class Backups {
  readonly #host: AdapterHost;
  readonly #link: Link;
  readonly #generations: Generations;

  constructor(host: AdapterHost, link: Link) {
    this.#host = host;
    this.#link = link;
    this.#generations = new Generations(host.directory);
  }

  /** Reads the stick out, and keeps its files beside those of before. */
  async keep(): Promise<void> {
    try {
      await this.#readOut();
    } catch (err) {
      this.#host.count("backups_failed");
      this.#host.log.warn({ err }, "network not backed up");
    }
  }

  /**
   * The same, as one document.
   * @throws CommandError `unsupported` when this kind of stick cannot be read out
   */
  async make(): Promise<Scalar> {
    if (!(await this.#link.backsUp())) {
      throw new CommandError("unsupported", "This kind of stick cannot be read out into a backup");
    }
    await this.#readOut();
    return backupDocument(this.#host.directory, this.#host.clock.now());
  }

  async #readOut(): Promise<void> {
    const now = this.#host.clock.now();
    await this.#link.controller.backup();
    await this.#generations.keep(fileNames.database, now);
    await this.#generations.keep(fileNames.backup, now);
  }
}

async function backupDocument(directory: string, nowMs: number): Promise<Scalar> {
  const names = Object.values(fileNames);
  const texts = await Promise.all(names.map((name) => readText(join(directory, name))));
  const files = names.flatMap((name, index) => {
    const text = texts[index];
    return text === undefined ? [] : [[name, text] as const];
  });
  const created = new Date(nowMs).toISOString();
  return { format, version: 1, created, files: Object.fromEntries(files) };
}

/**
 * Puts a backup back in the place of what is there, which is kept as generations.
 * @throws ProtocolError when it is no backup, or one without a network
 */
export async function restoreBackup({
  argument,
  directory,
  force,
  nowMs,
}: ToolOptions): Promise<readonly string[]> {
  const text = await readText(argument);
  if (text === undefined) throw new ProtocolError(`There is no file "${argument}"`);
  const files = filesIn(argument, text);
  const backup = files[fileNames.backup];
  if (backup !== undefined && !networkIn(backup)) {
    throw new ProtocolError(`Cannot restore "${argument}": its coordinator backup cannot be read`);
  }
  await refuseToReplace(directory, force);
  await keepWhatIs(directory, nowMs);
  for (const [name, content] of Object.entries(files)) {
    await writeFileSafely(join(directory, name), content);
  }
  return [
    `Restored ${Object.keys(files).join(", ")}.`,
    "Start the gateway: a new stick takes over the network by itself.",
  ];
}

function filesIn(path: string, text: string): z.infer<typeof documentSchema>["files"] {
  try {
    return documentSchema.parse(JSON.parse(text)).files;
  } catch (cause) {
    throw new ProtocolError(`Cannot read "${path}" as a backup: ${reasonOf(cause)}`, { cause });
  }
}

/** @throws ProtocolError when there is a network already, and nobody said that it may go */
export async function refuseToReplace(directory: string, force: boolean): Promise<void> {
  const database = await readText(join(directory, fileNames.database));
  const devices = (database ?? "").split("\n").filter((line) => line !== "").length - 1;
  if (devices <= 0 || force) return;
  throw new ProtocolError(
    `There is a network with ${devices} devices already; --force replaces it, and keeps its files in generations/`,
  );
}

export async function keepWhatIs(directory: string, nowMs: number): Promise<void> {
  const generations = new Generations(directory);
  for (const name of Object.values(fileNames)) await generations.keep(name, nowMs);
}
