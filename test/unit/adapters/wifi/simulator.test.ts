import { describe, expect, test } from "vitest";
import type {
  SimulatedDevice,
  SimulatedWorld,
} from "../../../../adapters/wifi/simulator/client.ts";
import { SimulatedDescribed } from "../../../../adapters/wifi/simulator/described.ts";
import { SimulatedEsphome } from "../../../../adapters/wifi/simulator/esphome.ts";
import { startWorld } from "../../../../adapters/wifi/simulator/index.ts";
import { SimulatedShellyGen1 } from "../../../../adapters/wifi/simulator/shelly-gen1.ts";
import { SimulatedZigbee2mqtt } from "../../../../adapters/wifi/simulator/zigbee2mqtt.ts";
import { systemClock } from "../../../../src/clock.ts";
import { TestBroker, type TestClient } from "../../../support/broker.ts";

type Json = Record<string, unknown>;

interface Inhabitant {
  readonly make: (world: SimulatedWorld) => SimulatedDevice;
  /** The topic of the last thing it says when it comes. */
  readonly last: string;
}

/** A device on a real broker, and a client that hears everything. */
class SmallWorld implements AsyncDisposable {
  readonly client: TestClient;
  readonly device: SimulatedDevice;
  readonly #broker: TestBroker;

  private constructor(broker: TestBroker, client: TestClient, device: SimulatedDevice) {
    this.#broker = broker;
    this.client = client;
    this.device = device;
  }

  static async open({ make, last }: Inhabitant): Promise<SmallWorld> {
    const broker = await TestBroker.open();
    const client = await broker.client();
    await client.subscribe("#");
    const device = make({ url: broker.url(), clock: systemClock(), random: () => 0.5 });
    device.start();
    await client.next(({ topic }) => topic === last);
    return new SmallWorld(broker, client, device);
  }

  /** Forgets what came, and tells the device something. */
  async tell(topic: string, payload: string | object): Promise<void> {
    this.client.received.length = 0;
    await this.client.publish(
      topic,
      typeof payload === "string" ? payload : JSON.stringify(payload),
    );
  }

  async text(topic: string, wanted?: string): Promise<string> {
    const { payload } = await this.client.next(
      (message) => message.topic === topic && (wanted ?? message.payload) === message.payload,
    );
    return payload;
  }

  async json(topic: string): Promise<Json> {
    return JSON.parse(await this.text(topic)) as Json;
  }

  /** Waits for such a document. */
  async document(topic: string, part: Json): Promise<void> {
    await this.client.next(
      (message) =>
        message.topic === topic &&
        Object.entries(part).every(
          ([key, value]) => (JSON.parse(message.payload) as Json)[key] === value,
        ),
    );
  }

  /** What somebody finds who comes later. */
  async kept(topic: string): Promise<string> {
    const late = await this.#broker.client();
    await late.subscribe(topic);
    const { payload } = await late.next((message) => message.retain);
    return payload;
  }

  /** Everything heard under a topic, in order. */
  heard(topic: string): string[] {
    const messages = this.client.received.filter((message) => message.topic === topic);
    return messages.map(({ payload }) => payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.device.stop();
    await this.#broker[Symbol.asyncDispose]();
  }
}

const rare = { intervalMs: 60_000 };

const node = ({ intervalMs } = rare): Inhabitant => ({
  last: "node/light/lamp/state",
  make: (world) =>
    new SimulatedEsphome(world, {
      name: "node",
      friendlyName: "Node",
      mac: "024b4f000006",
      board: "Simulated ESP32",
      intervalMs,
    }),
});

const shelly = (load: "relay" | "color", { intervalMs } = rare): Inhabitant => ({
  last: "shellies/shelly-000007/info",
  make: (world) =>
    new SimulatedShellyGen1(world, {
      id: "shelly-000007",
      mac: "024B4F000007",
      model: "SIM",
      load,
      watts: 300,
      intervalMs,
    }),
});

const addresses = [
  "0x024b4ffffe000009",
  "0x024b4ffffe00000a",
  "0x024b4ffffe00000b",
  "0x024b4ffffe00000c",
] as const;

const bridge = ({ intervalMs } = rare): Inhabitant => ({
  last: "zigbee2mqtt/simulated_heater",
  make: (world) => new SimulatedZigbee2mqtt(world, { base: "zigbee2mqtt", addresses, intervalMs }),
});

const well = ({ intervalMs } = rare): Inhabitant => ({
  last: "simulated/well/state",
  make: (world) =>
    new SimulatedDescribed(world, {
      id: "well",
      name: "Well",
      model: "Simulated pump controller",
      mac: "02:4b:4f:00:00:0d",
      intervalMs,
    }),
});

describe("a simulated ESPHome node", () => {
  test("describes each entity in retained messages, in abbreviated words", async () => {
    await using world = await SmallWorld.open(node());
    const sensor = JSON.parse(
      await world.kept("homeassistant/sensor/node/temperature/config"),
    ) as Json;
    expect(sensor).toMatchObject({
      dev_cla: "temperature",
      unit_of_meas: "°C",
      stat_cla: "measurement",
      name: "Temperature",
      stat_t: "node/sensor/temperature/state",
      avty_t: "node/status",
      uniq_id: "ESPsensortemperature",
      dev: { ids: "024b4f000006", name: "Node", mf: "Espressif" },
    });
    expect(await world.json("homeassistant/light/node/lamp/config")).toMatchObject({
      schema: "json",
      brightness: true,
      cmd_t: "node/light/lamp/command",
    });
    const button = await world.json("homeassistant/button/node/restart/config");
    expect(button).toMatchObject({ cmd_t: "node/button/restart/command", dev_cla: "restart" });
    expect(button).not.toHaveProperty("stat_t");
  });

  test("keeps its states at the broker, and measures at its interval", async () => {
    await using world = await SmallWorld.open(node({ intervalMs: 20 }));
    expect(await world.kept("node/status")).toBe("online");
    expect(await world.kept("node/switch/relay/state")).toBe("OFF");
    expect(await world.kept("node/binary_sensor/door/state")).toBe("OFF");
    await world.client.until(() => world.heard("node/sensor/temperature/state").length > 2);
    expect(world.heard("node/sensor/humidity/state")[0]).toMatch(/^\d+\.\d$/);
    await world.device.stop();
    await world.text("node/status", "offline");
  });

  test("says who it is when it is asked", async () => {
    await using world = await SmallWorld.open(node());
    for (const question of ["esphome/discover", "esphome/ping/node"]) {
      await world.tell(question, "");
      expect(await world.json("esphome/discover/node")).toMatchObject({
        name: "node",
        mac: "024b4f000006",
      });
    }
  });

  test("switches by any spelling of a word it knows, and tells changes only", async () => {
    await using world = await SmallWorld.open(node());
    await world.text("node/switch/relay/state", "OFF");
    await world.tell("node/switch/relay/command", "1");
    for (const word of ["off", "On", "ON", "toggle", "TOGGLE"]) {
      await world.client.publish("node/switch/relay/command", word);
    }
    await world.client.until(() => world.heard("node/switch/relay/state").length >= 3);
    expect(world.heard("node/switch/relay/state")).toEqual(["ON", "OFF", "ON"]);
  });

  test("obeys a light command in JSON, and ignores what is none", async () => {
    await using world = await SmallWorld.open(node());
    await world.tell("node/light/lamp/command", "ON");
    await world.client.publish(
      "node/light/lamp/command",
      JSON.stringify({ state: "ON", brightness: 128, color: { r: 300, g: 40 } }),
    );
    expect(await world.json("node/light/lamp/state")).toEqual({
      color_mode: "rgb",
      state: "ON",
      brightness: 128,
      color: { r: 255, g: 40, b: 255 },
    });
    await world.tell("node/light/lamp/command", { brightness: 0 });
    expect(await world.json("node/light/lamp/state")).toMatchObject({
      state: "OFF",
      brightness: 255,
    });
  });

  test("goes and comes back, all off, when it is to restart", async () => {
    await using world = await SmallWorld.open(node());
    await world.tell("node/switch/relay/command", "ON");
    await world.text("node/switch/relay/state", "ON");
    await world.tell("node/button/restart/command", "press");
    await world.client.publish("node/button/restart/command", "PRESS");
    await world.text("node/switch/relay/state", "OFF");
    expect(world.heard("node/status")).toEqual(["offline", "online"]);
  });
});

describe("a simulated Shelly of generation 1", () => {
  test("announces itself without retaining it, and again when it is asked", async () => {
    await using world = await SmallWorld.open(shelly("relay"));
    expect(await world.json("shellies/announce")).toMatchObject({
      id: "shelly-000007",
      mac: "024B4F000007",
      model: "SIM",
      new_fw: false,
    });
    expect(await world.kept("shellies/#")).toBe("true");
    await world.tell("shellies/command", "announce");
    await world.json("shellies/announce");
    await world.tell("shellies/shelly-000007/command", "announce");
    await world.json("shellies/shelly-000007/announce");
    await world.device.stop();
    await world.text("shellies/shelly-000007/online", "false");
  });

  test("reports its relay, its meter in watt-minutes and the whole of itself", async () => {
    await using world = await SmallWorld.open(shelly("relay", { intervalMs: 100 }));
    const base = "shellies/shelly-000007";
    await world.tell(`${base}/relay/0/command`, "on");
    await world.text(`${base}/relay/0/power`, "300.00");
    // 300 W for a tenth of a second are half a watt-minute.
    await world.text(`${base}/relay/0/energy`, "1");
    await world.text(`${base}/temperature`, "41.60");
    await world.client.next(({ payload }) => payload.includes(`"total":1`));
    const info = JSON.parse(world.heard(`${base}/info`).at(-1) ?? "") as Json;
    expect(info).toMatchObject({ mac: "024B4F000007", relays: [{ ison: true }] });
  });

  test("knows three words in lower case and no others", async () => {
    await using world = await SmallWorld.open(shelly("relay"));
    const topic = "shellies/shelly-000007/relay/0";
    await world.text(topic, "off");
    await world.tell(`${topic}/command`, "ON");
    await world.client.publish(`${topic}/command`, "1");
    await world.client.publish(`${topic}/command`, "toggle");
    await world.text(topic, "on");
    await world.client.publish(`${topic}/command`, "off");
    await world.text(topic, "off");
    expect(world.heard(topic)[0]).toBe("on");
  });

  test("takes a colour in JSON, and nothing of a document that is wrong", async () => {
    await using world = await SmallWorld.open(shelly("color"));
    const topic = "shellies/shelly-000007/color/0";
    await world.document(`${topic}/status`, { ison: false, mode: "color", red: 255 });
    await world.tell(`${topic}/set`, "{");
    await world.client.publish(`${topic}/set`, JSON.stringify({ turn: "on", red: 300 }));
    await world.client.publish(`${topic}/set`, JSON.stringify({ gain: 50, blue: 7 }));
    await world.document(`${topic}/status`, { ison: false, red: 255, blue: 7, gain: 50 });
    await world.tell(`${topic}/set`, { turn: "on", red: 1 });
    await world.document(`${topic}/status`, { ison: true, red: 1, power: 150 });
    await world.tell(`${topic}/command`, "off");
    await world.text(topic, "off");
    await world.text(`${topic}/power`, "0.00");
  });
});

describe("a simulated Zigbee2MQTT", () => {
  test("retains its state, its devices and their availability", async () => {
    await using world = await SmallWorld.open(bridge());
    expect(await world.kept("zigbee2mqtt/bridge/state")).toBe('{"state":"online"}');
    const devices = JSON.parse(await world.kept("zigbee2mqtt/bridge/devices")) as Json[];
    expect(devices.map((device) => device["ieee_address"])).toEqual(addresses);
    expect(devices.map((device) => device["type"])).toEqual([
      "Coordinator",
      "Router",
      "EndDevice",
      "Router",
    ]);
    expect(devices[0]).not.toHaveProperty("definition");
    expect(await world.kept("zigbee2mqtt/simulated_door/availability")).toBe('{"state":"online"}');
    await world.device.stop();
    await world.text("zigbee2mqtt/bridge/state", '{"state":"offline"}');
  });

  test("exposes every value it publishes", async () => {
    await using world = await SmallWorld.open(bridge());
    const text = await world.text("zigbee2mqtt/bridge/devices");
    for (const { friendly_name, definition } of (JSON.parse(text) as Json[]).slice(1)) {
      const exposes = JSON.stringify(definition);
      const values = Object.keys(await world.json(`zigbee2mqtt/${String(friendly_name)}`));
      const hidden = values.filter((key) => !exposes.includes(`"property":"${key}"`));
      expect(hidden.filter((key) => key !== "color_mode")).toEqual([]);
    }
  });

  test("tells a closed contact as true and the battery in millivolts, at its interval", async () => {
    await using world = await SmallWorld.open(bridge({ intervalMs: 20 }));
    expect(await world.json("zigbee2mqtt/simulated_door")).toEqual({
      contact: true,
      battery: 87,
      voltage: 2_985,
      linkquality: 120,
    });
    await world.client.until(() => world.heard("zigbee2mqtt/simulated_door").length > 2);
  });

  test("sets a bulb as a whole, by attribute, by a bare word and by its address", async () => {
    await using world = await SmallWorld.open(bridge());
    const topic = "zigbee2mqtt/simulated_bulb";
    await world.tell(`${topic}/set`, { state: "on", color_temp: 100 });
    await world.document(topic, { state: "ON", color_temp: 250, brightness: 200 });
    await world.tell(`${topic}/set/color_temp`, "warm");
    await world.document(topic, { color_temp: 454 });
    await world.tell(`${topic}/set/brightness`, "0");
    await world.document(topic, { state: "OFF", brightness: 200 });
    await world.tell(`${topic}/set`, { brightness: 255 });
    await world.document(topic, { state: "ON", brightness: 254 });
    await world.tell(`${topic}/set`, "TOGGLE");
    await world.document(topic, { state: "OFF" });
    await world.tell(`zigbee2mqtt/${addresses[1]}/set`, "on");
    await world.document(topic, { state: "ON" });
  });

  test("says nothing to a wish that it cannot fulfil", async () => {
    await using world = await SmallWorld.open(bridge());
    await world.tell("zigbee2mqtt/simulated_bulb/set", { state: "ON", brightness: 300 });
    await world.client.publish("zigbee2mqtt/simulated_bulb/set", "{");
    await world.client.publish("zigbee2mqtt/simulated_bulb/set", "null");
    await world.client.publish("zigbee2mqtt/simulated_door/set", '{"contact":false}');
    await world.client.publish("zigbee2mqtt/simulated_door/get", '{"contact":""}');
    await world.client.publish("zigbee2mqtt/simulated_heater/set", '{"state":"ON"}');
    await world.document("zigbee2mqtt/simulated_heater", { state: "ON", power: 1_200 });
    expect(world.heard("zigbee2mqtt/simulated_bulb")).toEqual([]);
    expect(world.heard("zigbee2mqtt/simulated_door")).toEqual([]);
  });

  test("answers a question with all it knows", async () => {
    await using world = await SmallWorld.open(bridge());
    await world.tell("zigbee2mqtt/simulated_heater/get", { power: "" });
    await world.document("zigbee2mqtt/simulated_heater", { power: 0, voltage: 230, state: "OFF" });
    await world.tell("zigbee2mqtt/simulated_bulb/get/state", "");
    await world.document("zigbee2mqtt/simulated_bulb", { state: "OFF" });
  });
});

describe("a simulated device that Home Assistant's discovery describes", () => {
  test("tells all its components in one retained message, and in its own words", async () => {
    await using world = await SmallWorld.open(well());
    const config = JSON.parse(await world.kept("homeassistant/device/well/config")) as Json;
    expect(config).toMatchObject({
      dev: { cns: [["mac", "02:4b:4f:00:00:0d"]], mdl: "Simulated pump controller" },
      stat_t: "simulated/well/state",
      avty_t: "simulated/well/health",
      cmps: {
        temperature: { p: "sensor", unit_of_meas: "°F" },
        power: { p: "sensor", unit_of_meas: "kW" },
        pump: { p: "switch", pl_on: "RUN", stat_on: "running" },
        setpoint: { p: "number", min: 40, max: 90 },
        mode: { p: "select", ops: ["auto", "manual", "holiday"] },
      },
    });
    expect(await world.kept("simulated/well/health")).toBe("alive");
    await world.device.stop();
    await world.text("simulated/well/health", "gone");
  });

  test("describes itself again when Home Assistant comes", async () => {
    await using world = await SmallWorld.open(well());
    await world.tell("homeassistant/status", "offline");
    await world.client.publish("homeassistant/status", "online");
    await world.json("simulated/well/state");
    expect(world.heard("homeassistant/device/well/config")).toHaveLength(1);
  });

  test("reports at its interval and after what it obeys, and obeys nothing else", async () => {
    await using world = await SmallWorld.open(well());
    await world.document("simulated/well/state", { power: 0, pump: "halted", mode: "auto" });
    await world.tell("simulated/well/pump/set", "ON");
    await world.client.publish("simulated/well/setpoint/set", "");
    await world.client.publish("simulated/well/setpoint/set", "91");
    await world.client.publish("simulated/well/mode/set", "Manual");
    await world.client.publish("simulated/well/other/set", "RUN");
    await world.client.publish("simulated/well/pump/set", "RUN");
    await world.document("simulated/well/state", { power: 1.1, pump: "running", setpoint: 55 });
    expect(world.heard("simulated/well/state")).toHaveLength(1);
    await world.tell("simulated/well/setpoint/set", "61.5");
    await world.document("simulated/well/state", { setpoint: 61.5 });
    await world.tell("simulated/well/mode/set", "holiday");
    await world.document("simulated/well/state", { mode: "holiday" });
  });

  test("reports at its interval", async () => {
    await using world = await SmallWorld.open(well({ intervalMs: 20 }));
    await world.client.until(() => world.heard("simulated/well/state").length > 2);
    expect(await world.json("simulated/well/state")).toMatchObject({ water: { temperature: 58 } });
  });
});

test("all of them live in the simulated world", async () => {
  await using broker = await TestBroker.open();
  const client = await broker.client();
  await client.subscribe("#");
  const stop = await startWorld({ url: broker.url(), clock: systemClock(), random: () => 0.5 });
  const mine = [
    "kitchen-node/status",
    "shellies/shelly1pm-000007/online",
    "shellies/shellyrgbw2-000008/online",
    "zigbee2mqtt/bridge/state",
    "simulated/simulated_well/health",
  ];
  await Promise.all(mine.map((topic) => client.next((message) => message.topic === topic)));
  client.received.length = 0;
  await stop();
  await client.count(mine.length);
  const wills = client.received.map(({ topic }) => topic);
  expect(wills).toEqual(expect.arrayContaining(mine));
});
