import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";
import { limits } from "../limits.ts";

/** Where systemd's own time service leaves word that it has set the clock. */
const timesyncMark = "/run/systemd/timesync/synchronized";

/**
 * Whether the system says that its clock is set. A Pi has no battery clock: after a cut of the mains
 * it goes on, for a while, at the time when it stopped.
 */
export class ClockSync {
  #isSynced: boolean | undefined;

  /** Undefined where the system does not say, as in most containers. */
  get isSynced(): boolean | undefined {
    return this.#isSynced;
  }

  /** A clock that is not believed while the system says that it is not set. */
  over(clock: Clock): Clock {
    return { ...clock, synced: () => clock.synced() && this.#isSynced !== false };
  }

  async refresh(): Promise<void> {
    this.#isSynced = (await hasMark()) || (await askSystem());
  }
}

async function hasMark(): Promise<boolean> {
  try {
    await access(timesyncMark);
    return true;
  } catch {
    // Another time service, or none, or not yet.
    return false;
  }
}

/** `timedatectl` knows of every time service, by the kernel. */
async function askSystem(): Promise<boolean | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      "timedatectl",
      ["show", "--property=NTPSynchronized", "--value"],
      { timeout: limits.clockSyncMs },
    );
    return { yes: true, no: false }[stdout.trim()];
  } catch {
    // No systemd here: whoever runs this machine has to see to its clock.
    return undefined;
  }
}
