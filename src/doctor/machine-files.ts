import { readdir, readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Surroundings } from "./surroundings.ts";

type Root = Pick<Surroundings, "root">;

/** The text of a file of the system; undefined where there is none, or it may not be read. */
export async function textOf({ root }: Root, path: string): Promise<string | undefined> {
  try {
    return (await readFile(join(root, path), "utf8")).trim();
  } catch {
    // Not on this machine: whoever asks knows what that means.
    return undefined;
  }
}

/** What is in a folder of the system; nothing where there is none. */
export async function namesIn({ root }: Root, path: string): Promise<readonly string[]> {
  try {
    return await readdir(join(root, path));
  } catch {
    // Not on this machine.
    return [];
  }
}

/** A process, as a person finds it again. */
export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/**
 * Who has one of these files open, by what a link in `/proc/<pid>/fd` says: `/dev/ttyUSB0`,
 * `socket:[4711]`. Of the processes of others only root is told.
 */
export async function holdersOf(
  surroundings: Root & Pick<Surroundings, "pid">,
  files: readonly string[],
): Promise<readonly Holder[]> {
  const { root, pid: own } = surroundings;
  const pids = (await namesIn(surroundings, "/proc")).map(Number).filter((pid) => pid > 0);
  const holders: Holder[] = [];
  for (const pid of pids) {
    if (pid === own) continue;
    const folder = `/proc/${pid}/fd`;
    const open = await namesIn(surroundings, folder);
    const links = open.map((fd) => readlink(join(root, folder, fd)).catch(() => ""));
    if (!(await Promise.all(links)).some((link) => files.includes(link))) continue;
    holders.push({ pid, name: await programOf(surroundings, pid) });
  }
  return holders;
}

/** By its command: the short name is that of its main thread, which Node.js 24 calls MainThread. */
async function programOf(root: Root, pid: number): Promise<string> {
  const [command = ""] = ((await textOf(root, `/proc/${pid}/cmdline`)) ?? "").split("\0");
  return basename(command) || (await textOf(root, `/proc/${pid}/comm`)) || "?";
}

/** `mosquitto (process 812)` and the others; undefined where nobody is to be seen. */
export function holdersText(holders: readonly Holder[]): string | undefined {
  if (holders.length === 0) return undefined;
  return holders.map(({ name, pid }) => `${name} (process ${pid})`).join(", ");
}
