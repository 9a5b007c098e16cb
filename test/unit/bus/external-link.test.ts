import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { Message } from "../../../src/model/message.ts";
import { openExternal, until } from "../../support/external.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { freePort } from "../../support/outside-broker.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const device = "wifi-024b4f000001";

function result(text: string): Message {
  const body = { _id: text, _ts: "2026-11-25T12:00:00.000Z", status: "done" } as const;
  return { kind: "result", device, body };
}

const set = (text: string, more: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: "publish",
  topic: `koine/1/${device}/set`,
  payload: text,
  qos: 1,
  messageId: 7,
  retain: false,
  dup: false,
  ...more,
});

describe("a wish from a broker elsewhere", () => {
  test("is acknowledged when it was handed over, and waits for someone who takes it", async () => {
    await using broker = await ScriptedBroker.open();
    await using opened = await openExternal(broker.port);
    const { bus, counters } = opened;
    await broker.count("subscribe", 1);
    broker.send(set("early"));
    broker.send(set("later", { messageId: 8 }));
    await until(() => counters.get("messages.received") === 1);
    expect(broker.all("puback")).toEqual([]);
    const texts: string[] = [];
    bus.subscribe(["get"], () => {});
    bus.subscribe(["set"], ({ body }) => {
      texts.push(`${body.text} ${broker.all("puback").length}`);
    });
    expect(texts).toEqual([]);
    expect(await broker.count("puback", 2)).toMatchObject([{ messageId: 7 }, { messageId: 8 }]);
    expect(texts).toEqual(["early 0", expect.stringContaining("later")]);
  });

  test("is left to the broker when nobody takes it, and while the bus closes", async () => {
    await using broker = await ScriptedBroker.open();
    const clock = new ManualClock();
    const opened = await openExternal(broker.port, { clock });
    await until(() => opened.bus.connected);
    broker.send(set("unheard"));
    await until(() => opened.counters.get("messages.received") === 1);
    await clock.advance(limits.externalWishHeldMs);
    expect(opened.counters.get("dropped.external_unheard")).toBe(1);
    broker.send(set("late", { messageId: 8 }));
    await until(() => opened.counters.get("messages.received") === 2);
    opened.bus.publish(result("done"));
    await opened.bus.close();
    expect(broker.all("disconnect")).toHaveLength(1);
    expect(broker.all("puback")).toEqual([]);
  });

  test("that is none is counted and acknowledged", async () => {
    await using broker = await ScriptedBroker.open();
    await using opened = await openExternal(broker.port);
    await broker.count("subscribe", 1);
    broker.send(set("x", { topic: "koine/1/bridge/set" }));
    broker.send(set("x", { topic: `koine/1/${device}/state`, messageId: 8 }));
    await broker.count("puback", 2);
    expect(opened.counters.get("malformed.topic")).toBe(1);
  });
});

describe("a broker elsewhere", () => {
  test("that is not there is tried again ever more seldom, and complained of once", async () => {
    const clock = new ManualClock();
    await using broker = await ScriptedBroker.open();
    broker.connackCode = 5;
    await using opened = await openExternal(broker.port, { clock });
    for (const [attempt, delayMs] of [250, 500, 1_000].entries()) {
      await broker.count("connect", attempt + 1);
      await until(() => clock.waiting === 1);
      await clock.advance(delayMs - 1);
      expect(broker.all("connect")).toHaveLength(attempt + 1);
      await clock.advance(1);
    }
    broker.connackCode = 0;
    await broker.count("connect", 4);
    await until(() => clock.waiting === 1);
    await clock.advance(2_000);
    await until(() => opened.bus.connected);
    const { log } = opened;
    const told = log.lines.filter(({ level }) => level !== "debug");
    expect(told).toMatchObject([
      { level: "warn", message: "MQTT broker unreachable" },
      { level: "info", message: "MQTT broker connected" },
    ]);
    expect(String(told[0]?.fields["err"])).toContain("Not authorized");
  });

  test("that refuses subscriptions is still told what happens", async () => {
    await using broker = await ScriptedBroker.open();
    broker.granted = 128;
    await using opened = await openExternal(broker.port);
    opened.bus.publish(result("told"));
    await broker.count("publish", 1);
    expect(opened.log.lines).toMatchObject([
      { level: "info" },
      { level: "warn", message: "MQTT broker refuses subscriptions" },
    ]);
    expect(opened.log.lines[1]?.fields["filters"]).toContain("koine/1/+/get");
  });

  test("that says what is no MQTT is left, and tried again", async () => {
    await using broker = await ScriptedBroker.open();
    await using opened = await openExternal(broker.port);
    await until(() => opened.bus.connected);
    broker.sendBytes(Buffer.of(0x0f, 0));
    await broker.count("connect", 2);
    expect(opened.log.messages("warn")).toEqual(["MQTT broker unreachable"]);
  });

  test("that acknowledges nothing is left in time, with a goodbye and a count", async () => {
    await using broker = await ScriptedBroker.open();
    broker.acknowledges = false;
    const { bus, counters } = await openExternal(broker.port);
    bus.publish(result("lost"));
    await broker.count("publish", 1);
    await bus.close();
    expect(broker.all("disconnect")).toHaveLength(1);
    expect(counters.get("dropped.external_unflushed")).toBe(1);
  });

  test("that never came is not waited for at the end", async () => {
    const { bus, counters } = await openExternal(await freePort(), { clock: new ManualClock() });
    bus.publish(result("lost"));
    await bus.close();
    expect(counters.get("dropped.external_unflushed")).toBe(1);
  });
});
