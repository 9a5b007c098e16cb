import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Koine, type Running } from "../support/daemon.ts";

const { env } = process;
/** How long the gateway is left alone before it is looked at, in seconds. */
const restS = Number(env["KOINE_BENCH_REST_SECONDS"] ?? 120);
/** The goal for the daemon with its threads, in MiB; the process of Bluetooth is apart. */
const goalMib = 165;

/** The simulated world of one adapter, in a process of its own; what it prints has its port. */
async function simulated(koine: Koine, world: string): Promise<string> {
  const running = koine.start("simulate", world);
  const [, url = ""] = await running.says(/(tcp:\/\/[\d.:]+\d)/);
  return url;
}

function rssMib(pid: number): number {
  const [, kib = "0"] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1_024;
}

function childrenOf(pid: number): number[] {
  const text = execFileSync("ps", ["-o", "pid=,ppid=", "-A"], { encoding: "utf8" });
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  return rows.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

/** The heap of the daemon and of each adapter with one of its own, in MiB, as the gateway tells it. */
async function heaps(koine: Koine, daemon: Running): Promise<Map<string, number>> {
  const client = await koine.subscriber(daemon);
  const topic = /^koine\/1\/gateway-[^/]+\/value\/heap_used(?:_(.+))?$/;
  await client.next((message) => topic.test(message.topic));
  await delay(2_000);
  return new Map(
    client.received.flatMap((message) => {
      const found = topic.exec(message.topic);
      return found ? [[found[1] ?? "daemon", Number(message.payload) / 1_048_576] as const] : [];
    }),
  );
}

test("memory at rest, all adapters on simulated worlds", { timeout: 900_000 }, async () => {
  await using koine = await Koine.open();
  const stick = await simulated(koine, "zigbee");
  const controller = await simulated(koine, "ble");
  const modem = await simulated(koine, "sms");
  await koine.write(
    "koine.yaml",
    `bus: { listen: [tcp://127.0.0.1:0] }
adapters:
  - use: wifi
  - { use: zigbee, port: "${stick}", stick: zstack }
  - { use: ble, controller: "${controller}" }
  - use: sms
    modems: [{ port: "${modem}" }]
    people: [{ name: Amina, number: "+254700000001" }]
`,
  );
  const daemon = koine.start("run");
  koine.start("simulate", "wifi", "--url", await daemon.url());
  const pid = daemon.child.pid ?? 0;
  await delay(restS * 1_000);
  const health = await koine.run("health", "--json");
  expect(JSON.parse(health.out)).toMatchObject({ healthy: true, warnings: [] });
  const mainMib = rssMib(pid);
  const lines = [`daemon with its threads   RSS ${mainMib.toFixed(1)} MiB (goal: ${goalMib})`];
  for (const child of childrenOf(pid)) {
    lines.push(`process of an adapter     RSS ${rssMib(child).toFixed(1)} MiB`);
  }
  for (const [name, mib] of await heaps(koine, daemon)) {
    lines.push(`heap of ${name.padEnd(16)}      ${mib.toFixed(1)} MiB`);
  }
  process.stdout.write(`\nmemory after ${restS} s at rest\n  ${lines.join("\n  ")}\n`);
  expect(mainMib).toBeLessThanOrEqual(goalMib);
});
