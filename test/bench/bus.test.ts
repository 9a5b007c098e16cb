import { cpus, loadavg } from "node:os";
import { beforeAll, expect, test } from "vitest";
import { TestBroker } from "../support/broker.ts";
import { mosquittoVersion, openKoine, openMosquitto, type Opener } from "./bus/brokers.ts";
import { compare } from "./bus/compare.ts";
import { publishUpdates } from "./bus/in-process.ts";
import { messages, scenarios, type Figures } from "./bus/scenarios.ts";
import { table } from "./bus/table.ts";

const rounds = Number(process.env["KOINE_BENCH_ROUNDS"] ?? 5);
const timeoutMs = 3_600_000;
const other = mosquittoVersion();

const openers = new Map<string, Opener>([["koine", openKoine]]);
if (other !== undefined) openers.set("mosquitto", openMosquitto);

// The figures are for whoever runs it: a busy machine must not fail a test.
beforeAll(() => {
  const [processor] = cpus();
  const load = loadavg()[0]?.toFixed(1);
  const machine = `${cpus().length} x ${processor?.model}, load ${load}, Node ${process.version}`;
  const against = other === undefined ? "no mosquitto here to compare with" : `mosquitto ${other}`;
  process.stdout.write(`${new Date().toISOString()}: ${machine}, ${against}, ${rounds} rounds\n`);
});

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  "%s",
  async (_, scenario) => {
    const played = await compare(scenario, openers, rounds);
    const figures = new Map<string, readonly Figures[]>();
    for (const [name, all] of played)
      figures.set(
        name,
        all.map((round) => round.figures),
      );
    process.stdout.write(table(scenario.title, figures));
    for (const all of played.values()) {
      expect(all.map(({ delivered }) => delivered)).toEqual(all.map(({ expected }) => expected));
    }
  },
  timeoutMs,
);

test(
  "publishes device updates while nobody listens",
  async () => {
    await using broker = await TestBroker.open();
    const updates = Math.ceil(messages / 5);
    const figures: Figures[] = [];
    // The first one warms up.
    for (let n = 0; n <= rounds; n++) figures.push(await publishUpdates(broker.bus, updates));
    const title = `state and 3 values of a device in process, ${updates} times`;
    process.stdout.write(table(title, new Map([["koine", figures.slice(1)]])));
    expect(broker.counters.sum("dropped")).toBe(0);
  },
  timeoutMs,
);
