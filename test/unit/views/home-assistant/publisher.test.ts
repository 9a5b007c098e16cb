import { expect, test } from "vitest";
import { limits } from "../../../../src/limits.ts";
import type { Description, Property } from "../../../../src/model/description.ts";
import {
  HomeAssistantPublisher,
  type PublisherOptions,
} from "../../../../src/views/home-assistant/publisher.ts";
import { TestBroker, type Received, type TestClient } from "../../../support/broker.ts";
import {
  describedDevice,
  discoveryOptions,
  vocabularyProperty,
} from "../../../support/home-assistant.ts";
import { ManualClock } from "../../../support/manual-clock.ts";

const pumpTopic = "homeassistant/device/wifi-024b4f000001/config";
const temperature = vocabularyProperty("temperature");
const pump = describedDevice({ temperature });
const lamp = describedDevice({ onoff: vocabularyProperty("onoff") }, { id: "lamp", name: "Lamp" });

/** A publisher at a real broker, and a client that reads as Home Assistant does. */
class View implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly broker: TestBroker;
  readonly reader: TestClient;
  #publisher: HomeAssistantPublisher | undefined;

  private constructor(broker: TestBroker, reader: TestClient) {
    this.broker = broker;
    this.reader = reader;
  }

  static async open(options: Parameters<typeof TestBroker.open>[0] = {}): Promise<View> {
    const broker = await TestBroker.open(options);
    const reader = await broker.client();
    await reader.subscribe("+/device/+/config");
    return new View(broker, reader);
  }

  /** Starts it, when all these devices of earlier runs were described. */
  async start(
    devices: readonly Description[],
    options: Partial<PublisherOptions> = {},
  ): Promise<void> {
    const { bus, store, counters, log } = this.broker;
    this.#publisher = await HomeAssistantPublisher.load({
      ...discoveryOptions,
      bus,
      store,
      counters,
      log,
      openMqtt: async () => this.broker.bus.openMqtt(),
      isKept: true,
      isEnabled: true,
      prefix: "homeassistant",
      statusTopic: "homeassistant/status",
      clock: this.clock,
      random: () => 0.5,
      ...options,
    });
    for (const device of devices) this.describe(device);
    this.#publisher.start();
  }

  async stop(): Promise<void> {
    await this.#publisher?.stop();
    this.#publisher = undefined;
  }

  describe(body: Description): void {
    this.broker.bus.publish({ kind: "description", device: body.id, body });
  }

  remove(device: string): void {
    this.broker.bus.publish({ kind: "description", device, body: undefined });
  }

  /** Resolves to the n-th message on a topic, once it came. */
  async told(n: number, topic = pumpTopic): Promise<Received> {
    const of = (): readonly Received[] =>
      this.reader.received.filter((message) => message.topic === topic);
    await this.reader.until(() => of().length >= n, `${n} of ${topic}`);
    const message = of()[n - 1];
    if (!message) throw new Error("Lost a message");
    return message;
  }

  /** What is retained for whoever comes now. */
  async kept(): Promise<readonly string[]> {
    const late = await this.broker.client();
    await late.subscribe("#");
    await late.publish("end/of", "it", { retain: false });
    await late.next(({ topic }) => topic === "end/of");
    const topics = late.received.map(({ topic }) => topic);
    return topics.filter((topic) => topic.endsWith("/config")).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.broker[Symbol.asyncDispose]();
  }
}

/** Resolves when all that was described so far has been told: a device that comes last was. */
async function settled(view: View): Promise<void> {
  const id = `last-${view.reader.received.length}`;
  view.describe(describedDevice({ temperature }, { id }));
  await view.told(1, `homeassistant/device/${id}/config`);
}

test("a device on the bus is told of, retained", async () => {
  await using view = await View.open();
  await view.start([]);
  view.describe(pump);
  const { payload } = await view.told(1);
  expect(JSON.parse(payload)).toMatchObject({
    device: { name: "Pump" },
    components: { sensor_temperature: { state_topic: "koine/1/wifi-024b4f000001/state" } },
  });
  expect(await view.kept()).toEqual([pumpTopic]);
});

test("a device that has nothing yet is not told of", async () => {
  await using view = await View.open();
  await view.start([describedDevice({})]);
  await settled(view);
  expect(await view.kept()).not.toContain(pumpTopic);
});

test("a device that nothing is told of is named by none that is reached over it", async () => {
  await using view = await View.open();
  const hub = { ...pump, id: "hub", properties: {} };
  await view.start([hub, { ...pump, via: "hub" }]);
  const before = await view.told(1);
  expect(before.payload).toContain('"via_device":"koine_gateway-');
  view.describe({ ...hub, properties: pump.properties });
  const after = await view.told(2);
  expect(after.payload).toContain('"via_device":"koine_hub"');
});

test("a device is told of again only when what is told has changed", async () => {
  await using view = await View.open();
  await view.start([pump]);
  await view.told(1);
  view.describe({ ...pump, revision: 2 });
  await settled(view);
  view.describe({ ...pump, revision: 3, name: "North pump" });
  const { payload } = await view.told(2);
  expect(JSON.parse(payload)).toMatchObject({ device: { name: "North pump" } });
});

test("after a restart nothing is told that is known already", async () => {
  await using view = await View.open();
  await view.start([pump]);
  await view.told(1);
  await settled(view);
  await view.stop();
  await view.start([pump]);
  await settled(view);
  expect(view.reader.received.filter(({ topic }) => topic === pumpTopic)).toHaveLength(1);
});

test("at a broker that may have forgotten, everything is told again", async () => {
  await using view = await View.open();
  await view.start([pump], { isKept: false });
  await view.told(1);
  await view.stop();
  await view.start([pump], { isKept: false });
  expect((await view.told(2)).payload).not.toBe("");
});

test("a device that is removed is no longer told of", async () => {
  await using view = await View.open();
  await view.start([pump, lamp]);
  await view.told(1);
  view.remove(pump.id);
  expect((await view.told(2)).payload).toBe("");
  expect(await view.kept()).toEqual(["homeassistant/device/lamp/config"]);
});

test("a device that went while the publisher was away is no longer told of", async () => {
  await using view = await View.open();
  await view.start([pump, lamp]);
  await view.told(1);
  await settled(view);
  await view.stop();
  await view.start([lamp]);
  expect((await view.told(2)).payload).toBe("");
  expect(await view.kept()).toContain("homeassistant/device/lamp/config");
});

test("what was told in a run that ended in the middle of it can be taken back", async () => {
  await using view = await View.open();
  await view.start([pump]);
  await view.told(1);
  await view.stop();
  // As the disk is when the end comes before the last word is on it.
  const key = `view/home-assistant/${pumpTopic}`;
  await view.broker.store.write([{ key, value: "{" }]);
  await view.start([]);
  expect((await view.told(2)).payload).toBe("");
  await settled(view);
  expect(await view.broker.store.get(key)).toBeUndefined();
});

test("with another prefix nothing stays below the old one", async () => {
  await using view = await View.open();
  await view.start([pump]);
  await view.told(1);
  await view.stop();
  await view.start([pump], { prefix: "ha" });
  await view.told(1, "ha/device/wifi-024b4f000001/config");
  expect((await view.told(2)).payload).toBe("");
  expect(await view.kept()).toEqual(["ha/device/wifi-024b4f000001/config"]);
});

test("switched off it takes everything back, and then needs no connection", async () => {
  await using view = await View.open();
  await view.start([pump]);
  await view.told(1);
  await view.stop();
  await view.start([pump], { isEnabled: false });
  expect((await view.told(2)).payload).toBe("");
  expect(await view.kept()).toEqual([]);
  await view.stop();
  let connections = 0;
  const openMqtt = (): never => {
    connections += 1;
    throw new Error("Nothing is to be told");
  };
  await view.start([pump], { isEnabled: false, openMqtt });
  await view.stop();
  expect(connections).toBe(0);
});

test("an entity that a device no longer has is ended, and then left out", async () => {
  await using view = await View.open();
  const humidity: Property = vocabularyProperty("humidity");
  await view.start([describedDevice({ temperature, humidity })]);
  await view.told(1);
  view.describe(pump);
  const components = async (n: number): Promise<object> =>
    (JSON.parse((await view.told(n)).payload) as { components: object }).components;
  expect(await components(2)).toMatchObject({
    sensor_temperature: { name: "Temperature" },
  });
  expect(await components(2)).toHaveProperty("sensor_humidity", { platform: "sensor" });
  expect(Object.keys(await components(3))).toEqual(["sensor_temperature"]);
});

test("Home Assistant that has started is told of everything, once, a moment later", async () => {
  await using view = await View.open();
  await view.start([pump]);
  await view.told(1);
  const homeAssistant = await view.broker.client();
  await homeAssistant.publish("homeassistant/status", "offline");
  await homeAssistant.publish("homeassistant/status", "online");
  await homeAssistant.publish("homeassistant/status", "online");
  await settled(view);
  await view.clock.advance(limits.discoveryAgainMs / 2 - 1);
  expect(view.reader.received.filter(({ topic }) => topic === pumpTopic)).toHaveLength(1);
  await view.clock.advance(1);
  const again = await view.told(2);
  expect(again.payload).toBe((await view.told(1)).payload);
  await settled(view);
  expect(view.reader.received.filter(({ topic }) => topic === pumpTopic)).toHaveLength(2);
});

test("a controller with one rule more can be Home Assistant", async () => {
  const acts = ["publish", "subscribe"] as const;
  const rule = { verdict: "allow", topic: "homeassistant/#", acts, who: ["ha"] } as const;
  await using view = await View.open({ rules: [rule] });
  await view.broker.users.add({ name: "ha", role: "controller" }, "secret word");
  const homeAssistant = await view.broker.client({ username: "ha", password: "secret word" });
  await homeAssistant.subscribe("homeassistant/+/+/config");
  await homeAssistant.subscribe("koine/1/wifi-024b4f000001/state");
  await view.start([pump]);
  await homeAssistant.next(({ topic }) => topic === pumpTopic);
  await homeAssistant.publish("homeassistant/status", "online");
  await settled(view);
  await view.clock.advance(limits.discoveryAgainMs);
  expect((await view.told(2)).payload).toContain("Pump");
});

test("a broker that lets it hear nothing is told all the same", async () => {
  const rule = { verdict: "deny", topic: "homeassistant/status", acts: ["subscribe"] } as const;
  await using view = await View.open({ rules: [rule] });
  await view.start([pump]);
  expect((await view.told(1)).payload).toContain("Pump");
});

test("a connection that cannot be had is tried again, and said once", async () => {
  await using view = await View.open();
  let refusals = 2;
  await view.start([pump], {
    openMqtt: async () => {
      const stream = view.broker.bus.openMqtt();
      if (refusals > 0) stream.destroy();
      refusals -= 1;
      return stream;
    },
  });
  const { counters, log } = view.broker;
  for (const lost of [1, 2]) {
    while (counters.get("discovery.links_lost") < lost) await view.clock.advance(0);
    await view.clock.advance(limits.retryCeilingMs);
  }
  await view.told(1);
  expect(log.messages("warn")).toEqual(["Home Assistant cannot be told of devices"]);
  expect(log.messages("info")).toContain("Home Assistant is told of devices again");
});

test("a connection that goes in between loses nothing", async () => {
  await using view = await View.open();
  const streams: { destroy(): unknown }[] = [];
  const openMqtt: PublisherOptions["openMqtt"] = async () => {
    const stream = view.broker.bus.openMqtt();
    streams.push(stream);
    return stream;
  };
  await view.start([pump], { openMqtt });
  await view.told(1);
  streams[0]?.destroy();
  view.describe(lamp);
  while (view.broker.counters.get("discovery.links_lost") < 1) await view.clock.advance(0);
  await view.clock.advance(limits.retryCeilingMs);
  await view.told(1, "homeassistant/device/lamp/config");
  expect(await view.kept()).toEqual(["homeassistant/device/lamp/config", pumpTopic].toSorted());
});

test("a device with more than a broker takes is not told of, and counted", async () => {
  await using view = await View.open();
  const properties: Record<string, Property> = {};
  for (let n = 0; n < 256; n++) {
    const is = `x_acme_${"long".repeat(11)}_${n}`;
    properties[is] = { is, type: "string", access: "rw" };
  }
  await view.start([describedDevice(properties)]);
  await settled(view);
  expect(view.broker.counters.get("dropped.discovery_configs")).toBe(1);
  expect(await view.kept()).not.toContain(pumpTopic);
});
