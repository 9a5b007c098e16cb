import { expect, test } from "vitest";
import { KoineGateway, Zigbee2mqttGateway, type Gateway } from "./zigbee/gateways.ts";
import { Field, measure, type Figures } from "./zigbee/measure.ts";

const { env } = process;
const idleSeconds = Number(env["KOINE_BENCH_IDLE"] ?? 60);
const loadSeconds = Number(env["KOINE_BENCH_SECONDS"] ?? 20);
const count = Number(env["KOINE_BENCH_DEVICES"] ?? 50);
const rounds = Number(env["KOINE_BENCH_ROUNDS"] ?? 1);
const rates = [20, 250];
const key = "8f3d0c5b9a17e64275d1c08b3ea94f62";

interface Opened {
  readonly port: number;
  readonly network: { panId: number; extendedPanId: string; channel: number };
  readonly plug: string;
}

test(`${count} Zigbee devices on a simulated stick`, { timeout: 3_600_000 }, async () => {
  using field = await Field.open();
  const { port, network, plug } = await field.ask<Opened>("open", { count, port: 0, key });
  const stick = { port, network, key };
  await using koine = await KoineGateway.make(stick, 18_830);
  await letJoin(koine, field);
  const gateways: Gateway[] = [koine];
  await using other =
    env["KOINE_VS"] === "zigbee2mqtt"
      ? await Zigbee2mqttGateway.make(stick, koine.folder, env["KOINE_ZIGBEE2MQTT"])
      : null;
  if (other) gateways.push(other);
  const plan = { idleSeconds, loadSeconds, rates, commands: 100, plug };
  const all: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const gateway of gateways) all.push(await measure(gateway, field, plan));
  }
  for (const figures of all) process.stdout.write(`${lines(figures).join("\n")}\n`);
  const [ours, theirs] = all;
  if (ours && theirs) process.stdout.write(`${ratios(ours, theirs).join("\n")}\n`);
  expect(all).toHaveLength(gateways.length * rounds);
});

/** All devices join once; what they are is kept for every start that is measured. */
async function letJoin(koine: KoineGateway, field: Field): Promise<void> {
  await using started = await koine.start();
  const joining = field.ask<number>("join");
  let isLet = false;
  while (!isLet) {
    const { code } = (await koine.request("permit-join", "--time", "254")) as { code: number };
    isLet = code === 0;
  }
  expect(await joining).toBe(count);
  // The last one is interviewed and set up.
  await new Promise((resolve) => {
    setTimeout(resolve, 8_000);
  });
  await koine.request("backup");
  expect(started.pids).toHaveLength(1);
}

function lines({
  name,
  firstCommandMs,
  idleMib,
  loads,
  setP50Ms,
  setP99Ms,
  afterMib,
}: Figures): string[] {
  return [
    `${name}:`,
    `  start to first obeyed command ${firstCommandMs.toFixed(0)} ms`,
    `  RSS with broker ${idleMib.toFixed(0)} MiB idle for ${idleSeconds} s, ${afterMib.toFixed(0)} MiB after load`,
    ...loads.map(
      ({ perSecond, p50Ms, p99Ms, cpuMsPerReport, lost }) =>
        `  ${perSecond} reports per second: to the subscriber p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
        `CPU ${cpuMsPerReport.toFixed(2)} ms each, ${lost} lost`,
    ),
    `  set to ZCL command p50 ${setP50Ms.toFixed(2)} ms, p99 ${setP99Ms.toFixed(2)} ms`,
  ];
}

/** Ours as a part of theirs: below 1 is ahead. */
function ratios(ours: Figures, theirs: Figures): string[] {
  const pairs: [string, number, number][] = [
    ["start", ours.firstCommandMs, theirs.firstCommandMs],
    ["RSS idle", ours.idleMib, theirs.idleMib],
    ["RSS after load", ours.afterMib, theirs.afterMib],
    ...ours.loads.flatMap((load, index): [string, number, number][] => {
      const other = theirs.loads[index];
      if (!other) return [];
      return [
        [`report p50 at ${load.perSecond}/s`, load.p50Ms, other.p50Ms],
        [`report p99 at ${load.perSecond}/s`, load.p99Ms, other.p99Ms],
        [`CPU per report at ${load.perSecond}/s`, load.cpuMsPerReport, other.cpuMsPerReport],
      ];
    }),
    ["set p50", ours.setP50Ms, theirs.setP50Ms],
    ["set p99", ours.setP99Ms, theirs.setP99Ms],
  ];
  return pairs.map(([what, own, other]) => `  ${what}: ${(own / other).toFixed(2)} of theirs`);
}
