import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a directory, and those above it that are missing, for its owner alone. Node's own way to do that
 * never ends where one is refused as missing although all above it is there, as in `/proc`.
 * @throws Error of the system when it cannot be made
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (await isDirectory(path)) return;
    const above = dirname(path);
    if (!hasCode(error, "ENOENT") || (await isDirectory(above))) throw error;
    await makeDirectory(above);
    await mkdir(path, 0o700);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Not there, or out of sight: the first error says why.
    return false;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
