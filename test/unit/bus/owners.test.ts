import { connect } from "node:net";
import { generate } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/model/message.ts";
import { limits } from "../../../src/limits.ts";
import type { User } from "../../../src/bus/access/users.ts";
import { TestBroker, type TestClient } from "../../support/broker.ts";

const password = "correct horse";
const anna: User = { name: "anna", role: "admin" };
const plug: User = { name: "plug", role: "device" };
const carl: User = { name: "carl", role: "controller" };

async function open(...users: readonly User[]): Promise<TestBroker> {
  const broker = await TestBroker.open();
  for (const user of users) await broker.users.add(user, password);
  return broker;
}

function as({ name }: User, clientId: string, clean = true): object {
  return { username: name, password, clientId, clean };
}

function closed({ mqtt }: TestClient): Promise<void> {
  return new Promise((resolve) => {
    mqtt.once("close", () => resolve());
  });
}

describe("a client id", () => {
  test.each([true, false])("of somebody else is refused, clean session %s", async (clean) => {
    await using broker = await open(anna, plug);
    const session = await broker.client(as(anna, "ha", false));
    await session.subscribe("home/#");
    await expect(broker.client(as(plug, "ha", clean))).rejects.toThrow("Identifier rejected");
    await session.mqtt.endAsync();
    const local = await broker.client();
    await local.publish("home/alarm", "1");
    await expect(broker.client(as(plug, "ha", clean))).rejects.toThrow("Identifier rejected");
    await broker.crash();
    await expect(broker.client({ clientId: "ha", clean })).rejects.toThrow("Identifier rejected");
    const back = await broker.client(as(anna, "ha", false));
    expect(await back.count(1)).toMatchObject([{ payload: "1" }]);
  });

  test("of one's own is taken over", async () => {
    await using broker = await open(anna);
    const first = await broker.client(as(anna, "ha"));
    const gone = closed(first);
    const second = await broker.client(as(anna, "ha"));
    await gone;
    expect(second.mqtt.connected).toBe(true);
  });

  test("is free again when the connection is gone", async () => {
    await using broker = await open(anna, plug);
    const first = await broker.client(as(anna, "ha"));
    await first.mqtt.endAsync();
    await expect.poll(() => broker.bus.clientCount).toBe(0);
    await broker.client(as(plug, "ha"));
  });

  test("of one of our own adapters is for nobody else", async () => {
    await using broker = await open();
    const stream = broker.bus.openMqtt();
    stream.write(generate({ cmd: "connect", clientId: "koine-1", clean: true, keepalive: 0 }));
    await new Promise((resolve) => stream.once("data", resolve));
    await expect(broker.client({ clientId: "koine-1" })).rejects.toThrow("Identifier rejected");
    stream.destroy();
  });
});

describe("a user that is removed", () => {
  test("is gone while its password is still being checked", async () => {
    await using broker = await open(anna);
    const coming = broker.client(as(anna, "ha"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await broker.users.remove("anna");
    await expect(coming).rejects.toThrow(/Bad username|closed/);
    await expect(broker.client(as(anna, "ha"))).rejects.toThrow("Bad username or password");
  });

  test("leaves no will, and no session", async () => {
    await using broker = await open(carl);
    const wishes: Message[] = [];
    broker.bus.subscribe(["set"], (message) => wishes.push(message));
    const will = { topic: "koine/1/lock-1/set", payload: Buffer.from("{}"), qos: 1, retain: false };
    const client = await broker.client({ ...as(carl, "c", false), will } as object);
    await client.subscribe("koine/1/#");
    const gone = closed(client);
    await broker.users.remove("carl");
    await gone;
    expect(wishes).toEqual([]);
    expect(broker.bus.figures.sessions).toBe(0);
  });
});

test("a session is not kept what its owner may not hear", async () => {
  await using broker = await open(plug);
  const session = await broker.client(as(plug, "p", false));
  await session.subscribe("#");
  await session.mqtt.endAsync();
  const local = await broker.client();
  await local.publish("secret/x", "1");
  await local.publish("tele/plug/x", "2");
  expect(broker.bus.figures.queuedMessages).toBe(1);
});

test("a client that never releases what it sends leaves one session, which expires", async () => {
  await using broker = await open();
  const [{ host, port } = { host: "", port: 0 }] = broker.bus.addresses;
  const socket = connect(port, host);
  const payload = Buffer.from("x");
  const publish = {
    cmd: "publish",
    topic: "t",
    payload,
    qos: 2,
    dup: false,
    retain: false,
  } as const;
  socket.write(generate({ cmd: "connect", clientId: "c", clean: false, keepalive: 0 }));
  for (let messageId = 1; messageId <= 5; messageId++) {
    socket.write(generate({ ...publish, messageId }));
  }
  await expect.poll(() => broker.bus.figures.sessions).toBe(1);
  socket.destroy();
  const clean = await broker.client({ clientId: "c", clean: true });
  await clean.mqtt.endAsync();
  await broker.restart();
  expect(await broker.store.entries("mqtt/")).toEqual([]);
});

test("sessions of one user make room for its own, not at the cost of others", async () => {
  await using broker = await open(anna, plug);
  const session = await broker.client(as(anna, "ha", false));
  await session.subscribe("home/#");
  await session.mqtt.endAsync();
  for (let n = 0; n <= limits.mqttSessionsOfOwner; n++) {
    const one = await broker.client(as(plug, `p${n}`, false));
    await one.subscribe("tele/plug/#");
    await one.mqtt.endAsync();
  }
  expect(broker.bus.figures.sessions).toBe(limits.mqttSessionsOfOwner + 1);
  expect(broker.counters.get("dropped.sessions")).toBe(1);
});

test("a WebSocket is not listened to for long before CONNECT", async () => {
  await using broker = await open();
  const url = new URL(broker.url("ws"));
  const socket = connect(Number(url.port), url.hostname);
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  const gone = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0xff, 0xff, 1, 2, 3, 4]);
  socket.write(Buffer.concat([header, Buffer.alloc(limits.webSocketOpeningBytes * 2)]));
  await gone;
  expect(socket.destroyed).toBe(true);
});
