import { chmod, readdir, rename, stat } from "node:fs/promises";
import { ClassicLevel, type BatchOperation } from "classic-level";
import { ConfigError, isKoineError, LimitError, LinkError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import { makeDirectory } from "./make-directory.ts";
import type { Change, Store } from "./store.ts";

/** Layout of the keys; a newer one than this is not opened. */
const formatVersion = 1;
const formatKey = "meta/format";

interface Opened {
  readonly store: Store;
  /** What had to be done to open it, in words for the log; empty when all was well. */
  readonly repairs: readonly string[];
}

/**
 * Opens the durable store in `directory`, which is created when missing. A corrupt one is repaired,
 * or moved aside when that fails: a gateway that nobody can visit must start.
 * @param asideName names the folder a corrupt store is moved to
 * @throws LinkError when the directory cannot be used or another process has it open
 * @throws ConfigError when a newer Koine wrote it
 */
export async function openStore(directory: string, asideName: string): Promise<Opened> {
  const repairs: string[] = [];
  await createDirectory(directory);
  const level = await openOrRepair(directory, asideName, repairs);
  await checkFormat(level, directory);
  return { store: new LevelStore(level, directory), repairs };
}

const ownerOnly = 0o700;
const othersBits = 0o077;

type Level = ClassicLevel;

async function createDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    // One that was there may be open to others, as systemd makes it: what is in it is not for them.
    const { mode } = await stat(directory);
    if ((mode & othersBits) !== 0) await chmod(directory, ownerOnly);
  } catch (cause) {
    throw new LinkError(`Cannot use data directory "${directory}": ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function openOrRepair(
  directory: string,
  asideName: string,
  repairs: string[],
): Promise<Level> {
  try {
    if (await lacksPointer(directory)) throw new Error("the file CURRENT is missing");
    return await openWhole(directory);
  } catch (error) {
    if (!isDamage(error)) throw unavailable(directory, error);
    repairs.push(`store in "${directory}" was damaged: ${innermostReason(error)}`);
  }
  try {
    await ClassicLevel.repair(directory);
    return await openWhole(directory);
  } catch (error) {
    repairs.push(`repair failed (${innermostReason(error)})`);
    return startEmpty(directory, `${directory}.${asideName}`, repairs);
  }
}

/** Whether a store is there that LevelDB would take for none, and begin a new one over it. */
async function lacksPointer(directory: string): Promise<boolean> {
  const files = await readdir(directory);
  return !files.includes("CURRENT") && files.some((name) => /^MANIFEST-|\.(?:ldb|log)$/.test(name));
}

async function startEmpty(directory: string, aside: string, repairs: string[]): Promise<Level> {
  try {
    await rename(directory, aside);
    await createDirectory(directory);
    const level = await openLevel(directory);
    repairs.push(`moved to "${aside}", starting empty`);
    return level;
  } catch (cause) {
    throw unavailable(directory, cause);
  }
}

/** Opens a store that can be read to its end. */
async function openWhole(directory: string): Promise<Level> {
  const level = await openLevel(directory);
  try {
    // Damage to a table shows only where it is read.
    for await (const _ of level.keys()) continue;
    return level;
  } catch (error) {
    await level.close();
    throw error;
  }
}

async function openLevel(directory: string): Promise<Level> {
  const level = new ClassicLevel(directory);
  await level.open();
  return level;
}

/** Anything that a repair may mend; not what another process or the permissions forbid. */
function isDamage(error: unknown): boolean {
  const causes = causesOf(error);
  const isLocked = causes.some((cause) => "code" in cause && cause.code === "LEVEL_LOCKED");
  const isForbidden = /permission denied|read-only|no space|too many open/i;
  return !isLocked && !causes.some(({ message }) => isForbidden.test(message));
}

function unavailable(directory: string, error: unknown): LinkError {
  const locked = causesOf(error).some((cause) => "code" in cause && cause.code === "LEVEL_LOCKED");
  const reason = locked ? "another koine is using it" : innermostReason(error);
  return new LinkError(`Cannot open data directory "${directory}": ${reason}`, { cause: error });
}

function innermostReason(error: unknown): string {
  return reasonOf(causesOf(error).at(-1) ?? error);
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return causes;
}

async function checkFormat(level: Level, directory: string): Promise<void> {
  try {
    const written = await level.get(formatKey);
    if (written === undefined) {
      await level.put(formatKey, String(formatVersion), { sync: true });
    } else if (Number(written) !== formatVersion) {
      throw new ConfigError(
        `Cannot use data directory "${directory}": it has format ${written}, this Koine reads ${formatVersion}`,
      );
    }
  } catch (cause) {
    await level.close();
    throw isKoineError(cause, "config") ? cause : unavailable(directory, cause);
  }
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly written: () => void;
  readonly failed: (error: LinkError) => void;
}

class LevelStore implements Store {
  readonly #directory: string;
  /** The database; none after a failed write, until it is used again. */
  #level: Promise<Level> | undefined;
  /** Resolves when the last database that was given up is closed. */
  #discarded: Promise<void> = Promise.resolve();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** The commit under way, which starts the next one itself; undefined when idle. */
  #commit: Promise<void> | undefined;

  constructor(level: Level, directory: string) {
    this.#level = Promise.resolve(level);
    this.#directory = directory;
  }

  get(key: string): Promise<string | undefined> {
    return this.#read((level) => level.get(key));
  }

  entries(prefix: string): Promise<readonly (readonly [string, string])[]> {
    const range = { gte: prefix, lt: `${prefix}\u{10FFFF}` };
    return this.#read((level) => level.iterator(range).all());
  }

  write(changes: readonly Change[]): Promise<void> {
    const bytes = sizeOf(changes);
    if (this.#waitingBytes + bytes > limits.storePendingLength) {
      const error = new LimitError(`Cannot write to "${this.#directory}": too much waits already`);
      return Promise.reject(error);
    }
    this.#waitingBytes += bytes;
    return new Promise((written, failed) => {
      this.#waiting.push({ changes, written, failed });
      this.#commit ??= this.#commitAll();
    });
  }

  async close(): Promise<void> {
    await this.#commit;
    const level = await this.#level;
    await level?.close();
  }

  /** Commits until nothing waits: one batch and one sync for all writes that came meanwhile. */
  async #commitAll(): Promise<void> {
    await endOfTurn();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commitGroup(group);
    }
    this.#commit = undefined;
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const operations = group.flatMap(({ changes }) => changes.map(operationOf));
      const level = await this.#open();
      await level.batch(operations, { sync: true });
      for (const { written } of group) written();
    } catch (cause) {
      // What a failed write left in the log may be torn, and what is appended to a torn log is lost
      // when that is read again; opening anew begins another one.
      this.#discard();
      const error = this.#failed("write to", cause);
      for (const { failed } of group) failed(error);
    } finally {
      for (const { changes } of group) this.#waitingBytes -= sizeOf(changes);
    }
  }

  async #read<T>(read: (level: Level) => Promise<T>): Promise<T> {
    try {
      return await read(await this.#open());
    } catch (cause) {
      throw this.#failed("read", cause);
    }
  }

  #open(): Promise<Level> {
    if (this.#level) return this.#level;
    const opening = this.#discarded.then(() => openLevel(this.#directory));
    this.#level = opening;
    opening.catch(() => {
      // Whoever waits is told; the next one tries again.
      if (this.#level === opening) this.#level = undefined;
    });
    return opening;
  }

  #discard(): void {
    const level = this.#level;
    this.#level = undefined;
    if (level) this.#discarded = level.then((opened) => opened.close()).catch(() => {});
  }

  #failed(what: string, cause: unknown): LinkError {
    const message = `Cannot ${what} data directory "${this.#directory}": ${innermostReason(cause)}`;
    return new LinkError(message, { cause });
  }
}

function operationOf({ key, value }: Change): BatchOperation<Level, string, string> {
  return value === undefined ? { type: "del", key } : { type: "put", key, value };
}

function sizeOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { key, value = "" }) => sum + key.length + value.length, 0);
}

/** Lets every write of this turn of the event loop join the same batch. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
