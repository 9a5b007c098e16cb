import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { TestClient } from "../support/broker.ts";
import { Koine } from "../support/daemon.ts";

const fixtures = fileURLToPath(new URL("../fixtures/adapters/", import.meta.url));

function config(isolation: string, how: string): string {
  return `
bus: { listen: [tcp://127.0.0.1:0] }
adapters:
  - use: ${fixtures}ticker.mjs
  - use: ${fixtures}misbehaving.mjs
    name: bad
    isolation: ${isolation}
    how: ${how}
`;
}

/** The states of the misbehaving adapter so far. */
function states({ received }: TestClient): { state: string; reason?: string }[] {
  return received
    .filter(({ topic }) => topic === "koine/1/bridge/adapter/bad")
    .map(({ payload }) => JSON.parse(payload) as { state: string; reason?: string });
}

function counts({ received }: TestClient): number[] {
  return received
    .filter(({ topic }) => topic === "koine/1/ticker-clock/value/count")
    .map(({ payload }) => Number(payload));
}

/** On a busy machine the collections of a full heap may take longer than a guest may be silent. */
const tooFull = /needs more than 256 MiB|did not react for 5 s/;

type Misbehaviour = readonly [isolation: string, how: string, reason: string | RegExp];

/** What ends at once, and can be looked at side by side. */
const quick: readonly Misbehaviour[] = [
  ["none", "throws", "x is undefined"],
  ["none", "throws_later", "x is undefined"],
  ["none", "rejects", "out of luck"],
  ["worker", "throws", "x is undefined"],
  ["worker", "throws_later", "x is undefined"],
  ["worker", "throws_unseen", "x is undefined"],
  ["worker", "rejects", "out of luck"],
  ["worker", "exits", "exit code 3"],
  ["worker", "mumbles", "cannot be understood"],
  ["process", "throws", "x is undefined"],
  ["process", "throws_later", "x is undefined"],
  ["process", "throws_unseen", "x is undefined"],
  ["process", "rejects", "out of luck"],
  ["process", "exits", "exit code 3"],
  ["process", "mumbles", "cannot be understood"],
  ["process", "aborts", "SIGABRT"],
  ["process", "freezes", "did not react for 5 s"],
];
/** What takes all of a processor, or of the memory. */
const hungry: readonly Misbehaviour[] = [
  ["worker", "spins", "did not react for 5 s"],
  ["worker", "fills", tooFull],
  ["worker", "leaks", tooFull],
  ["worker", "hoards", tooFull],
  ["worker", "floods", "did not react for 5 s"],
  ["process", "spins", "did not react for 5 s"],
  ["process", "fills", tooFull],
];

test.concurrent.each(["worker", "process"])(
  "in a %s a stall that was announced is waited for",
  async (isolation) => {
    await using koine = await Koine.open(config(isolation, "stalls"));
    const running = koine.start("run");
    const subscriber = await koine.subscriber(running);
    await subscriber.next(({ topic }) => topic === "koine/1/misbehaving-device/value/onoff");
    expect(states(subscriber).map(({ state }) => state)).not.toContain("waiting");
  },
);

test.concurrent("a command that an adapter throws on has failed, and it goes on", async () => {
  await using koine = await Koine.open(config("worker", "stalls"));
  const running = koine.start("run");
  const subscriber = await koine.subscriber(running);
  await subscriber.next(({ topic }) => topic === "koine/1/misbehaving-device/value/onoff");
  await subscriber.publish("koine/1/misbehaving-device/set", '{"onoff":false,"_id":"a1"}');
  const { payload } = await subscriber.next(
    (message) => message.topic.endsWith("/result") && message.payload.includes('"failed"'),
  );
  expect(JSON.parse(payload)).toMatchObject({ _id: "a1", message: "y is undefined" });
  expect(states(subscriber).at(-1)?.state).toBe("online");
});

describe.concurrent.each(quick)("in isolation %s an adapter that %s", (...misbehaviour) => {
  test("is run again after a delay, and the others go on without a gap", () =>
    check(...misbehaviour));
});

describe.each(hungry)("in isolation %s an adapter that %s", (...misbehaviour) => {
  test("is run again after a delay, and the others go on without a gap", () =>
    check(...misbehaviour));
});

async function check(...[isolation, how, reason]: Misbehaviour): Promise<void> {
  await using koine = await Koine.open(config(isolation, how));
  const running = koine.start("run");
  const subscriber = await koine.subscriber(running);
  await subscriber.until(() => {
    const seen = states(subscriber).map(({ state }) => state);
    return seen.includes("waiting") && seen.lastIndexOf("online") > seen.indexOf("waiting");
  });
  const waiting = states(subscriber).find(({ state }) => state === "waiting");
  expect(waiting?.reason).toMatch(reason);
  await subscriber.until(() => counts(subscriber).length > 5);
  // The retained value and the same one live may both be seen.
  const ticks = [...new Set(counts(subscriber))];
  expect(ticks).toEqual(ticks.map((_, index) => (ticks[0] ?? 0) + index));
  running.signal("SIGTERM");
  expect(await running.exit()).toBe(0);
}
