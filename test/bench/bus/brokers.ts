import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Koine } from "../../support/daemon.ts";

/** A broker as a process of its own. */
export interface Broker extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** At what a broker that has to choose does its best: little CPU time, or low latency. */
export type Aim = "cheap" | "quick";
export type Opener = (aim: Aim) => Promise<Broker>;

/** As quiet as a gateway can be: nothing but its broker. */
const koineConfig = `
bus: { listen: [tcp://127.0.0.1:0] }
gateway: { interval: 3600 }
adapters: []
log: { level: warn }
`;

export async function openKoine(): Promise<Broker> {
  const koine = await Koine.open(koineConfig);
  const daemon = koine.start("run");
  const [, port] = await daemon.says(/MQTT +tcp:\/\/127\.0\.0\.1:(\d+)/);
  return {
    pid: pidOf(daemon.child),
    port: Number(port),
    [Symbol.asyncDispose]: () => koine[Symbol.asyncDispose](),
  };
}

/** The version that is installed; `undefined` without one. */
export function mosquittoVersion(): string | undefined {
  const { stdout, error } = spawnSync("mosquitto", ["-h"], { encoding: "utf8" });
  return error ? undefined : /version (\S+)/.exec(stdout)?.[1];
}

/** Nagle's algorithm, on by default, saves it up to half of its CPU time and costs up to 40 ms. */
export async function openMosquitto(aim: Aim): Promise<Broker> {
  const directory = await mkdtemp(join(tmpdir(), "koine-bench-"));
  const port = await freePort();
  const config = `
listener ${port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
persistence false
log_type error
set_tcp_nodelay ${aim === "quick"}
`;
  await writeFile(join(directory, "mosquitto.conf"), config);
  const child = spawn("mosquitto", ["-c", join(directory, "mosquitto.conf")], { stdio: "inherit" });
  const ended = once(child, "exit");
  await answers(port, child);
  return {
    pid: pidOf(child),
    port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("Not started");
  return pid;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves when somebody listens there. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await sleep(20);
  }
  throw new Error(`mosquitto ended with exit code ${child.exitCode}`);
}

/** How often the kernel counts the time of a process: USER_HZ, 100 on every Linux. */
const msPerTick = 10;

/** CPU time of all threads of a process so far, user and system, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // proc(5): fields 14 and 15; the second is a name in parentheses that may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** Resident memory of a process, in KiB. */
export function rssKib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}
