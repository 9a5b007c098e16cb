import { expect, test } from "vitest";
import { decodingTimes } from "./ble/decoding.ts";
import { BleGateway, type Figures } from "./ble/gateway.ts";

const { env } = process;
const seconds = Number(env["KOINE_BENCH_SECONDS"] ?? 10);
const cpuSeconds = Number(env["KOINE_BENCH_CPU_SECONDS"] ?? 20);
const rates = (env["KOINE_BENCH_RATES"] ?? "500,1000,2000,4000,6000,8000").split(",").map(Number);
/** More than the fastest rate needs, because one device may say ten things a second. */
const devices = 1_000;
const sensors = 100;
/** The goal: half of all frames in less. */
const decodeUs = 10;
/** What of all that is sent has to be told, and how soon, for a rate to be sustained. */
const sustained = { share: 0.999, p99Ms: 250 } as const;

test("frames of the collection are decoded", { timeout: 120_000 }, () => {
  const { families, medianUs } = decodingTimes();
  print([
    "decode: from bytes to values, µs: median and slowest of the frames' medians",
    ...families
      .toSorted((one, other) => other.medianUs - one.medianUs)
      .map(
        ({ family, frames, medianUs: own, slowestUs }) =>
          `  ${family.padEnd(24)} ${count(frames)} ${own.toFixed(1).padStart(8)} ${slowestUs.toFixed(1).padStart(8)}`,
      ),
    `decode: median of all ${medianUs.toFixed(1)} µs`,
  ]);
  expect(medianUs).toBeLessThanOrEqual(decodeUs);
});

test("advertisements from the controller to a subscriber", { timeout: 3_600_000 }, async () => {
  const all: Figures[] = [];
  for (const perSecond of rates) {
    await using gateway = await BleGateway.open(0, devices);
    all.push(await gateway.carry({ perSecond, seconds, devices }));
  }
  const best = all.findLast(
    ({ sent, told, p99Ms }) => told / sent >= sustained.share && p99Ms <= sustained.p99Ms,
  );
  const most = best?.reached ?? 0;
  print([
    `sustained: every advertisement is a value that is told; ${devices} sensors, ${seconds} s each`,
    ...all.map(line),
    `sustained: ${most.toFixed(0)} a second`,
  ]);
  expect(all).toHaveLength(rates.length);
});

test("CPU at 200 advertisements a second", { timeout: 600_000 }, async () => {
  for (const minIntervalS of [5, 0]) {
    await using gateway = await BleGateway.open(minIntervalS, sensors);
    const load = { perSecond: 200, seconds: cpuSeconds, devices: sensors };
    const figures = await gateway.carry(load);
    print([
      `CPU with min_interval: ${minIntervalS}, ${sensors} sensors, ${cpuSeconds} s:`,
      line(figures),
    ]);
    expect(figures.daemonCpuPct).toBeGreaterThan(0);
  }
});

function line(figures: Figures): string {
  const { perSecond, reached, sent, told, p50Ms, p99Ms } = figures;
  const { daemonCpuPct, radioCpuPct, daemonMib, radioMib } = figures;
  return [
    `  ${count(perSecond)}/s (${reached.toFixed(0)} reached): told ${told} of ${sent}`,
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    `CPU daemon ${daemonCpuPct.toFixed(1)} %, radio ${radioCpuPct.toFixed(1)} %`,
    `RSS ${daemonMib.toFixed(0)} + ${radioMib.toFixed(0)} MiB`,
  ].join("; ");
}

function count(value: number): string {
  return String(value).padStart(5);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
