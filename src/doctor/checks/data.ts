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

/** The data directory, and the disk it is on; `isServed` when it is that of a service. */
export async function checkData(
  directory: string,
  isServed: boolean,
  { user, statfs }: Surroundings,
): Promise<readonly Finding[]> {
  const path = resolve(directory);
  const found = await nearestThere(path);
  const findings = isServed ? [] : await checkAccess(path, found, user);
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

/** What this user may not do in what is there of the path. */
async function checkAccess(
  path: string,
  found: string,
  { name }: Surroundings["user"],
): Promise<Finding[]> {
  const another = "or name another directory with data: in koine.yaml";
  const unusable = (cause: unknown, next: string): Finding[] => [
    problem("data_unusable", `Data directory "${path}" cannot be used by ${name}`, {
      why: `"${found}": ${reasonOf(cause)}`,
      next: `${next}, ${another}`,
    }),
  ];
  if (!(await stat(found)).isDirectory()) {
    return unusable("is no directory", `ls -l "${found}" and move it away`);
  }
  const hidden = await refusal(found, constants.X_OK);
  // What is behind it cannot be seen; it is not Koine's to open.
  if (hidden && found !== path) return unusable(hidden, "sudo koine doctor");
  const refused = hidden ?? (await refusal(found, constants.R_OK | constants.W_OK));
  if (refused === undefined) return [];
  if (refused.code === "EROFS") return unusable(refused, `findmnt -T "${found}"`);
  return unusable(
    refused,
    // What is above it stays whose it is.
    found === path
      ? `sudo chown -R ${name} "${path}"`
      : `sudo install -d -o ${name} -m 700 "${path}"`,
  );
}

async function refusal(path: string, mode: number): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await access(path, mode);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
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
