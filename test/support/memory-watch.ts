import { readFileSync } from "node:fs";
import type { Running } from "./daemon.ts";

/** How often memory is looked at, in ms. */
const intervalMs = 50;

/** Watches the resident memory of a daemon from now on. */
export class MemoryWatch implements Disposable {
  readonly #running: Running;
  readonly #timer: NodeJS.Timeout;
  readonly #baseBytes: number;
  #peakBytes: number;

  constructor(running: Running) {
    this.#running = running;
    this.#baseBytes = residentBytes(running);
    this.#peakBytes = this.#baseBytes;
    this.#timer = setInterval(() => this.#look(), intervalMs);
  }

  /** The most it has grown so far, in MiB. */
  get growthMib(): number {
    this.#look();
    return (this.#peakBytes - this.#baseBytes) / 2 ** 20;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peakBytes = Math.max(this.#peakBytes, residentBytes(this.#running));
  }
}

function residentBytes({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kib === undefined) throw new Error("The daemon is gone");
  return Number(kib) * 1_024;
}
