#!/usr/bin/env node
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir, totalmem, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { getHeapStatistics } from "node:v8";
import { adapterKinds, serialPorts, simulatedWorlds, startSimulatedWorlds } from "./adapters.ts";
import type { Context } from "./cli/context.ts";
import { runProgram } from "./cli/program.ts";
import { systemClock } from "./clock.ts";
import type { Logger } from "./core/logger.ts";
import type { Surroundings } from "./doctor/surroundings.ts";
import { isKoineError, reasonOf } from "./errors.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import { redaction, withoutSecrets } from "./log-redaction.ts";
import { ClockSync } from "./health/clock-sync.ts";
import { limits } from "./limits.ts";
import { notifyTarget } from "./service/systemd-notifier.ts";
import { runCommand } from "./system-command.ts";
import { version } from "./version.ts";

// Whatever is written is for nobody else on this machine.
process.umask(0o077);

/** Every secret that was read, for whatever is shown or logged. */
const secrets = new Set<string>();
const clockSync = new ClockSync();
/** Since when time runs faster with `--time-scale`; tests that start it again say it. */
const startedAtMs = Number(process.env["KOINE_TIME_SINCE"] ?? systemClock().now());
const systemd = notifyTarget(process.env, process.pid);
// It is for this process: adapters in processes of their own have nothing to tell there.
delete process.env["NOTIFY_SOCKET"];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => {
  process.stderr.write(`${withoutSecrets(line, secrets)}\n`);
};

const context: Context = {
  version,
  program: { node: process.execPath, main: fileURLToPath(import.meta.url) },
  env: process.env,
  print,
  complain,
  readSecret,
  readLines: (signal) => createInterface({ input: process.stdin, signal }),
  input: () => process.stdin,
  signal: (pid, name) => void process.kill(pid, name),
  isTyped: isatty(0),
  colours: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
  clock: (scale) => systemClock(scale, startedAtMs),
  random: Math.random,
  becomeOwnerOf,
  surroundings,
  kinds: adapterKinds,
  stopRequested,
  logger,
  startDaemon: async (options) => {
    // Loaded by what runs it alone: other commands start sooner, and in half the memory.
    const { startDaemon } = await import("./daemon.ts");
    return startDaemon({
      ...options,
      clock: clockSync.over(systemClock(options.timeScale, startedAtMs)),
      clockSync,
      startedAtMs,
      random: Math.random,
      version,
      systemd,
      process: {
        pid: process.pid,
        memoryRssBytes: () => process.memoryUsage.rss(),
        heapTotalBytes: () => process.memoryUsage().heapTotal,
        cpuMs: () => {
          const { user, system } = process.cpuUsage();
          return (user + system) / 1_000;
        },
      },
    });
  },
  simulatedWorlds,
  startSimulatedWorlds,
  throwAwayDirectory: async () => {
    const path = await mkdtemp(join(tmpdir(), "koine-demo-"));
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
  },
};

function becomeOwnerOf(directory: string): void {
  if (process.getuid?.() !== 0 || !existsSync(directory)) return;
  const { uid, gid } = statSync(directory);
  if (uid === 0) return;
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

function surroundings(): Surroundings {
  return {
    root: "/",
    clock: systemClock(),
    nodeVersion: process.versions.node,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    // Of a container that is limited, its limit.
    memoryBytes: Math.min(process.constrainedMemory() || Infinity, totalmem()),
    user: whoLooks(),
    pid: process.pid,
    statfs: async (directory) => {
      const { type, bavail, bsize } = await statfs(directory);
      return { type, freeBytes: bavail * bsize };
    },
    serialPorts: () => serialPorts("/"),
    run: (...command) => runCommand(command, limits.doctorCommandMs),
  };
}

function whoLooks(): Surroundings["user"] {
  try {
    const { uid, username } = userInfo();
    return { id: uid, name: username };
  } catch {
    // A container may run as a number that the system has no name for.
    const id = process.getuid?.() ?? 0;
    return { id, name: String(id) };
  }
}

/** Typed at a terminal without being shown there; otherwise the first line of what is piped in. */
async function readSecret(prompt: string): Promise<string> {
  const isTyped = process.stdin.isTTY;
  if (isTyped) process.stderr.write(prompt);
  const lines = createInterface({ input: process.stdin, terminal: isTyped });
  lines.once("SIGINT", () => process.exit(exitCode.interrupted));
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
    if (isTyped) process.stderr.write("\n");
  }
}

/** Logs are JSON lines on stderr, so that stdout is for people and pipes. */
async function logger(level: string, read: ReadonlySet<string>): Promise<{ log: Logger }> {
  for (const secret of read) secrets.add(secret);
  const { pino } = await import("pino");
  const destination = pino.destination({ dest: 2, sync: true });
  return { log: pino({ level, base: null, ...redaction(secrets) }, destination) };
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

/** Says what went wrong in as few words as help, and what the exit code of it is. */
function explain(error: unknown): ExitCode {
  if (isKoineError(error, "config")) {
    complain(error.message);
    for (const { file, line, column, path, message } of error.problems) {
      const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
      complain(`  ${place} ${path === "" ? "" : `${path}: `}${message}`);
    }
    return exitCode.config;
  }
  if (isKoineError(error, "link")) return complainAs(error, exitCode.unavailable);
  if (isKoineError(error, "protocol")) return complainAs(error, exitCode.badInput);
  if (isKoineError(error, "command")) return complainAs(error, exitCode.negative);
  complain(error instanceof Error ? (error.stack ?? error.message) : reasonOf(error));
  return exitCode.internal;
}

function complainAs(error: Error, code: ExitCode): ExitCode {
  complain(error.message);
  return code;
}

/** A mistake outside every adapter: nothing in memory can be trusted any more. */
function dieOf(error: unknown): never {
  complain(JSON.stringify({ level: 60, msg: "internal error, stopping" }));
  explain(error);
  process.exit(exitCode.internal);
}

process.on("uncaughtException", dieOf);
process.on("unhandledRejection", dieOf);
// A reader that went away, such as `koine watch | head`, is no error.
process.stdout.on("error", () => process.exit(exitCode.ok));

process.exit(await runProgram(process.argv.slice(2), context).catch(explain));
