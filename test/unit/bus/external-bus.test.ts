import { describe, expect, test } from "vitest";
import { InvariantError } from "../../../src/errors.ts";
import { limits } from "../../../src/limits.ts";
import { encodePayload, type Message } from "../../../src/model/message.ts";
import { openExternal, until } from "../../support/external.ts";
import { freePort } from "../../support/outside-broker.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const device = "wifi-024b4f000001";

function result(text: string): Message {
  const body = { _id: text, _ts: "2026-11-25T12:00:00.000Z", status: "done" } as const;
  return { kind: "result", device, body };
}

function value(body: number | undefined): Message {
  return { kind: "value", device, property: "count", body };
}

const payloads = (broker: ScriptedBroker): string[] =>
  broker.all("publish").map(({ payload }) => payload.toString());

describe("a bus with its broker elsewhere", () => {
  test("says who it is, what is true when it is gone, and asks for every wish", async () => {
    await using broker = await ScriptedBroker.open();
    const url = new URL(`mqtt://us%C3%A9r:p%40ss@127.0.0.1:${broker.port}`);
    await using _ = await openExternal(broker.port, { url });
    const [[connect], [subscribe]] = [
      await broker.count("connect", 1),
      await broker.count("subscribe", 1),
    ];
    expect(connect).toMatchObject({ protocolVersion: 4, clientId: "koine-gateway", clean: false });
    expect(connect).toMatchObject({ username: "usér", password: Buffer.from("p@ss") });
    const will = { topic: "koine/1/bridge/availability", qos: 1, retain: true };
    expect(connect?.will).toMatchObject({ ...will, payload: Buffer.from("offline") });
    const filters = ["+/set", "+/set/+", "+/get", "bridge/request/#"];
    expect(subscribe?.subscriptions).toMatchObject(
      filters.map((filter) => ({ topic: `koine/1/${filter}`, qos: 1 })),
    );
  });

  test("has no more under way than a broker allows", async () => {
    await using broker = await ScriptedBroker.open();
    broker.acknowledges = false;
    await using opened = await openExternal(broker.port);
    const { bus } = opened;
    for (let n = 0; n < limits.externalInFlight + 20; n++) bus.publish(result(String(n)));
    const sent = await broker.count("publish", limits.externalInFlight);
    broker.send({ cmd: "puback", messageId: sent[0]?.messageId ?? 0 });
    await broker.count("publish", limits.externalInFlight + 1);
    expect(bus.queued).toBe(limits.externalInFlight + 19);
    expect(broker.all("publish")).toHaveLength(limits.externalInFlight + 1);
    broker.cut();
  });

  test("sends only the last of what supersedes each other while it waits", async () => {
    await using opened = await openExternal(await freePort());
    opened.bus.publish(value(1));
    opened.bus.publish(result("between"));
    opened.bus.publish(value(2));
    expect(opened.bus.queued).toBe(2);
    expect(opened.counters.get("external.superseded")).toBe(1);
  });

  test("sends again what was not acknowledged, after what is true now", async () => {
    await using broker = await ScriptedBroker.open();
    broker.acknowledges = false;
    await using opened = await openExternal(broker.port);
    await until(() => opened.bus.connected);
    opened.bus.publish(result("first"));
    opened.bus.publish(value(1));
    await broker.count("publish", 2);
    broker.cut();
    await until(() => !opened.bus.connected);
    opened.bus.publish(result("second"));
    opened.bus.publish(value(2));
    broker.acknowledges = true;
    await broker.count("publish", 5);
    await until(() => opened.bus.queued === 0);
    const ids = payloads(broker).map((text) => /first|second|\d$/.exec(text)?.[0]);
    expect(ids).toEqual(["first", "1", "2", "first", "second"]);
  });

  test("deletes with QoS 1, again and again until the broker has heard", async () => {
    await using broker = await ScriptedBroker.open();
    broker.acknowledges = false;
    await using opened = await openExternal(broker.port);
    opened.bus.publish(value(undefined));
    await broker.count("publish", 1);
    broker.acknowledges = true;
    broker.cut();
    await broker.count("publish", 2);
    await until(() => opened.bus.queued === 0);
    broker.cut();
    await broker.count("subscribe", 3);
    opened.bus.publish(result("last"));
    const deletion = { topic: `koine/1/${device}/value/count`, qos: 1, retain: true };
    expect(await broker.count("publish", 3)).toMatchObject([deletion, deletion, { retain: false }]);
  });

  test("drops the oldest of too many that wait", async () => {
    await using opened = await openExternal(await freePort());
    const { bus, counters } = opened;
    for (let n = 0; n < limits.externalQueuedMessages + 5; n++) bus.publish(result(String(n)));
    expect(bus.queued).toBe(limits.externalQueuedMessages);
    expect(counters.get("dropped.external_queue")).toBe(5);
    const large = result("x".repeat(100_000));
    const bytesOfOne = encodePayload(large).length;
    for (let bytes = 0; bytes < limits.externalQueuedBytes; bytes += bytesOfOne) bus.publish(large);
    expect(bus.queued).toBe(Math.floor(limits.externalQueuedBytes / bytesOfOne));
  });

  test("remembers no more topics than its limit", async () => {
    await using opened = await openExternal(await freePort());
    const { bus, counters } = opened;
    for (let n = 0; n < limits.externalRetainedMessages; n++) {
      bus.publish({ kind: "value", device: `d-${n}`, property: "count", body: n });
    }
    bus.publish(value(1));
    bus.publish({ kind: "value", device: "d-0", property: "count", body: 1 });
    expect(bus.queued).toBe(limits.externalRetainedMessages);
    expect(counters.get("dropped.external_retained")).toBe(1);
  });

  test("keeps a wish of Koine itself inside the process, where it is heard", async () => {
    await using broker = await ScriptedBroker.open();
    await using opened = await openExternal(broker.port);
    const wishes: Message[] = [];
    opened.bus.subscribe(["set"], (wish) => wishes.push(wish));
    opened.bus.publish({ kind: "set", device, body: { text: "{}", retained: false } });
    opened.bus.publish(result("after"));
    expect(await broker.count("publish", 1)).toMatchObject([{ topic: `koine/1/${device}/result` }]);
    expect(wishes).toHaveLength(1);
  });

  test("refuses an address that is none of a broker", async () => {
    await expect(openExternal(1, { url: new URL("http://localhost") })).rejects.toThrow(
      InvariantError,
    );
  });

  test("refuses a root below which not every broker takes topics", async () => {
    await expect(openExternal(1, { root: "$koine" })).rejects.toThrow(InvariantError);
    await expect(openExternal(1, { root: "a/b/c/d" })).rejects.toThrow(InvariantError);
  });
});
