import { describe, expect, test } from "vitest";
import { needs } from "../support/bus-subjects.ts";
import { Koine } from "../support/daemon.ts";
import { plugConfig } from "../support/plug.ts";
import { OutsideBroker } from "../support/outside-broker.ts";
import type { TestClient } from "../support/broker.ts";

const device = "wifi-024b4f0000aa";
const below = `koine/1/${device}`;

/** A Tasmota plug, as far as it matters here: it says what it is, and obeys. */
async function plug(client: TestClient): Promise<void> {
  client.mqtt.on("message", (topic, payload) => {
    if (topic !== "cmnd/plug/POWER") return;
    const isOn = /on|1/i.test(payload.toString());
    void client.publish("stat/plug/RESULT", JSON.stringify({ POWER: isOn ? "ON" : "OFF" }));
  });
  await client.subscribe("cmnd/plug/#");
  await client.publish("tasmota/discovery/024B4F0000AA/config", JSON.stringify(plugConfig));
  await client.publish("tele/plug/STATE", '{"POWER":"OFF"}');
}

/** A device appears, obeys, and its gateway leaves, all over one broker. */
async function story(open: () => Promise<TestClient>, stop: () => Promise<void>): Promise<void> {
  const reader = await open();
  await reader.subscribe("koine/1/#");
  await reader.next(
    ({ topic, payload }) => topic.endsWith("adapter/wifi") && payload.includes("online"),
  );
  await plug(await open());
  await reader.next(
    ({ topic, payload }) => topic === `${below}/value/onoff` && payload === "false",
  );
  await reader.publish(`${below}/set`, '{"onoff":true,"_id":"e1"}');
  const done = await reader.next(
    ({ topic, payload }) => topic === `${below}/result` && payload.includes('"done"'),
  );
  expect(JSON.parse(done.payload)).toMatchObject({ _id: "e1", confirmed_by: "report" });
  await stop();
  await reader.next(
    ({ topic, payload }) => topic === "koine/1/bridge/availability" && payload === "offline",
  );
}

describe("one story", () => {
  test("over the embedded broker", async () => {
    await using koine = await Koine.open("bus: { listen: [tcp://127.0.0.1:0] }\n");
    const daemon = koine.start("run");
    await story(
      () => koine.client(daemon),
      async () => {
        daemon.signal("SIGTERM");
        expect(await daemon.exit()).toBe(0);
      },
    );
  });

  test.for(["mosquitto", "nats-server"] as const)("over %s", async (program, context) => {
    needs(program, context);
    await using broker = await OutsideBroker.open(program);
    await using koine = await Koine.open(`bus: { url: "mqtt://127.0.0.1:${broker.port}" }\n`);
    const daemon = koine.start("run");
    await daemon.says(/for the clients of another broker/);
    await story(
      () => broker.client(),
      async () => {
        daemon.signal("SIGTERM");
        expect(await daemon.exit()).toBe(0);
      },
    );
  });

  test("ends with a last will when the gateway is killed", async (context) => {
    needs("mosquitto", context);
    await using broker = await OutsideBroker.open("mosquitto");
    await using koine = await Koine.open(`bus: { url: "mqtt://127.0.0.1:${broker.port}" }\n`);
    const daemon = koine.start("run");
    await story(
      () => broker.client(),
      async () => {
        daemon.signal("SIGKILL");
        expect(await daemon.exit()).toBeNull();
      },
    );
  });
});
