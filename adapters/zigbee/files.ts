import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LimitError, z } from "koine/adapter";
import { limits } from "./limits.ts";

/** The files of a network, in the adapter's folder; the names are those that other programs know. */
export const fileNames = {
  network: "network.json",
  database: "database.db",
  backup: "coordinator_backup.json",
  names: "names.json",
  stick: "stick.json",
} as const;

/** Only for us. */
const ownerOnly = 0o600;

/** The last write of each file that is under way. */
const writing = new Map<string, Promise<void>>();

/**
 * Writes a file so that after a power cut it is the old one or the new one, whole. Writes of one file
 * follow each other.
 */
export async function writeFileSafely(path: string, text: string): Promise<void> {
  const before = writing.get(path) ?? Promise.resolve();
  const write = before.catch(() => {}).then(async () => replaceFile(path, text));
  writing.set(path, write);
  try {
    await write;
  } finally {
    if (writing.get(path) === write) writing.delete(path);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, "w", ownerOnly);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * The text of a file; undefined when there is none.
 * @throws LimitError when it is too large to be what it should be
 */
export async function readText(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  if (found.size > limits.fileBytes) {
    throw new LimitError(`Cannot read "${path}": it is larger than ${limits.fileBytes} bytes`);
  }
  return readFile(path, "utf8");
}

export const generationsFolder = "generations";

const generationName = /^(?<name>.+)\.(?<stamp>\d{4}-\d\d-\d\dT[\d-]+Z)$/;

/**
 * Earlier generations of a file, beside it in `generations/`: the newest few, each under the time it
 * was kept.
 */
export class Generations {
  readonly #directory: string;
  readonly #folder: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#folder = join(directory, generationsFolder);
  }

  /** Keeps the file as it is now, unless the newest generation is the same already. */
  async keep(name: string, nowMs: number): Promise<void> {
    const text = await readText(join(this.#directory, name));
    if (text === undefined || text.trim() === "") return;
    const [newest] = await this.#of(name);
    if (newest !== undefined && (await readText(join(this.#folder, newest))) === text) return;
    const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-");
    await writeFileSafely(join(this.#folder, `${name}.${stamp}`), text);
    for (const old of (await this.#of(name)).slice(limits.generations)) {
      await rm(join(this.#folder, old), { force: true });
    }
  }

  /** Every generation of a file that can be read, newest first. */
  async *read(name: string): AsyncGenerator<{ readonly file: string; readonly text: string }> {
    for (const file of await this.#of(name)) {
      const text = await readText(join(this.#folder, file));
      if (text !== undefined) yield { file, text };
    }
  }

  async #of(name: string): Promise<readonly string[]> {
    const files = await readdir(this.#folder).catch(() => []);
    return files
      .filter((file) => generationName.exec(file)?.groups?.["name"] === name)
      .toSorted()
      .toReversed();
  }
}

/**
 * Names that devices had under another program, by address of 16 hexadecimal digits, and those of
 * groups, by `group-<number>`.
 */
export async function readNames(directory: string): Promise<ReadonlyMap<string, string>> {
  const text = await readText(join(directory, fileNames.names));
  if (text === undefined) return new Map();
  const { data } = namesSchema.safeParse(parsedJson(text));
  return new Map(Object.entries(data ?? {}));
}

const stickSchema = z.object({ backs_up: z.boolean() });

/** Whether the stick of this network can be read out into a backup: some kinds cannot. */
export async function readBacksUp(directory: string): Promise<boolean> {
  const text = await readText(join(directory, fileNames.stick));
  const { data } = stickSchema.safeParse(text === undefined ? undefined : parsedJson(text));
  return data?.backs_up ?? true;
}

export async function writeBacksUp(directory: string, backsUp: boolean): Promise<void> {
  if ((await readBacksUp(directory)) === backsUp) return;
  const text = `${JSON.stringify({ backs_up: backsUp })}\n`;
  await writeFileSafely(join(directory, fileNames.stick), text);
}

const namesSchema = z.record(z.string().regex(/^(?:[0-9a-f]{16}|group-\d+)$/), z.string());

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Names are a convenience: without them devices have those of their models.
    return undefined;
  }
}
