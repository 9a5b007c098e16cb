import { describe, expect, test } from "vitest";
import { sms } from "../../../adapters/sms/index.ts";
import { defineAdapter, z } from "../../../src/core/adapter.ts";
import { gatewayKind, type GatewayProbes } from "../../../src/health/gateway.ts";
import type { State } from "../../../src/model/state.ts";
import { TestGateway } from "../../support/gateway.ts";

const hourMs = 3_600_000;
const halfHourMs = hourMs / 2;

/** Keeps so many bytes of the heap more each hour, for so many hours; then it gives the oldest back. */
function keeper(bytesPerHour: number, hours = Number.POSITIVE_INFINITY) {
  return defineAdapter({
    kind: "keeper",
    module: import.meta.url,
    isolation: "none",
    configSchema: z.strictObject({}),
    create: () => ({
      async run(host, signal) {
        const kept: number[][] = [];
        host.status({ state: "online" });
        const timer = host.clock.every(keepMs, () => {
          // Numbers of 8 bytes; not Array.from, which leaves room for more.
          const numbers = Array.from({ length: (bytesPerHour * keepMs) / hourMs / 8 });
          kept.push(numbers.fill(0.5) as number[]);
          if (kept.length > (hours * hourMs) / keepMs) kept.shift();
        });
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        timer.cancel();
      },
      execute: async () => ({ status: "done", confirmedBy: "none" }),
    }),
  });
}

const keepMs = 600_000;

function probes(gateway: TestGateway): GatewayProbes {
  return {
    id: "farm",
    version: "0.1.0",
    memoryRssBytes: () => process.memoryUsage.rss(),
    heapTotalBytes: () => process.memoryUsage().heapTotal,
    restart: () => {},
    cpuMs: () => 0,
    broker: { clientCount: () => 0, figures: () => undefined, isInsecure: () => false },
    counters: () => gateway.counters.entries(),
    devicesOnline: () => 0,
    counted: () => 0,
    adapters: () => [],
  };
}

/** The gateway with its own device and one more adapter, its heap looked at every so many minutes. */
async function watched(
  kind: { kind: string; create: (config: never) => unknown },
  config = {},
  probe = 10,
) {
  const gateway = await TestGateway.open();
  const self = gatewayKind(probes(gateway));
  const own = self.create({ interval: 600, probe, on_critical: "alert" });
  gateway.core.host({ name: "gateway", kind: "gateway", adapter: own });
  const adapter = kind.create(config as never) as never;
  gateway.core.host({ name: kind.kind, kind: kind.kind, adapter });
  gateway.core.start();
  await gateway.settle();
  return gateway;
}

async function halfHour(gateway: TestGateway): Promise<Partial<State>> {
  // What the test itself remembers is no leak of the gateway.
  gateway.messages.length = 0;
  await gateway.clock.advance(halfHourMs);
  return gateway.state("gateway-farm") ?? {};
}

describe("the gateway's own heap", { timeout: 60_000 }, () => {
  test("is found to leak, before the slowest growth that would have been seen is that slow", async () => {
    await using gateway = await watched(keeper(4_000_000), {}, 30);
    let foundH: number | undefined;
    let state: Partial<State> = {};
    for (let hours = 0.5; hours <= 30 && foundH === undefined; hours += 0.5) {
      state = await halfHour(gateway);
      if (state["heap_verdict"] === "leak") foundH = hours;
      else if (
        typeof state["heap_trend_visible"] === "number" &&
        state["heap_verdict"] !== "growing"
      )
        expect(state["heap_trend_visible"]).toBeGreaterThan(4_000_000);
    }
    expect(foundH).toBeLessThanOrEqual(25);
    expect(state).toMatchObject({ heap_series: "heap", heap_severity: "watch" });
    expect(Number(state["heap_trend"])).toBeGreaterThan(4_000_000 / 1.3);
    expect(Number(state["heap_trend"])).toBeLessThan(4_000_000 * 1.3);
  });

  test("is not said to leak by what is given back again", async () => {
    await using gateway = await watched(keeper(4_000_000, 1));
    const verdicts = new Set<unknown>();
    for (let hours = 0.5; hours <= 12; hours += 0.5) {
      verdicts.add((await halfHour(gateway))["heap_verdict"]);
    }
    expect([...verdicts]).not.toContain("leak");
  });

  test("grows with the texts that wait while the modem is away, and that is no leak", async () => {
    const people = Array.from({ length: 40 }, (_, index) => ({
      name: `Person ${index}`,
      number: `+4477009${String(index).padStart(5, "0")}`,
    }));
    const parsed = sms.configSchema.parse({ modems: [{ port: "tcp://127.0.0.1:9" }], people });
    await using gateway = await watched(sms, parsed);
    const states: Partial<State>[] = [];
    let count = 0;
    for (let step = 0; step < 10; step++) {
      for (let texts = 0; texts < 62; texts++) {
        const device = `person-person-${count % people.length}`;
        const message = { body: `${count++} ${"x".repeat(1_400)}`, class: "alarm" };
        await gateway.set(device, { message });
      }
      states.push(await halfHour(gateway));
    }
    expect(states.map((state) => state["heap_verdict"])).not.toContain("leak");
    // At one look or another, growth as slow as this is lost in what else moves in this process.
    const explained = states.filter(({ heap_explained_by: by }) => by !== undefined && by !== "");
    expect(explained.length).toBeGreaterThan(0);
    for (const state of explained) {
      expect(state).toMatchObject({ heap_verdict: "growing", heap_explained_by: "sms.outbox" });
      expect(Number(state["heap_explained"])).toBeGreaterThan(80);
    }
  });
});
