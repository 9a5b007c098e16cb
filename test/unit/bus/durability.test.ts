import { describe, expect, test } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { Message } from "../../../src/model/message.ts";
import { TestBroker, type TestClient } from "../../support/broker.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const session = { clientId: "phone", clean: false };

function payloads({ received }: TestClient): readonly string[] {
  return received.map(({ payload }) => payload);
}

/** A session that subscribed and went away. */
async function away(broker: TestBroker, filter: string, qos: 0 | 1 | 2 = 1): Promise<void> {
  const client = await broker.client(session);
  await client.subscribe(filter, qos);
  await client.mqtt.endAsync();
}

describe("what was acknowledged", () => {
  test.each([1, 2] as const)(
    "at QoS %i waits for a session over a crash, in order",
    async (qos) => {
      await using broker = await TestBroker.open();
      await away(broker, "world/#", 2);
      const writer = await broker.client();
      const numbers = Array.from({ length: 50 }, (_, n) => String(n));
      await Promise.all(numbers.map((n) => writer.publish("world/n", n, { qos })));
      await broker.crash();
      await broker.crash();
      const back = await broker.client(session);
      await back.count(50);
      expect(payloads(back)).toEqual(numbers);
      expect(back.received.every(({ qos: got, retain }) => got === qos && !retain)).toBe(true);
    },
  );

  test("is retained over a crash, and deleted for good", async () => {
    await using broker = await TestBroker.open();
    const writer = await broker.client();
    await writer.publish("world/kept", "1", { retain: true });
    await writer.publish("world/gone", "1", { retain: true });
    await writer.publish("world/gone", "", { retain: true });
    await writer.publish("world/kept", "\u{1F69C} 2", { retain: true, qos: 2 });
    await broker.crash();
    const reader = await broker.client();
    await reader.subscribe("world/#");
    expect(await reader.count(1)).toEqual([
      { topic: "world/kept", payload: "\u{1F69C} 2", retain: true, qos: 1 },
    ]);
  });

  test("by a session is not sent to it again", async () => {
    await using broker = await TestBroker.open();
    const reader = await broker.client(session);
    await reader.subscribe("world/#");
    const writer = await broker.client();
    await writer.publish("world/n", "1");
    await reader.count(1);
    await reader.mqtt.endAsync();
    await writer.publish("world/n", "2");
    await broker.restart();
    const back = await broker.client(session);
    await back.count(1);
    expect(payloads(back)).toEqual(["2"]);
  });

  test("as a message of QoS 2 is not taken for another one after a crash", async () => {
    await using broker = await TestBroker.open();
    await away(broker, "world/#", 2);
    const writer = await broker.client({ clientId: "writer", clean: false });
    await writer.publish("world/n", "1", { qos: 2 });
    await broker.crash();
    const again = await broker.client({ clientId: "writer", clean: false });
    // The same message id as before, released by then.
    await again.publish("world/n", "2", { qos: 2 });
    const back = await broker.client(session);
    await back.count(2);
    expect(payloads(back)).toEqual(["1", "2"]);
  });
});

test("QoS 0 retained values are on the disk with the next snapshot, and at the end", async () => {
  const clock = new ManualClock();
  await using broker = await TestBroker.open({ clock });
  const writer = await broker.client();
  await writer.publish("world/a", "1", { retain: true, qos: 0 });
  await writer.publish("world/done", "");
  await clock.advance(limits.mqttSnapshotMs);
  await broker.crash();
  const next = await broker.client();
  await next.publish("world/b", "2", { retain: true, qos: 0 });
  await next.publish("world/done", "");
  await broker.restart();
  const reader = await broker.client();
  await reader.subscribe("world/#");
  expect((await reader.count(2)).map(({ topic }) => topic)).toEqual(["world/a", "world/b"]);
});

test("a full disk withholds acknowledgements, and no message", async () => {
  const clock = new ManualClock();
  await using broker = await TestBroker.open({ clock });
  await away(broker, "alarm/#");
  const reader = await broker.client();
  await reader.subscribe("alarm/#");
  const writer = await broker.client();
  broker.store.refuses = true;
  let isAcknowledged = false;
  const publish = async (): Promise<void> => {
    await writer.publish("alarm/smoke", "1");
    isAcknowledged = true;
  };
  const published = publish();
  await reader.count(1);
  await reader.mqtt.publishAsync("alarm/other", "2", { qos: 0 });
  await reader.count(2);
  expect(isAcknowledged).toBe(false);
  broker.store.refuses = false;
  await clock.advance(limits.storeRetryMs);
  await published;
  expect(broker.counters.get("broker.commits_failed")).toBeGreaterThan(0);
  await broker.crash();
  const back = await broker.client(session);
  await back.count(1);
  expect(payloads(back)).toEqual(["1"]);
});

test("a session nobody comes back to is forgotten, also on the disk", async () => {
  const clock = new ManualClock();
  await using broker = await TestBroker.open({ clock });
  await away(broker, "world/#");
  const writer = await broker.client();
  await writer.publish("world/n", "1");
  await clock.advance(limits.mqttSessionMs + limits.mqttSessionSweepMs);
  await clock.advance(limits.mqttLazyMs);
  expect(broker.counters.get("broker.sessions_expired")).toBe(1);
  await broker.restart();
  expect(await broker.store.entries("mqtt/")).toEqual([]);
});

test("a clean session forgets what was kept for its id", async () => {
  await using broker = await TestBroker.open();
  await away(broker, "world/#");
  const writer = await broker.client();
  await writer.publish("world/n", "1");
  const clean = await broker.client({ clientId: "phone", clean: true });
  await clean.mqtt.endAsync();
  await broker.crash();
  const back = await broker.client(session);
  await back.subscribe("other");
  await (await broker.client()).publish("other", "2");
  await back.count(1);
  expect(payloads(back)).toEqual(["2"]);
});

describe("a wish that was acknowledged", () => {
  const device = "wifi-024b4f000001";

  test("and interrupted by a crash is told the next run, once", async () => {
    await using broker = await TestBroker.open();
    broker.bus.subscribe(["set"], () => new Promise(() => {}));
    const client = await broker.client();
    await client.publish(`koine/1/${device}/set`, '{"onoff":true}');
    await broker.crash();
    const wishes: Message[] = [];
    broker.bus.subscribe(["set"], (message) => wishes.push(message));
    broker.bus.takeUp();
    broker.bus.takeUp();
    const body = { text: '{"onoff":true}', retained: false, obstacle: "interrupted" };
    expect(wishes).toEqual([{ kind: "set", device, body }]);
    await broker.restart();
    expect(await broker.store.entries("mqtt/wish/")).toEqual([]);
  });

  test("and answered is forgotten", async () => {
    await using broker = await TestBroker.open();
    broker.bus.subscribe(["set"], async () => {});
    const client = await broker.client();
    await client.publish(`koine/1/${device}/set`, '{"onoff":true}');
    await broker.restart();
    expect(await broker.store.entries("mqtt/wish/")).toEqual([]);
  });
});
