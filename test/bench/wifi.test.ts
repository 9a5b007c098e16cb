import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";
import { cpuMs, rssKib } from "./bus/brokers.ts";

const seconds = Number(process.env["KOINE_BENCH_SECONDS"] ?? 60);
const count = Number(process.env["KOINE_BENCH_DEVICES"] ?? 500);

interface Figures {
  readonly cpuPercent: number;
  readonly cpuUsPerMessage: number;
  readonly rssMib: number;
  readonly grownMib: number;
  readonly perSecond: number;
}

const config = (adapters: string): string => `
bus: { listen: [tcp://127.0.0.1:0] }
log: { level: warn }
adapters: ${adapters}
`;

/** The broker with its devices, and the same with everybody reading what they say. */
const setups = [
  ["broker alone", config("[]"), false],
  ["with the wifi adapter", config("[{ use: wifi }]"), false],
  ["and a subscriber to everything", config("[{ use: wifi }]"), true],
] as const;

test(
  `${count} WiFi devices, one message a second each`,
  async () => {
    const lines = [];
    for (const [name, text, isHeard] of setups) {
      const { cpuPercent, cpuUsPerMessage, rssMib, grownMib, perSecond } = await measure(
        text,
        isHeard,
      );
      lines.push(
        `${name}: ${perSecond.toFixed(0)} messages per second, CPU ${cpuPercent.toFixed(1)} % of one core, ` +
          `${cpuUsPerMessage.toFixed(0)} µs per message, RSS ${rssMib.toFixed(0)} MiB (${grownMib.toFixed(1)} more at the end)`,
      );
    }
    process.stdout.write(`${lines.join("\n")}\n`);
    expect(lines).toHaveLength(setups.length);
  },
  3 * (seconds * 1_000 + 120_000),
);

async function measure(text: string, isHeard: boolean): Promise<Figures> {
  await using koine = await Koine.open(text);
  const daemon = koine.start("run");
  const [, port = ""] = await daemon.says(/MQTT +tcp:\/\/127\.0\.0\.1:(\d+)/);
  const pid = daemon.child.pid ?? 0;
  if (isHeard) {
    const client = await koine.client(daemon);
    await client.subscribe("koine/1/#");
    client.mqtt.on("message", () => (client.received.length = 0));
  }
  const field = fork(new URL("wifi/field.mjs", import.meta.url), [port, String(count)]);
  try {
    await once(field, "message");
    // Everything is described, and the first states are out.
    await sleep(10_000);
    const [sent, cpu, rss] = [await sentBy(field), cpuMs(pid), rssKib(pid)];
    await sleep(seconds * 1_000);
    const messages = (await sentBy(field)) - sent;
    const usedMs = cpuMs(pid) - cpu;
    return {
      cpuPercent: usedMs / (seconds * 10),
      cpuUsPerMessage: (usedMs * 1_000) / messages,
      rssMib: rssKib(pid) / 1_024,
      grownMib: (rssKib(pid) - rss) / 1_024,
      perSecond: messages / seconds,
    };
  } finally {
    field.kill();
  }
}

async function sentBy(field: ChildProcess): Promise<number> {
  const answer = once(field, "message");
  field.send("count");
  const [sent] = (await answer) as [number];
  return sent;
}
