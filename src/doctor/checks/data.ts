import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { reasonOf } from "../../errors.ts";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";

const mib = 1_048_576;
/** Below that the log of a busy day may not fit. */
const freeLeastBytes = 64 * mib;
/** `TMPFS_MAGIC` and `RAMFS_MAGIC` of statfs(2): what is there is gone when the power is. */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** The data directory, and the disk it is on. */
export async function checkData(
  directory: string,
  { user, statfs }: Surroundings,
): Promise<readonly Finding[]> {
  const path = resolve(directory);
  const found = await nearestThere(path);
  const findings: Finding[] = [];
  try {
    const { isDirectory } = await shapeOf(found);
    if (!isDirectory) throw new Error(`"${found}" is no directory`);
    await access(found, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    findings.push(
      problem("data_unusable", `Data directory "${path}" cannot be used by ${user.name}`, {
        why: `"${found}": ${reasonOf(cause)}`,
        next: `sudo chown -R ${user.name} "${found}", or name another with data: in koine.yaml; with the service: sudo koine doctor`,
      }),
    );
  }
  const { type, freeBytes } = await statfs(found);
  const freeMib = Math.floor(freeBytes / mib);
  if (freeBytes < freeLeastBytes) {
    findings.push(
      problem("disk_full", `The disk of "${path}" has ${freeMib} MiB left`, {
        why: `Koine keeps on working, and keeps nothing new; it wants ${freeLeastBytes / mib} MiB`,
        next: `sudo journalctl --vacuum-size=50M; sudo apt clean; df -h "${found}"`,
      }),
    );
  }
  if (inMemory.has(type)) {
    findings.push(
      warning("data_volatile", `Data directory "${path}" is in memory`, {
        why: "Everything is forgotten when the power goes: devices, texts, what was acknowledged",
        next: "Set data: in koine.yaml to a directory on a disk, such as /var/lib/koine",
      }),
    );
  }
  if (findings.length > 0) return findings;
  const state = found === path ? "" : ", made at the first start";
  return [ok(`Data directory "${path}"${state}; ${freeMib} MiB free`)];
}

async function shapeOf(path: string): Promise<{ readonly isDirectory: boolean }> {
  return { isDirectory: (await stat(path)).isDirectory() };
}

/** The directory itself, or the nearest above it that is there. */
async function nearestThere(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch {
    // It is made at the first start, in this one or further up.
    return path === dirname(path) ? path : nearestThere(dirname(path));
  }
}
