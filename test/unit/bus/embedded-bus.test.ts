import { request } from "node:http";
import { connect, createServer } from "node:net";
import { MqttClient } from "mqtt";
import { generate, parser, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded/embedded-bus.ts";
import { firstFreePort } from "../../../src/bus/embedded/listener.ts";
import { systemClock } from "../../../src/clock.ts";
import { Counters } from "../../../src/counters.ts";
import { LinkError } from "../../../src/errors.ts";
import type { Description } from "../../../src/model/description.ts";
import type { Message } from "../../../src/model/message.ts";
import { TestBroker, TestClient } from "../../support/broker.ts";
import { MemoryLog } from "../../support/log.ts";

const device = "wifi-024b4f000001";

function describedAs(id: string): Description {
  const properties = { count: { is: "count", type: "integer", access: "r" } } as const;
  return { koine: "1.0", id, name: id, revision: 1, classes: [], identifiers: [], properties };
}

describe("a fact", () => {
  test.each(["tcp", "ws"] as const)(
    "reaches a client over %s, and a later one",
    async (protocol) => {
      await using broker = await TestBroker.open();
      const early = await broker.client({}, protocol);
      await early.subscribe("koine/1/#");
      broker.bus.publish({ kind: "value", device, property: "onoff", body: true });
      expect(await early.count(1)).toEqual([
        { topic: `koine/1/${device}/value/onoff`, payload: "true", retain: false, qos: 0 },
      ]);
      const late = await broker.client({}, protocol);
      await late.subscribe("koine/1/+/value/#");
      expect(await late.count(1)).toMatchObject([{ payload: "true", retain: true }]);
    },
  );

  test("that is deleted is gone for later clients", async () => {
    await using broker = await TestBroker.open();
    broker.bus.publish({ kind: "value", device, property: "onoff", body: true });
    broker.bus.publish({ kind: "value", device, property: "rssi", body: -60 });
    broker.bus.publish({ kind: "value", device, property: "onoff", body: undefined });
    const client = await broker.client();
    await client.subscribe("koine/1/#");
    expect(await client.count(1)).toMatchObject([{ topic: `koine/1/${device}/value/rssi` }]);
  });

  test("that is local never leaves the process", async () => {
    await using broker = await TestBroker.open();
    const client = await broker.client();
    await client.subscribe("#");
    const local: Message[] = [];
    broker.bus.subscribe(["event"], (message, scope) => {
      if (scope === "local") local.push(message);
    });
    const body = { action: "received", _ts: "2026-11-25T12:00:00.000Z" };
    broker.bus.publish({ kind: "event", device, name: "text", body }, "local");
    broker.bus.publish({ kind: "event", device, name: "text", body }, "public");
    await client.count(1);
    expect(local).toHaveLength(1);
    expect(client.received).toHaveLength(1);
  });

  test("that must not be missed waits for a session that is away", async () => {
    await using broker = await TestBroker.open();
    const session = { clientId: "phone", clean: false };
    const before = await broker.client(session);
    await before.subscribe("koine/1/+/result");
    await before.mqtt.endAsync();
    const results = ["accepted", "done"] as const;
    for (const status of results) {
      const body = { _id: "a1", _ts: "2026-11-25T12:00:00.000Z", status };
      broker.bus.publish({ kind: "result", device, body });
    }
    const after = await broker.client(session);
    await after.count(2);
    expect(
      after.received.map(({ payload }) => (JSON.parse(payload) as { status: string }).status),
    ).toEqual(results);
  });
});

describe("a wish", () => {
  test("of a client reaches the bus as it was written", async () => {
    await using broker = await TestBroker.open();
    const wishes: Message[] = [];
    broker.bus.subscribe(["set", "get", "bridge_request"], (message) => wishes.push(message));
    const client = await broker.client();
    await client.publish(`koine/1/${device}/set`, '{"onoff":true}');
    await client.publish(`koine/1/${device}/set/onoff`, "toggle");
    await client.publish(`koine/1/${device}/get`, "");
    await client.publish("koine/1/bridge/request/alert-ack", "{}");
    expect(wishes).toEqual([
      { kind: "set", device, body: { text: '{"onoff":true}', retained: false } },
      { kind: "set", device, property: "onoff", body: { text: "toggle", retained: false } },
      { kind: "get", device, body: { text: "", retained: false } },
      { kind: "bridge_request", verb: "alert-ack", body: { text: "{}", retained: false } },
    ]);
  });

  test("that is retained is acknowledged, told the bus, and kept nowhere", async () => {
    await using broker = await TestBroker.open();
    const wishes: Message[] = [];
    broker.bus.subscribe(["set"], (message) => wishes.push(message));
    const client = await broker.client();
    await client.publish(`koine/1/${device}/set`, '{"onoff":true}', { retain: true });
    expect(wishes).toMatchObject([{ body: { retained: true } }]);
    await client.subscribe("#");
    await client.publish("probe", "x");
    expect(await client.count(1)).toMatchObject([{ topic: "probe" }]);
    expect(broker.counters.get("refused.publish.retained_command")).toBe(1);
  });
});

describe("a QoS 2 wish", () => {
  test("that is sent again before it is released is one wish", async () => {
    await using broker = await TestBroker.open();
    const wishes: Message[] = [];
    broker.bus.subscribe(["set"], (message) => wishes.push(message));
    const { host, port } = broker.bus.addresses[0] ?? { host: "", port: 0 };
    const socket = connect(port, host);
    const answers = parser({ protocolVersion: 4 });
    socket.on("data", (bytes: Buffer) => answers.parse(bytes));
    const answer = (): Promise<Packet> => new Promise((resolve) => answers.once("packet", resolve));
    const send = async (packet: Packet): Promise<Packet> => {
      const answered = answer();
      socket.write(generate(packet));
      return answered;
    };
    await send({ cmd: "connect", clientId: "twice", clean: true, keepalive: 0 });
    const wish = {
      cmd: "publish",
      topic: `koine/1/${device}/set`,
      payload: '{"onoff":true}',
      qos: 2,
      messageId: 7,
      retain: false,
    } as const;
    expect(await send({ ...wish, dup: false })).toMatchObject({ cmd: "pubrec" });
    expect(await send({ ...wish, dup: true })).toMatchObject({ cmd: "pubrec" });
    expect(await send({ cmd: "pubrel", messageId: 7 })).toMatchObject({ cmd: "pubcomp" });
    expect(wishes).toHaveLength(1);
    socket.destroy();
  });
});

describe("a client", () => {
  test.each([
    [`koine/1/${device}/state`, "forged_fact"],
    [`koine/1/${device}/value/onoff`, "forged_fact"],
    [`koine/1/${device}/result`, "forged_fact"],
    ["koine/1/bridge/availability", "forged_fact"],
    ["koine/1/garbage/\u0001/x", "unknown_topic"],
    ["koine/2/x/state", "unknown_topic"],
    ["$SYS/fake", "reserved_topic"],
  ])("cannot publish %j, and keeps its connection", async (topic, reason) => {
    await using broker = await TestBroker.open();
    const witness = await broker.client();
    await witness.subscribe("#");
    const client = await broker.client();
    await client.publish(topic, "{}", { retain: true });
    await client.publish("afterwards", "x");
    expect(await witness.count(1)).toMatchObject([{ topic: "afterwards" }]);
    expect(broker.counters.get(`refused.publish.${reason}`)).toBe(1);
  });

  test.each(["$SYS/#", "$share/a/#", "$koine/sink"])("cannot subscribe %s", async (filter) => {
    await using broker = await TestBroker.open();
    const client = await broker.client();
    await expect(client.subscribe(filter)).rejects.toThrow("Unspecified error");
  });

  test("that comes back has the subscriptions it was granted, and no other", async () => {
    await using broker = await TestBroker.open();
    const session = { clientId: "phone", clean: false };
    const before = await broker.client(session);
    await before.subscribe("world/#");
    await before.subscribe("$SYS/#").catch(() => {});
    await before.mqtt.endAsync();
    const after = await broker.client(session);
    await after.publish("world/x", "1");
    expect(await after.count(1)).toMatchObject([{ topic: "world/x" }]);
    expect(after.received).toHaveLength(1);
  });

  test("is counted while it is connected, our own adapters are not", async () => {
    await using broker = await TestBroker.open();
    const own = new MqttClient(() => broker.bus.openMqtt(), {
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    const adapter = new TestClient(own);
    await adapter.subscribe("#");
    const client = await broker.client();
    broker.bus.publish({ kind: "value", device, property: "onoff", body: true });
    await client.publish("tele/plug/LWT", "Online");
    expect(broker.bus.clientCount).toBe(1);
    expect(await adapter.count(1)).toMatchObject([{ topic: "tele/plug/LWT" }]);
    await own.endAsync(true);
  });
});

describe("a web page", () => {
  test.each([
    [undefined, 101],
    ["http://localhost:8080", 101],
    ["http://127.0.0.1", 101],
    ["http://[::1]:3000", 101],
    ["https://evil.example", 401],
    ["http://127.0.0.1.evil.example", 401],
    ["null", 401],
  ])("from %s gets status %d from the WebSocket", async (origin, status) => {
    await using broker = await TestBroker.open();
    const url = broker.url("ws").replace("ws:", "http:");
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-protocol": "mqtt",
      ...(origin !== undefined && { origin }),
    };
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const asking = request(url, { headers });
      asking.on("upgrade", ({ statusCode }, socket) => {
        socket.destroy();
        resolve(statusCode);
      });
      asking.on("response", ({ statusCode }) => resolve(statusCode));
      asking.on("error", reject);
      asking.end();
    });
    expect(answered).toBe(status);
  });
});

describe("overtaking", () => {
  const rounds = 1_000;

  test("retained or assured facts are not lost to a plain one in the same turn", async () => {
    await using broker = await TestBroker.open();
    const client = await broker.client();
    await client.subscribe("koine/1/#");
    for (let n = 0; n < rounds; n++) {
      const body = { _id: `${n}`, _ts: "2026-11-25T12:00:00.000Z", status: "done" } as const;
      broker.bus.publish({ kind: "value", device, property: "count", body: n });
      broker.bus.publish({ kind: "result", device, body });
      const action = { action: "press", _ts: "2026-11-25T12:00:00.000Z", _n: n };
      broker.bus.publish({ kind: "event", device, name: "action", body: action });
    }
    await client.count(3 * rounds);
    const order = client.received.map(({ topic }) => topic.split("/")[3]);
    expect(order).toEqual(
      Array.from({ length: rounds }, () => ["value", "result", "event"]).flat(),
    );
  });

  test("a retained value never comes after a newer one", async () => {
    await using broker = await TestBroker.open();
    let value = 0;
    const clients: TestClient[] = [];
    for (let n = 0; n < 40; n++) {
      const client = await broker.client();
      clients.push(client);
      const subscribed = client.subscribe("koine/1/#", n % 2 === 0 ? 0 : 1);
      for (let turn = 0; turn < 20; turn++) {
        value += 1;
        broker.bus.publish({ kind: "value", device, property: "count", body: value });
        broker.bus.publish({
          kind: "description",
          device,
          body: { ...describedAs(device), revision: value },
        });
        await new Promise(setImmediate);
      }
      await subscribed;
    }
    const end = (client: TestClient): Promise<unknown> =>
      client.next(({ topic, payload }) => topic.endsWith("count") && payload === String(value));
    await Promise.all(clients.map(end));
    for (const { received } of clients) {
      for (const what of ["value/count", "description"]) {
        const numbers = received
          .filter(({ topic }) => topic.endsWith(what))
          .map(({ payload }) => Number(/\d+$|(?<="revision":)\d+/.exec(payload)?.[0]));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    }
  });

  test("nothing is lost between clients, whatever mixture they publish", async () => {
    await using broker = await TestBroker.open();
    const reader = await broker.client();
    await reader.subscribe("world/#", 2);
    const writer = await broker.client();
    const sent: Promise<void>[] = [];
    for (let n = 0; n < rounds; n++) {
      const qos = ([0, 1, 2] as const)[n % 3] ?? 0;
      sent.push(writer.publish(`world/${n % 7}`, `${n}`, { qos, retain: n % 2 === 0 }));
    }
    await Promise.all(sent);
    await reader.count(rounds);
    expect(new Set(reader.received.map(({ payload }) => payload)).size).toBe(rounds);
  });
});

test("clients wait at the door until somebody listens, and lose nothing by that", async () => {
  await using broker = await TestBroker.open({ isHeld: true });
  const arriving = broker.client();
  const early = arriving.then(async (client) =>
    client.publish("koine/1/lamp/set", '{"onoff":true}'),
  );
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  const heard: string[] = [];
  broker.bus.subscribe(["set"], ({ body }) => heard.push(body.text));
  broker.bus.takeUp();
  await early;
  await expect.poll(() => heard).toEqual(['{"onoff":true}']);
});

describe("a port that is taken", () => {
  test("is a clear error, and leaves nothing open", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number };
    await using broker = await TestBroker.open();
    const { store, users } = broker;
    const opening = EmbeddedBus.open({
      root: "koine",
      store,
      users,
      listen: [
        { protocol: "tcp", host: "127.0.0.1", port: 0 },
        { protocol: "tcp", host: "127.0.0.1", port },
      ],
      clock: systemClock(),
      counters: new Counters(),
      log: new MemoryLog(),
    });
    await expect(opening).rejects.toThrow(LinkError);
    await expect(opening).rejects.toThrow(
      `Cannot listen on tcp://127.0.0.1:${port}: address already in use`,
    );
    expect(await firstFreePort("127.0.0.1", port)).toBeGreaterThan(port);
    other.close();
  });
});
