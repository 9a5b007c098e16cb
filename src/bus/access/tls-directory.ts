import { chmod, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { LinkError, reasonOf } from "../../errors.ts";

/** Bytes of one file; a larger one is not ours and counts as damaged. */
const fileBytesMax = 65_536;

const openToOthers = 0o077;

/**
 * Creates a directory that only this user may enter, or closes one to the others.
 * @param notes is told when it stood open
 * @throws LinkError when it cannot be used
 */
export async function openPrivateDirectory(directory: string, notes: string[]): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { mode } = await stat(directory);
    if ((mode & openToOthers) === 0) return;
    await chmod(directory, 0o700);
    notes.push(`Directory "${directory}" was open to other users; it is closed now.`);
  } catch (cause) {
    throw failed("use directory", directory, cause);
  }
}

/**
 * Reads a file of ours; undefined when there is none. One that is too large is read as empty.
 * @param mode is what others may do at most; a file that lets them do more is narrowed to it
 * @param notes is told when that was so
 * @throws LinkError when it cannot be read
 */
export async function readIfAny(
  path: string,
  mode: number,
  notes: string[],
): Promise<string | undefined> {
  try {
    await using file = await open(path, "r");
    const found = await file.stat();
    if ((found.mode & openToOthers & ~mode) !== 0) {
      await file.chmod(mode);
      notes.push(`"${path}" was open to other users; it is closed now.`);
    }
    return found.size > fileBytesMax ? "" : await file.readFile("utf8");
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw failed("read", path, cause);
  }
}

/**
 * Writes a file so that after a power cut it is there whole, the old one or the new one.
 * @param mode is the mode from the first moment on
 * @throws LinkError when it cannot be written
 */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const fresh = freshNameOf(path);
  try {
    // What a killed process left behind may have another mode.
    await rm(fresh, { force: true });
    await writeSynced(fresh, text, mode);
    await rename(fresh, path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    await removeLeftover(path);
    throw failed("write", path, cause);
  }
}

/** Removes what a killed process left of a write to `path`; when that fails, the next write tells. */
export async function removeLeftover(path: string): Promise<void> {
  await rm(freshNameOf(path), { force: true }).catch(() => {});
}

/**
 * Renames a file; nothing happens when there is none.
 * @throws LinkError
 */
export async function moveAside(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (cause) {
    if (isAbsent(cause)) return;
    throw failed("move aside", path, cause);
  }
}

function freshNameOf(path: string): string {
  return `${path}.new`;
}

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  await using file = await open(path, "wx", mode);
  await file.writeFile(text);
  await file.sync();
}

async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}

function failed(what: string, path: string, cause: unknown): LinkError {
  return new LinkError(`Cannot ${what} "${path}": ${reasonOf(cause)}`, { cause });
}
