import { describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import type { Message } from "../../src/model/message.ts";
import {
  counted,
  delivered,
  device,
  idsOf,
  payloadsOf,
  result,
  retainedAt,
  upTo,
  value,
  wishesOf,
} from "../support/bus-messages.ts";
import {
  brokerSubjects,
  busSubjects,
  embedded,
  isConnected,
  outsideSubjects,
} from "../support/bus-subjects.ts";

describe.each(busSubjects)("the $name bus, inside the process", ({ open }) => {
  test("delivers in order and at once, local messages too", async (context) => {
    await using world = await open(context);
    const seen: string[] = [];
    world.bus.subscribe(["result", "value"], ({ kind }, scope) => seen.push(`${kind} ${scope}`));
    for (const n of upTo(3)) {
      world.bus.publish(value("count", n));
      world.bus.publish(result(n), "local");
    }
    expect(seen).toEqual(upTo(3).flatMap(() => ["value public", "result local"]));
  });

  test("delivers nothing more to a subscriber that left", async (context) => {
    await using world = await open(context);
    const seen: Message[] = [];
    const leave = world.bus.subscribe(["result"], (message) => seen.push(message));
    world.bus.publish(result(0));
    leave();
    world.bus.publish(result(1));
    expect(seen).toEqual([result(0)]);
  });
});

describe.each(brokerSubjects)("the $name bus", ({ open }) => {
  test("delivers to a client in the order it was published", async (context) => {
    await using world = await open(context);
    const client = await world.client();
    await client.subscribe("koine/1/#");
    for (const n of upTo(50)) {
      world.bus.publish(value("count", n));
      world.bus.publish(result(n));
    }
    await client.count(100);
    // MQTT orders what has the same QoS (3.1.1, section 4.6); of ours QoS 0 may overtake QoS 1.
    expect(payloadsOf(client.received, "/value/count")).toEqual(upTo(50).map(String));
    expect(idsOf(client.received)).toEqual(upTo(50));
  });

  test("keeps local messages to itself", async (context) => {
    await using world = await open(context);
    const client = await world.client();
    await client.subscribe("koine/#");
    world.bus.publish(result(0), "local");
    world.bus.publish(value("count", 1), "local");
    world.bus.publish(result(1));
    expect(idsOf(await client.count(1))).toEqual([1]);
    expect(await retainedAt(world, "koine/1/+/value/+")).toEqual(new Map());
  });

  test("has the last of what is retained for a later client, until it is deleted", async (context) => {
    await using world = await open(context);
    world.bus.publish(value("rssi", -60));
    world.bus.publish(value("count", 1));
    await delivered(world);
    world.bus.publish(value("rssi", undefined));
    world.bus.publish(value("count", 2));
    await delivered(world);
    expect(await retainedAt(world, "koine/1/+/value/+")).toEqual(new Map([["count", "2"]]));
  });

  test("hands over every wish of a client once, as it was written", async (context) => {
    await using world = await open(context);
    const wishes = wishesOf(world.bus);
    const client = await world.client();
    await client.publish(`koine/1/${device}/set`, '{"onoff":true}');
    await client.publish(`koine/1/${device}/set/onoff`, "toggle");
    await client.publish(`koine/1/${device}/get`, "");
    await client.publish("koine/1/bridge/request/rename", "{}");
    await client.publish("koine/1/bridge/request/barn/permit_join", "nonsense");
    await counted(wishes, 5);
    const expected = [
      { kind: "set", device, body: { text: '{"onoff":true}', retained: false } },
      { kind: "set", device, property: "onoff", body: { text: "toggle", retained: false } },
      { kind: "get", device, body: { text: "", retained: false } },
      { kind: "bridge_request", verb: "rename", body: { text: "{}", retained: false } },
      {
        kind: "bridge_request",
        verb: "barn/permit_join",
        body: { text: "nonsense", retained: false },
      },
    ];
    // nats-server keeps no order between the filters of one client.
    expect(wishes).toHaveLength(expected.length);
    expect(wishes).toEqual(expect.arrayContaining(expected));
  });

  test("keeps what must not be missed for a session that is away", async (context) => {
    await using world = await open(context);
    const session = { clientId: "phone", clean: false };
    const before = await world.client(session);
    await before.subscribe("koine/1/+/result");
    await before.mqtt.endAsync();
    for (const n of upTo(50)) world.bus.publish(result(n));
    await delivered(world);
    const after = await world.client(session);
    expect(idsOf(await after.count(50))).toEqual(upTo(50));
  });
});

test("the embedded bus marks a retained wish at once", async (context) => {
  await using world = await embedded.open(context);
  const wishes = wishesOf(world.bus);
  const client = await world.client();
  await client.publish(`koine/1/${device}/set`, "stuck", { retain: true });
  await counted(wishes, 1);
  expect(wishes).toEqual([{ kind: "set", device, body: { text: "stuck", retained: true } }]);
});

describe.each(outsideSubjects)("the $name bus", ({ open }) => {
  test("goes on after its broker was away: state is current, wishes arrive", async (context) => {
    await using world = await open(context);
    const { bus, broker, cable, log } = world;
    const wishes = wishesOf(bus);
    bus.publish(value("count", 1));
    bus.publish(value("rssi", -60));
    bus.publish(value("mode", "auto"));
    await delivered(world);
    await broker.stop();
    await isConnected(bus, false);
    cable.pull();
    bus.publish(value("count", 2));
    bus.publish(value("rssi", undefined));
    for (const n of upTo(3)) bus.publish(result(n));
    await broker.start();
    const client = await world.client();
    await client.subscribe("koine/1/+/result");
    cable.plug();
    expect(idsOf(await client.count(3))).toEqual([0, 1, 2]);
    const state = new Map([
      ["count", "2"],
      ["mode", '"auto"'],
    ]);
    expect(await retainedAt(world, "koine/1/+/value/+")).toEqual(state);
    await client.publish(`koine/1/${device}/get`, "now");
    await counted(wishes, 1);
    expect(wishes).toMatchObject([{ kind: "get", body: { text: "now" } }]);
    expect(log.messages("warn")).toEqual(["MQTT broker unreachable"]);
    expect(log.messages("info")).toEqual(["MQTT broker connected", "MQTT broker connected"]);
  });

  test("gets a wish that was published while it was away", async (context) => {
    await using world = await open(context);
    const wishes = wishesOf(world.bus);
    world.cable.pull();
    await isConnected(world.bus, false);
    const client = await world.client();
    await client.publish(`koine/1/${device}/set`, "meanwhile");
    world.cable.plug();
    await counted(wishes, 1);
    expect(wishes).toMatchObject([{ kind: "set", body: { text: "meanwhile" } }]);
  });

  test("marks a retained wish when the broker replays it", async (context) => {
    await using world = await open(context);
    const wishes = wishesOf(world.bus);
    const client = await world.client();
    await client.publish(`koine/1/${device}/set`, "stuck", { retain: true });
    await counted(wishes, 1);
    world.cable.pull();
    await isConnected(world.bus, false);
    world.cable.plug();
    await counted(wishes, 2);
    const set = (retained: boolean) => ({ kind: "set", device, body: { text: "stuck", retained } });
    expect(wishes).toEqual([set(false), set(true)]);
  });

  test("has its last will published when the connection is cut, and then what is true", async (context) => {
    await using world = await open(context);
    const client = await world.client();
    await client.subscribe("koine/1/bridge/availability");
    world.bus.publish({ kind: "bridge_availability", body: "online" });
    await client.count(1);
    world.cable.pull();
    await client.count(2);
    world.cable.plug();
    await client.count(3);
    expect(client.received.map(({ payload }) => payload)).toEqual(["online", "offline", "online"]);
  });

  test("leaves without a last will, when the broker has what was published", async (context) => {
    await using world = await open(context);
    const client = await world.client();
    await client.subscribe("koine/1/#");
    for (const n of upTo(300)) world.bus.publish(result(n));
    await world.bus.close();
    world.bus.publish(result(300));
    await client.count(300);
    await client.publish("koine/1/probe/get", "");
    await client.next(({ topic }) => topic.endsWith("/get"));
    expect(idsOf(client.received)).toEqual(upTo(300));
    expect(payloadsOf(client.received, "/availability")).toEqual([]);
    expect(world.counters.get("dropped.external_unflushed")).toBe(0);
  });

  test("drops and counts what is too large for some brokers, and says so once", async (context) => {
    await using world = await open(context);
    const client = await world.client();
    await client.subscribe("koine/1/#");
    const largest = "x".repeat(limits.externalPayloadBytes - 2);
    world.bus.publish(value("text", `${largest}x`));
    world.bus.publish(value("text", `${largest}xx`));
    world.bus.publish(value("text", largest));
    await client.count(1);
    expect(client.received).toMatchObject([{ payload: JSON.stringify(largest) }]);
    expect(world.counters.get("dropped.external_too_large")).toBe(2);
    expect(world.log.messages("warn")).toEqual(["message too large for the MQTT broker"]);
  });
});
