import { describe, expect, test } from "vitest";
import type { UserRole } from "../../../src/bus/access/role.ts";
import type { Message } from "../../../src/model/message.ts";
import { TestBroker, type TestClient } from "../../support/broker.ts";

const device = "wifi-024b4f000001";
const password = "correct horse";
const roles = ["admin", "controller", "reader", "device", "local"] as const;
type Who = (typeof roles)[number];

/** The user of each role is named after what it is; a device has the topics with its name in them. */
const names: Readonly<Record<UserRole, string>> = {
  admin: "anna",
  controller: "bob",
  reader: "carl",
  device: "plug",
};

const fact = `koine/1/${device}/value/count`;
const own = "tele/plug/STATE";
const foreign = "tele/other/STATE";
const hears: Readonly<Record<Who, readonly string[]>> = {
  admin: [fact, own, foreign],
  controller: [fact],
  reader: [fact],
  device: [own],
  local: [fact, own, foreign],
};

async function open(who: Who): Promise<TestBroker> {
  const broker = await TestBroker.open();
  if (who !== "local") await broker.users.add({ name: names[who], role: who }, password);
  return broker;
}

function as(who: Who): object {
  return who === "local" ? {} : { username: names[who], password };
}

function sorted({ received }: TestClient): readonly string[] {
  return received.map(({ topic }) => topic).toSorted();
}

describe.each(roles)("a client that is %s", (who) => {
  test("hears, of retained and live messages and whatever its filters, what it may", async () => {
    await using broker = await open(who);
    const writer = await broker.client();
    const publish = async (): Promise<void> => {
      broker.bus.publish({ kind: "value", device, property: "count", body: 1 });
      for (const topic of [own, foreign]) await writer.publish(topic, "{}", { retain: true });
    };
    await publish();
    const clean = await broker.client(as(who));
    await clean.subscribe("#", 1);
    await clean.count(hears[who].length);
    // Overlapping ones give one message, and retained ones again.
    await clean.subscribe("+/+/#", 0);
    await clean.subscribe("+/plug/#", 2).catch(() => {});
    await writer.publish("done", "");
    const seen = new Set(sorted(clean).filter((topic) => topic !== "done"));
    expect([...seen]).toEqual(hears[who].toSorted());
    const session = await broker.client({ ...as(who), clientId: "s", clean: false });
    await session.subscribe("#", 1);
    await session.mqtt.endAsync();
    await publish();
    const back = await broker.client({ ...as(who), clientId: "s", clean: false });
    const assured = hears[who].filter((topic) => topic !== fact);
    await back.count(assured.length);
    expect(new Set(sorted(back))).toEqual(new Set(assured));
  });

  test("cannot have a last will say what it may not", async () => {
    await using broker = await open(who);
    const witness = await broker.client();
    await witness.subscribe("#");
    const wishes: Message[] = [];
    broker.bus.subscribe(["set"], (message) => wishes.push(message));
    const wills = [
      `koine/1/${device}/state`,
      `koine/1/${device}/availability`,
      `koine/1/${device}/set`,
      foreign,
    ];
    for (const topic of wills) {
      const will = { topic, payload: Buffer.from("{}"), qos: 1, retain: false };
      const client = await broker.client({ ...as(who), will } as object);
      client.mqtt.stream.destroy();
    }
    await expect.poll(() => broker.bus.clientCount).toBe(1);
    await witness.publish("done", "");
    await witness.next(({ topic }) => topic === "done");
    const mayCommand = ["admin", "controller", "local"].includes(who);
    const maySpeak = ["admin", "local"].includes(who);
    const expected = [
      ...(mayCommand ? [`koine/1/${device}/set`] : []),
      ...(maySpeak ? [foreign] : []),
    ];
    // A wish goes to the disk first.
    await expect
      .poll(() => sorted(witness).filter((topic) => topic !== "done"))
      .toEqual(expected.toSorted());
    await expect.poll(() => wishes).toHaveLength(1);
    expect(wishes.map(({ body }) => body)).toMatchObject(
      mayCommand ? [{ text: "{}" }] : [{ text: "{}", obstacle: "not_allowed" }],
    );
  });

  test.each(["$SYS/#", "$share/g/koine/#", "$koine/sink"])(
    "may hear %s only where that is",
    async (filter) => {
      await using broker = await open(who);
      const client = await broker.client(as(who));
      const isGranted = who === "admin" && filter === "$SYS/#";
      const granted = client.subscribe(filter).then(
        () => true,
        () => false,
      );
      expect(await granted).toBe(isGranted);
      if (!isGranted) return;
      await broker.client();
      const heard = await client.next(({ topic }) => topic.endsWith("/new/clients"));
      expect(heard.topic).toMatch(/^\$SYS\//);
    },
  );
});
