import { once } from "node:events";
import { generate, parser, type Packet } from "mqtt-packet";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { limits } from "../../../src/limits.ts";
import { TestBroker, type TestClient } from "../../support/broker.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** A client that says exactly what it is told to, byte by byte. */
class Raw {
  readonly socket: Socket;
  readonly #answers: Packet[] = [];
  readonly #parser = parser({ protocolVersion: 4 });

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#parser.on("packet", (packet) => this.#answers.push(packet));
    socket.on("data", (bytes: Buffer) => this.#parser.parse(bytes));
    socket.on("error", () => {});
  }

  static async open({ bus }: TestBroker, clientId: string, clean: boolean): Promise<Raw> {
    const [{ host, port } = { host: "", port: 0 }] = bus.addresses;
    const raw = new Raw(connect(port, host));
    raw.send({ cmd: "connect", clientId, clean, keepalive: 0 });
    return raw;
  }

  send(...packets: readonly Packet[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => generate(packet))));
  }

  /** The next packet of a kind. */
  async answer(cmd: Packet["cmd"]): Promise<Packet> {
    for (;;) {
      const found = this.#answers.find((packet) => packet.cmd === cmd);
      if (found) {
        this.#answers.splice(this.#answers.indexOf(found), 1);
        return found;
      }
      await once(this.#parser, "packet");
    }
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await once(this.socket, "close");
  }
}

function publication(topic: string, text: string, qos: 0 | 1 | 2, messageId = 1): Packet {
  const payload = Buffer.from(text);
  return { cmd: "publish", topic, payload, qos, messageId, dup: false, retain: false };
}

function payloads({ received }: TestClient): readonly string[] {
  return received.map(({ payload }) => payload);
}

describe("overlapping filters", () => {
  test.each([true, false])(
    "give one message at the highest QoS, clean session %s",
    async (clean) => {
      await using broker = await TestBroker.open();
      const reader = await broker.client({ clientId: "r", clean });
      await reader.subscribe("a/+", 0);
      await reader.subscribe("a/b", 1);
      await reader.subscribe("a/#", 0);
      const writer = await broker.client();
      await writer.publish("a/b", "1");
      await writer.publish("a/c", "2");
      await reader.count(2);
      expect(reader.received.map(({ payload, qos }) => [payload, qos])).toEqual([
        ["1", 1],
        ["2", 0],
      ]);
    },
  );

  test("never fill the window of a session", async () => {
    await using broker = await TestBroker.open();
    const reader = await broker.client({ clientId: "r", clean: false });
    await reader.subscribe("a/#", 1);
    await reader.subscribe("a/b", 0);
    const writer = await broker.client();
    const count = limits.mqttInflightOutbound + 200;
    await Promise.all(Array.from({ length: count }, (_, n) => writer.publish("a/b", `${n}`)));
    await writer.publish("a/c", "last");
    await reader.count(count + 1);
    expect(payloads(reader).at(-1)).toBe("last");
  });
});

test("a client that unsubscribes and subscribes again in one breath is subscribed", async () => {
  await using broker = await TestBroker.open();
  const reader = await Raw.open(broker, "r", true);
  await reader.answer("connack");
  const subscribe: Packet = {
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "x", qos: 1 }],
  };
  reader.send(subscribe);
  await reader.answer("suback");
  reader.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["x"] }, subscribe);
  await reader.answer("suback");
  const writer = await broker.client();
  await writer.publish("x", "1");
  expect(await reader.answer("publish")).toMatchObject({ topic: "x", qos: 1 });
  await reader.close();
});

test("whoever takes a session over hears, however often and fast it is taken over", async () => {
  await using broker = await TestBroker.open();
  const session = { clientId: "phone", clean: false };
  const first = await broker.client(session);
  await first.subscribe("a");
  const writer = await broker.client();
  for (let round = 0; round < 15; round++) {
    const before = await Raw.open(broker, "phone", false);
    await before.answer("connack");
    const between = await Raw.open(broker, "phone", round % 3 === 0);
    // It goes by itself while it is being put out.
    for (let turn = 0; turn < round % 6; turn++) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    if (round % 2 === 0) before.socket.destroy();
    await between.answer("connack");
    const last = await broker.client(session);
    await last.subscribe("a");
    await writer.publish("a", String(round));
    await last.next(({ payload }) => payload === String(round));
    between.socket.destroy();
    await last.mqtt.endAsync(true);
  }
  await expect.poll(() => broker.bus.clientCount).toBe(1);
});

test("connections that end before they are ready are not counted", async () => {
  await using broker = await TestBroker.open();
  for (let n = 0; n < 50; n++) {
    const raw = await Raw.open(broker, `c${n}`, true);
    raw.send({ cmd: "disconnect" });
    await once(raw.socket, "close");
  }
  await expect.poll(() => broker.bus.clientCount).toBe(0);
});

describe("a message of QoS 2", () => {
  test("belongs to a session that its sender is told of, whatever it subscribed", async () => {
    await using broker = await TestBroker.open();
    const reader = await broker.client();
    await reader.subscribe("t", 2);
    const first = await Raw.open(broker, "s", false);
    expect(await first.answer("connack")).toMatchObject({ sessionPresent: false });
    first.send(publication("t", "first", 2));
    await first.answer("pubrec");
    await first.close();
    const again = await Raw.open(broker, "s", false);
    expect(await again.answer("connack")).toMatchObject({ sessionPresent: true });
    again.send({ cmd: "pubrel", messageId: 1 });
    await again.answer("pubcomp");
    again.send(publication("t", "second", 2));
    await again.answer("pubrec");
    await again.close();
    await reader.count(2);
    expect(payloads(reader)).toEqual(["first", "second"]);
  });

  test.each(["koine/1/x/state", "t"])(
    "to %s that is repeated and released in one breath is no new one",
    async (topic) => {
      await using broker = await TestBroker.open();
      const witness = await broker.client();
      await witness.subscribe("#");
      const sender = await Raw.open(broker, "s", false);
      await sender.answer("connack");
      const one = publication(topic, "1", 2);
      for (let round = 0; round < 20; round++) {
        sender.send(one, one, { cmd: "pubrel", messageId: 1 }, one, {
          cmd: "pubrel",
          messageId: 1,
        });
        await sender.answer("pubcomp");
        await sender.answer("pubcomp");
      }
      await sender.close();
      await witness.publish("done", "");
      await witness.next((message) => message.topic === "done");
      const heard = witness.received.filter((message) => message.topic === topic);
      expect(heard.length).toBeLessThanOrEqual(topic === "t" ? 40 : 0);
    },
  );

  test("is acknowledged over another connection only when it is on the disk", async () => {
    const clock = new ManualClock();
    await using broker = await TestBroker.open({ clock });
    const first = await Raw.open(broker, "s", false);
    await first.answer("connack");
    await expect.poll(() => broker.bus.figures.sessions).toBe(1);
    broker.store.refuses = true;
    first.send(publication("t", "1", 2));
    await expect.poll(() => broker.counters.get("broker.commits_failed")).toBeGreaterThan(0);
    await first.close();
    const again = await Raw.open(broker, "s", false);
    await again.answer("connack");
    again.send(publication("t", "1", 2), { cmd: "pingreq" });
    await again.answer("pingresp");
    const acknowledged = again.answer("pubrec");
    broker.store.refuses = false;
    await clock.advance(limits.storeRetryMs);
    await acknowledged;
    await again.close();
  });
});

test("what was on its way to a session that unsubscribed does not come after a restart", async () => {
  await using broker = await TestBroker.open();
  const session = { clientId: "phone", clean: false };
  const reader = await broker.client(session);
  await reader.subscribe("keep");
  const writer = await broker.client();
  for (let round = 0; round < 10; round++) {
    const sent = Array.from({ length: 20 }, (_, n) => writer.publish("x", `${round}/${n}`));
    await reader.subscribe("x");
    await reader.mqtt.unsubscribeAsync("x");
    await Promise.all(sent);
  }
  await reader.mqtt.endAsync();
  await broker.restart();
  expect(await broker.store.entries("mqtt/queue/")).toEqual([]);
});

test("a batch larger than the store takes at once is written in parts", async () => {
  await using broker = await TestBroker.open();
  for (let n = 0; n < 70; n++) {
    const one = await broker.client({ clientId: `s${n}`, clean: false });
    await one.subscribe("big");
    await one.mqtt.endAsync();
  }
  const writer = await broker.client();
  await writer.publish("big", "x".repeat(1_048_000));
  await writer.publish("small", "1");
  expect(broker.counters.get("broker.commits_failed")).toBe(0);
});

test("the value a topic had last is the one on the disk, whoever published it", async () => {
  await using broker = await TestBroker.open();
  const reader = await broker.client();
  await reader.subscribe("r/#");
  const writers = [await broker.client(), await broker.client()];
  for (let n = 0; n < 40; n++) {
    const [slow, fast] = writers;
    for (let k = 0; k < 3; k++) void slow?.publish("noise", "x", { qos: 1 });
    await Promise.all([
      slow?.publish(`r/${n}`, "a", { retain: true }),
      fast?.publish(`r/${n}`, "b", { retain: true }),
    ]);
  }
  await reader.count(80);
  const last = new Map(reader.received.map(({ topic, payload }) => [topic, payload]));
  await broker.restart();
  const later = await broker.client();
  await later.subscribe("r/#");
  await later.count(40);
  expect(new Map(later.received.map(({ topic, payload }) => [topic, payload]))).toEqual(last);
});

test("many filters, and many retained messages, are no burden to others", async () => {
  await using broker = await TestBroker.open();
  const reader = await Raw.open(broker, "many", false);
  await reader.answer("connack");
  const subscriptions = Array.from(
    { length: 5_000 },
    (_, n) => ({ topic: `f/${n}`, qos: 1 }) as const,
  );
  const before = performance.now();
  reader.send({ cmd: "subscribe", messageId: 1, subscriptions });
  const { granted } = (await reader.answer("suback")) as { granted: readonly number[] };
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(granted.filter((qos) => qos === 1)).toHaveLength(limits.mqttSubscriptions);
  await reader.close();
});

test("many long filters are refused, and hold up nobody", async () => {
  await using broker = await TestBroker.open();
  const greedy = await Raw.open(broker, "greedy", false);
  await greedy.answer("connack");
  const long = "\u0001".repeat(60_000);
  for (let messageId = 1; messageId <= 8; messageId++) {
    const topic = `${messageId}${long}`;
    greedy.send({ cmd: "subscribe", messageId, subscriptions: [{ topic, qos: 1 }] });
    await greedy.answer("suback");
  }
  expect(broker.counters.get("refused.subscriptions")).toBeGreaterThan(0);
  const other = await broker.client({ clientId: "other", clean: false });
  await other.subscribe("x");
  await greedy.close();
});

test("sessions with one large message each share the memory there is", async () => {
  await using broker = await TestBroker.open();
  const count = 140;
  for (let n = 0; n < count; n++) {
    const one = await broker.client({ clientId: `s${n}`, clean: false });
    await one.subscribe(`t/${n}`);
    await one.mqtt.endAsync();
  }
  const writer = await broker.client();
  const large = "x".repeat(1_000_000);
  for (let n = 0; n < count; n++) await writer.publish(`t/${n}`, large);
  expect(broker.bus.figures.queuedBytes).toBeLessThanOrEqual(limits.mqttQueuedBytesInAll);
  expect(broker.counters.get("dropped.session_queue")).toBeGreaterThan(0);
}, 60_000);

test("while the disk refuses, what came in the middle of it is handed on at once, too", async () => {
  const clock = new ManualClock();
  await using broker = await TestBroker.open({ clock });
  await (await broker.client({ clientId: "away", clean: false })).subscribe("alarm/#");
  const reader = await broker.client();
  await reader.subscribe("alarm/#");
  broker.store.refuses = true;
  const writer = await broker.client();
  for (let n = 0; n < 20; n++) {
    void writer.mqtt.publish("alarm/n", String(n), { qos: 1 });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  await reader.count(20);
  expect(broker.counters.get("broker.commits_failed")).toBeGreaterThan(0);
  broker.store.refuses = false;
});
