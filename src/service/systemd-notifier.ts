import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";
import type { Logger } from "../core/logger.ts";
import type { Counters } from "../counters.ts";
import { reasonOf } from "../errors.ts";
import type { Vitals } from "../health/vital-signs.ts";
import { limits } from "../limits.ts";

/** How systemd wants to be told of this process. */
export interface NotifyTarget {
  /** The socket it listens on: a path, or `@` and a name. */
  readonly socket: string;
  /** After so many ms without word it kills the process; undefined when it does not watch. */
  readonly watchdogMs: number | undefined;
  /** Where programs are looked for. */
  readonly path: string | undefined;
}

/** What the environment says of it; undefined where nobody wants to be told. */
export function notifyTarget(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): NotifyTarget | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: watched, PATH: path } = env;
  if (socket === undefined || socket === "") return undefined;
  const watchdogMs = Number(usec ?? 0) / 1_000;
  const isWatched = watchdogMs > 0 && (watched === undefined || Number(watched) === pid);
  return { socket, path, watchdogMs: isWatched ? watchdogMs : undefined };
}

/** A healthy look is told when this part of the time that systemd waits has gone by. */
const watchdogShare = 1 / 4;

export interface NotifierOptions {
  /** Without one nothing is told. */
  readonly target: NotifyTarget | undefined;
  /** Real time: systemd knows no other. */
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/**
 * Tells systemd how the daemon is. Node cannot write to its socket, and native code for that has a
 * history of faults: `systemd-notify` does it, one process at a time. What cannot be told is counted
 * (`dropped.service_notices`) and costs nothing else.
 */
export class SystemdNotifier {
  readonly #options: NotifierOptions;
  /** What is still to be told: of each kind, the newest. */
  readonly #pending = new Map<string, string>();
  #isTelling = false;
  #hasComplained = false;
  #aliveAtMs = -Infinity;
  #status = "";
  #trouble = "";

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /**
   * The daemon runs: whoever waits for that may go on.
   * @param status what is shown beside its name, in one line
   */
  ready(status: string): void {
    this.#status = status;
    this.#tell({ READY: "1", STATUS: status });
  }

  /** What the daemon has found out about itself: only a healthy one goes on. */
  looked({ healthy, troubles }: Pick<Vitals, "healthy" | "troubles">): void {
    const trouble = troubles.join("; ");
    const words: Record<string, string> = {};
    if (trouble !== this.#trouble) words["STATUS"] = trouble || this.#status;
    this.#trouble = trouble;
    if (healthy && this.#isDue()) words["WATCHDOG"] = "1";
    this.#tell(words);
  }

  stopping(): void {
    this.#tell({ STOPPING: "1", STATUS: "Stopping" });
  }

  /** Whether the watchdog has waited long enough for another sign of life. */
  #isDue(): boolean {
    const { target, clock } = this.#options;
    if (target?.watchdogMs === undefined) return false;
    const nowMs = clock.monotonic();
    if (nowMs - this.#aliveAtMs < target.watchdogMs * watchdogShare) return false;
    this.#aliveAtMs = nowMs;
    return true;
  }

  #tell(words: Readonly<Record<string, string>>): void {
    const { target } = this.#options;
    if (target === undefined) return;
    for (const [word, value] of Object.entries(words)) this.#pending.set(word, value);
    if (!this.#isTelling) void this.#tellAll(target);
  }

  async #tellAll(target: NotifyTarget): Promise<void> {
    this.#isTelling = true;
    while (this.#pending.size > 0) {
      const words = [...this.#pending].map(([word, value]) => `${word}=${value}`);
      this.#pending.clear();
      await this.#run(target, words);
    }
    this.#isTelling = false;
  }

  async #run({ socket, path }: NotifyTarget, words: readonly string[]): Promise<void> {
    const { counters, log } = this.#options;
    try {
      await promisify(execFile)("systemd-notify", words, {
        env: { NOTIFY_SOCKET: socket, ...(path === undefined ? {} : { PATH: path }) },
        timeout: limits.serviceNotifyMs,
        killSignal: "SIGKILL",
      });
    } catch (error) {
      counters.add("dropped.service_notices");
      if (this.#hasComplained) return;
      this.#hasComplained = true;
      const reason = `"systemd-notify" failed: ${reasonOf(error)}`;
      log.warn({ reason }, "systemd cannot be told how the daemon is");
    }
  }
}
