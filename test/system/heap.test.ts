import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";

const keeper = fileURLToPath(new URL("../fixtures/adapters/keeper.mjs", import.meta.url));

/** Two hours are a second of real time: a leak is called one after a day. */
const timeScale = "7200";

function config(isolation: string): string {
  return `
bus: { listen: [tcp://127.0.0.1:0] }
gateway: { interval: 1800, probe: 30 }
adapters:
  - use: ${keeper}
    name: keeper
    isolation: ${isolation}
    bytes_per_hour: 2000000
`;
}

describe.concurrent.each(["none", "worker"])("an adapter in isolation %s", (isolation) => {
  test("that keeps 2 MB an hour is found, and people are told", async () => {
    await using koine = await Koine.open(config(isolation));
    const running = koine.start("run", "--time-scale", timeScale);
    const subscriber = await koine.subscriber(running);
    const property = isolation === "none" ? "heap_verdict" : "heap_verdict_keeper";
    await subscriber.next(
      ({ topic, payload }) => topic.endsWith(`/value/${property}`) && payload === '"leak"',
    );
    await subscriber.next(({ topic }) => /\/alert\/memory-leak/.test(topic));
    const trend = subscriber.received.findLast(({ topic }) =>
      topic.endsWith(`/value/${property.replace("verdict", "trend")}`),
    );
    expect(Number(trend?.payload)).toBeGreaterThan(1_000_000);
    expect(Number(trend?.payload)).toBeLessThan(4_000_000);
  }, 60_000);
});
