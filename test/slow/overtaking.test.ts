import { expect, test } from "vitest";
import { TestBroker, type TestClient } from "../support/broker.ts";
import { Chance } from "../support/chance.ts";

const messages = Number(process.env["KOINE_MESSAGES"] ?? 100_000);
const seed = Number(process.env["KOINE_SEED"] ?? 1);
/** Publications of the client that wait for their acknowledgement. */
const window = 200;
const device = "wifi-024b4f000001";

/** Publishes numbers in every way a client can. */
async function speak(client: TestClient, chance: Chance, count: number): Promise<void> {
  let open: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const qos = chance.pick([0, 1, 2] as const);
    const topic = `world/${chance.between(0, 9)}`;
    open.push(client.publish(topic, String(n), { qos, retain: chance.happens(0.3) }));
    if (open.length < window) continue;
    await Promise.all(open);
    open = [];
  }
  await Promise.all(open);
}

/** Publishes numbers as Koine itself does: several in one turn, of all kinds. */
async function report({ bus }: TestBroker, chance: Chance, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const body = { action: String(n), _ts: "2026-11-25T12:00:00.000Z" };
    if (chance.happens(0.5)) bus.publish({ kind: "event", device, name: "n", body });
    else bus.publish({ kind: "value", device, property: "count", body: n });
    if (chance.happens(0.3)) await new Promise((resolve) => setImmediate(resolve));
  }
}

function numbers({ received }: TestClient, below: string): number[] {
  return received
    .filter(({ topic }) => topic.startsWith(below))
    .map(({ payload }) => Number(/\d+/.exec(payload)?.[0]));
}

test(`seed ${seed}: of ${messages} messages none is lost to another, and none is overtaken`, async () => {
  await using broker = await TestBroker.open();
  const chance = new Chance(seed);
  const readers = [
    await broker.client(),
    await broker.client({ clientId: "session", clean: false }),
    await broker.client({}, "ws"),
  ];
  for (const reader of readers) await reader.subscribe("#", 1);
  // MQTT.js shows a message of QoS 2 only when it is released, and so later than others.
  const exact = await broker.client();
  await exact.subscribe("#", 2);
  const half = messages / 2;
  await Promise.all([
    speak(await broker.client(), chance.fork(), half),
    report(broker, chance.fork(), half),
  ]);
  const all = Array.from({ length: half }, (_, n) => n);
  for (const reader of readers) {
    await reader.count(messages);
    expect(numbers(reader, "world/")).toEqual(all);
    const facts = numbers(reader, "koine/");
    expect(facts.toSorted((a, b) => a - b)).toEqual(all);
  }
  await exact.count(messages);
  expect(numbers(exact, "world/").toSorted((a, b) => a - b)).toEqual(all);
  expect(broker.counters.sum("dropped")).toBe(0);
}, 300_000);
