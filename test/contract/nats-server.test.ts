/**
 * Where nats-server is another broker than mosquitto, as far as it matters to Koine and its clients.
 * Everything else is in the contract of the bus, which both fulfil. Seen with 2.9.10.
 */
import { describe, expect, test, type TestContext } from "vitest";
import { needs } from "../support/bus-subjects.ts";
import { OutsideBroker, versionOf } from "../support/outside-broker.ts";

async function open(context: TestContext): Promise<OutsideBroker> {
  needs("nats-server", context);
  return OutsideBroker.open("nats-server");
}

/** Resolves when the broker has closed the connection of a client that published so. */
async function closedAt(broker: OutsideBroker, topic: string, qos: 1 | 2): Promise<void> {
  const { mqtt } = await broker.client();
  mqtt.publish(topic, "x", { qos });
  await new Promise<void>((resolve) => {
    mqtt.once("close", () => resolve());
  });
}

/** Whether it is older than a version `major.minor`. */
function isBefore(major: number, minor: number): boolean {
  const [isMajor = 0, isMinor = 0] = (versionOf("nats-server") ?? "").split(".").map(Number);
  return isMajor < major || (isMajor === major && isMinor < minor);
}

describe("nats-server", () => {
  test("speaks MQTT only with JetStream: sessions and retained messages are streams of it", async (context) => {
    needs("nats-server", context);
    const bare = async (_: string, port: number): Promise<string> =>
      `server_name: koine\nhost: 127.0.0.1\nport: -1\nmqtt { host: 127.0.0.1, port: ${port} }`;
    await expect(OutsideBroker.open("nats-server", bare)).rejects.toThrow(/jetstream/i);
  });

  test("has no QoS 2 before 2.10: whoever publishes so is cut off, and Koine never does", async (context) => {
    context.skip(!isBefore(2, 10), "has learnt QoS 2");
    await using broker = await open(context);
    await expect(closedAt(broker, "koine/1/lamp/set", 2)).resolves.toBeUndefined();
  });

  test("takes no spaces in topics, of which Koine has none but a WiFi device may", async (context) => {
    await using broker = await open(context);
    await expect(closedAt(broker, "tele/my plug/STATE", 1)).resolves.toBeUndefined();
  });

  test("delivers once for each subscription that fits; those of Koine do not overlap", async (context) => {
    await using broker = await open(context);
    const client = await broker.client();
    await client.subscribe("koine/1/#");
    await client.subscribe("koine/1/+/event/press");
    await client.publish("koine/1/lamp/get", "once");
    await client.publish("koine/1/lamp/set", "once");
    await client.count(2);
    await client.subscribe("koine/1/+/get");
    await client.publish("koine/1/lamp/get", "twice");
    await client.count(4);
    expect(client.received.map(({ payload }) => payload)).toEqual([
      "once",
      "once",
      "twice",
      "twice",
    ]);
  });

  test("shows whoever subscribes to all what it says to itself", async (context) => {
    await using broker = await open(context);
    const client = await broker.client();
    await client.subscribe("#");
    await broker.client();
    await client.next(({ topic }) => topic.startsWith("$JS/"));
    expect(client.received.some(({ topic }) => topic.startsWith("koine/"))).toBe(false);
  });
});
