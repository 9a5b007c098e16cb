import { setImmediate as turnOfLoop } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { wifi } from "../../../../adapters/wifi/index.ts";
import { SimulatedShelly } from "../../../../adapters/wifi/simulator/shelly.ts";
import { SimulatedTasmota } from "../../../../adapters/wifi/simulator/tasmota.ts";
import type { SimulatedWorld } from "../../../../adapters/wifi/simulator/client.ts";
import { systemClock } from "../../../../src/clock.ts";
import { openHost } from "../../../../src/core/adapter-host.ts";
import { TestBroker } from "../../../support/broker.ts";
import { WifiWorld } from "../../../support/wifi-world.ts";

const never = (): Promise<never> => Promise.reject(new Error("Not in this test"));

const plugId = "wifi-024b4f000001";
const lightId = "wifi-024b4f000002";
const pumpId = "wifi-024b4f000004";
const gateId = "wifi-024b4f000005";

const plug = (world: SimulatedWorld): SimulatedTasmota =>
  new SimulatedTasmota(world, {
    mac: "024B4F000001",
    topic: "plug",
    name: "Plug",
    model: "Simulated plug",
    relay: "plug",
    watts: 40,
    intervalMs: 60_000,
  });

const light = (world: SimulatedWorld): SimulatedTasmota =>
  new SimulatedTasmota(world, {
    mac: "024B4F000002",
    topic: "light",
    name: "Light",
    model: "Simulated dimmer",
    relay: "light",
    intervalMs: 60_000,
  });

const pump = (world: SimulatedWorld): SimulatedShelly =>
  new SimulatedShelly(world, {
    id: "shellyplus1pm-024b4f000004",
    name: "Pump",
    app: "Plus1PM",
    load: "switch",
    watts: 750,
    intervalMs: 60_000,
  });

const gate = (world: SimulatedWorld): SimulatedShelly =>
  new SimulatedShelly(world, {
    id: "shellyplus2pm-024b4f000005",
    name: "Gate",
    app: "Plus2PM",
    load: "cover",
    watts: 120,
    intervalMs: 200,
  });

describe.each([
  ["on Koine's own broker", false],
  ["on another broker", true],
])("a device %s", (_, foreign) => {
  test("of Tasmota is described, read and switched, confirmed by its own report", async () => {
    await using world = await WifiWorld.open({ foreign });
    world.add(plug);
    await world.value(plugId, "onoff", false);
    await world.value(plugId, "voltage", 231);
    await world.availability(plugId, "online");
    expect(await world.set(plugId, { onoff: true })).toMatchObject({
      status: "done",
      confirmed_by: "report",
      values: { onoff: true },
    });
    await world.value(plugId, "onoff", true);
    const { payload } = await world.subscriber.next(
      ({ topic }) => topic === `koine/1/${plugId}/description`,
    );
    expect(JSON.parse(payload)).toMatchObject({
      id: plugId,
      identifiers: [
        ["wifi", "024b4f000001"],
        ["tasmota", "plug"],
      ],
    });
  });

  test("of Shelly is described, read and switched, confirmed by its own report", async () => {
    await using world = await WifiWorld.open({ foreign });
    world.add(pump);
    await world.value(pumpId, "onoff", false);
    await world.value(pumpId, "energy", 7.2);
    expect(await world.set(pumpId, { onoff: "toggle" })).toMatchObject({
      status: "done",
      confirmed_by: "report",
      values: { onoff: true },
    });
    await world.value(pumpId, "onoff", true);
  });

  test("whose plug is pulled is offline by its last will", async () => {
    await using world = await WifiWorld.open({ foreign });
    const tasmota = world.add(plug);
    const shelly = world.add(pump);
    await world.value(plugId, "onoff", false);
    await world.value(pumpId, "onoff", false);
    await tasmota.stop();
    await shelly.stop();
    await world.availability(plugId, "offline");
    await world.availability(pumpId, "offline");
  });
});

describe("a command", () => {
  test("for a dimmer is done at the whole percent that the device has", async () => {
    await using world = await WifiWorld.open();
    world.add(light);
    await world.value(lightId, "brightness", 60);
    expect(await world.set(lightId, { brightness: 33.4 })).toMatchObject({
      status: "done",
      confirmed_by: "report",
      values: { brightness: 33 },
    });
  });

  test("for every level is reported as it was wished", async () => {
    await using world = await WifiWorld.open();
    world.add(light);
    await world.value(lightId, "brightness", 60);
    for (let level = 1; level <= 100; level++) {
      expect(await world.set(lightId, { brightness: level })).toMatchObject({
        confirmed_by: "report",
        values: { brightness: level },
      });
    }
  });

  test("for a cover is confirmed when it moves, and its position when it is there", async () => {
    await using world = await WifiWorld.open();
    world.add(gate);
    await world.value(gateId, "position", 0);
    expect(await world.set(gateId, { cover_action: "open" })).toMatchObject({
      status: "done",
      confirmed_by: "report",
    });
    await world.value(gateId, "cover_state", "opening");
    expect(await world.set(gateId, { cover_action: "stop" })).toMatchObject({ status: "done" });
  });

  test("for a position is acknowledged by the device's aim", async () => {
    await using world = await WifiWorld.open();
    world.add(gate);
    await world.value(gateId, "position", 0);
    expect(await world.set(gateId, { position: 6 })).toMatchObject({
      status: "done",
      confirmed_by: "ack",
    });
    await world.value(gateId, "position", 6);
  });

  test("that the device never answers times out", async () => {
    await using world = await WifiWorld.open({ commandTimeoutMs: 500 });
    await world.field.publish("tele/dumb/STATE", '{"POWER":"OFF"}');
    await world.value("tasmota-dumb", "onoff", false);
    expect(await world.set("tasmota-dumb", { onoff: true })).toMatchObject({
      status: "timeout",
      code: "no_answer",
    });
  });

  test("that the device answers with something else says what it reports", async () => {
    await using world = await WifiWorld.open({ commandTimeoutMs: 500 });
    await world.field.publish("tele/stubborn/STATE", '{"POWER":"OFF"}');
    await world.value("tasmota-stubborn", "onoff", false);
    await world.field.subscribe("cmnd/stubborn/POWER");
    world.field.mqtt.on("message", (topic) => {
      if (topic === "cmnd/stubborn/POWER") {
        world.field.mqtt.publish("stat/stubborn/RESULT", '{"POWER":"OFF"}');
      }
    });
    expect(await world.set("tasmota-stubborn", { onoff: true })).toMatchObject({
      status: "timeout",
      errors: { onoff: { code: "no_answer", message: "The device reports false" } },
    });
  });

  test("that a Shelly refuses has failed with the device's words", async () => {
    await using world = await WifiWorld.open();
    const status = '{"id":0,"output":false,"brightness":10}';
    await world.field.publish("shellydimmer-024b4f000009/status/light:0", status);
    const id = "wifi-024b4f000009";
    await world.value(id, "brightness", 10);
    await world.field.subscribe("shellydimmer-024b4f000009/rpc");
    world.field.mqtt.on("message", (topic, payload) => {
      if (!topic.endsWith("/rpc")) return;
      const { id: number, src } = JSON.parse(payload.toString()) as { id: number; src: string };
      const answer = { id: number, src: "shellydimmer-024b4f000009", dst: src };
      const error = { code: -103, message: "lamp is broken" };
      world.field.mqtt.publish(`${src}/rpc`, JSON.stringify({ ...answer, error }));
    });
    expect(await world.set(id, { brightness: 50 })).toMatchObject({
      status: "failed",
      code: "device_error",
      message: "The device refuses: lamp is broken",
    });
  });
});

describe("a Shelly under a prefix of the user's", () => {
  /** Answers calls as a Shelly does that the user named "barn". */
  async function answer(
    world: WifiWorld,
    answerOf: (method: string, params: { id?: number }) => object,
  ): Promise<void> {
    await world.field.subscribe("barn/rpc");
    world.field.mqtt.on("message", (topic, payload) => {
      if (topic !== "barn/rpc") return;
      const call = JSON.parse(payload.toString()) as {
        id: number;
        src: string;
        method: string;
        params?: { id?: number };
      };
      const { id, src, method, params = {} } = call;
      const said = { id, src: "shellyplus2pm-024b4f00000b", dst: src, ...answerOf(method, params) };
      world.field.mqtt.publish(`${src}/rpc`, JSON.stringify(said));
    });
  }

  test("is named by the address it answers with", async () => {
    await using world = await WifiWorld.open();
    await answer(world, (method) =>
      method === "Shelly.GetDeviceInfo"
        ? { result: { id: "shellyplus2pm-024b4f00000b", mac: "024B4F00000B", app: "Plus2PM" } }
        : { result: {} },
    );
    await world.field.publish("barn/status/switch:0", '{"id":0,"output":false}');
    await world.value("wifi-024b4f00000b", "onoff", false);
  });

  test("that obeys one of two wishes has done a part", async () => {
    await using world = await WifiWorld.open();
    await answer(world, (method, { id }) => {
      if (method === "Shelly.GetDeviceInfo") {
        return { result: { id: "shellyplus2pm-024b4f00000b", mac: "024B4F00000B", app: "x" } };
      }
      if (id === 1) return { error: { code: -103, message: "overload" } };
      if (method === "Switch.Set") {
        world.field.mqtt.publish("barn/status/switch:0", '{"id":0,"output":true}');
      }
      return { result: {} };
    });
    await world.field.publish("barn/status/switch:0", '{"id":0,"output":false}');
    await world.field.publish("barn/status/switch:1", '{"id":1,"output":false}');
    await world.value("wifi-024b4f00000b", "onoff_2", false);
    expect(await world.set("wifi-024b4f00000b", { onoff: true, onoff_2: true })).toMatchObject({
      status: "partial",
      values: { onoff: true },
      errors: { onoff_2: { code: "device_error", message: "The device refuses: overload" } },
    });
  });
});

describe("a Tasmota whose topic is changed", () => {
  test("is commanded at the new one", async () => {
    await using world = await WifiWorld.open({ commandTimeoutMs: 1_000 });
    const announce = (t: string): Promise<void> =>
      world.field.publish(
        "tasmota/discovery/024B4F00000C/config",
        JSON.stringify({ t, ft: "%prefix%/%topic%/", tp: ["cmnd", "stat", "tele"], rl: [1] }),
      );
    await announce("old");
    await world.field.publish("tele/old/STATE", '{"POWER":"OFF"}');
    await world.value("wifi-024b4f00000c", "onoff", false);
    await announce("new");
    await world.field.publish("tele/new/STATE", '{"POWER":"ON"}');
    await world.value("wifi-024b4f00000c", "onoff", true);
    await world.field.subscribe("cmnd/#");
    await world.set("wifi-024b4f00000c", { onoff: false });
    const commands = world.field.received.filter(({ topic }) => topic.endsWith("/POWER"));
    expect(commands.map(({ topic }) => topic)).toEqual(["cmnd/new/POWER"]);
  });
});

describe("a command for a device that is gone", () => {
  test("does not reach the one that has its topic now", async () => {
    await using world = await WifiWorld.open();
    const config = { t: "pump", ft: "%prefix%/%topic%/", tp: ["cmnd", "stat", "tele"], rl: [1] };
    for (const mac of ["024B4F00000D", "024B4F00000E"]) {
      await world.field.publish(`tasmota/discovery/${mac}/config`, JSON.stringify(config));
      await world.field.publish("stat/pump/POWER", "OFF");
      await world.value(`wifi-${mac.toLowerCase()}`, "onoff", false);
    }
    await world.field.subscribe("cmnd/#");
    expect(await world.set("wifi-024b4f00000d", { onoff: true })).toMatchObject({
      status: "failed",
      code: "unreachable",
    });
    expect(world.field.received.filter(({ topic }) => topic.endsWith("/POWER"))).toEqual([]);
  });
});

describe("a device that is asked who it is", () => {
  test("has told the newest value last", async () => {
    await using world = await WifiWorld.open();
    await world.field.publish("barn/fan/status/switch:0", '{"id":0,"output":false}');
    const params = { "switch:0": { id: 0, output: true }, sys: { mac: "024B4F00000A" } };
    const message = { src: "shellyplus1-024b4f00000a", method: "NotifyFullStatus", params };
    await world.field.publish("barn/fan/events/rpc", JSON.stringify(message));
    await world.value("wifi-024b4f00000a", "onoff", true);
    await world.field.publish("barn/fan/status/switch:0", '{"id":0,"output":true,"apower":1}');
    await world.value("wifi-024b4f00000a", "power", 1);
    const values = world.subscriber.received
      .filter(({ topic }) => topic === "koine/1/wifi-024b4f00000a/value/onoff")
      .map(({ payload }) => payload);
    expect(values.at(-1)).toBe("true");
  });
});

describe("many devices", () => {
  test("announced at once are all known", async () => {
    const count = 1_500;
    await using world = await WifiWorld.open({
      foreign: true,
      before: async (field) => {
        for (let n = 0; n < count; n++) {
          const mac = (0x02_4b_50_00_00_00 + n).toString(16).padStart(12, "0").toUpperCase();
          const config = { t: `d${n}`, ft: "%prefix%/%topic%/", tp: ["cmnd", "stat", "tele"] };
          field.mqtt.publish(`tasmota/discovery/${mac}/config`, JSON.stringify(config), {
            retain: true,
          });
          field.mqtt.publish(`tele/d${n}/LWT`, "Online", { retain: true });
        }
        await field.publish("done", "1");
      },
    });
    const { received } = world.subscriber;
    await world.subscriber.until(() => {
      const { topic, payload } = received.at(-1) ?? { topic: "", payload: "" };
      return topic === "koine/1/bridge/devices" && (JSON.parse(payload) as []).length >= count;
    });
    expect(world.core.devices.summaries()).toHaveLength(count);
  });
});

describe("what the broker had kept", () => {
  test("is stale, and brings nobody online", async () => {
    await using world = await WifiWorld.open({
      foreign: true,
      before: async (field) => {
        await field.publish("tele/old/LWT", "Online", { retain: true });
        await field.publish("tele/old/SENSOR", '{"DHT11":{"Temperature":20.5}}', { retain: true });
      },
    });
    await world.value("tasmota-old", "temperature", 20.5);
    const state = await world.subscriber.next(({ topic }) => topic === "koine/1/tasmota-old/state");
    expect(JSON.parse(state.payload)).toMatchObject({ _q: { temperature: "stale" } });
    await world.availability("tasmota-old", "unknown");
    expect(
      world.subscriber.received.some(
        ({ topic, payload }) =>
          topic === "koine/1/tasmota-old/availability" && payload === "online",
      ),
    ).toBe(false);
  });

  test("of a press is not pressed again", async () => {
    await using world = await WifiWorld.open({
      foreign: true,
      before: async (field) => {
        const press = '{"Button1":{"Action":"SINGLE"}}';
        await field.publish("stat/button/RESULT", press, { retain: true });
      },
    });
    await world.field.publish("stat/button/RESULT", '{"Button1":{"Action":"HOLD"}}');
    const event = await world.subscriber.next(({ topic }) => topic.includes("/event/"));
    expect(JSON.parse(event.payload)).toMatchObject({ action: "hold", _n: 0 });
  });
});

describe("a device that does not announce itself", () => {
  test("is asked for its address, and named by it", async () => {
    await using world = await WifiWorld.open();
    await world.field.subscribe("cmnd/shy/#");
    world.field.mqtt.on("message", (topic, payload) => {
      if (topic === "cmnd/shy/STATUS" && payload.toString() === "5") {
        const network = { StatusNET: { Mac: "02:4B:4F:00:00:0A" } };
        world.field.mqtt.publish("stat/shy/STATUS5", JSON.stringify(network));
      }
    });
    await world.field.publish("tele/shy/STATE", '{"POWER":"ON"}');
    await world.value("wifi-024b4f00000a", "onoff", true);
    expect(world.subscriber.received.some(({ topic }) => topic.includes("tasmota-shy"))).toBe(
      false,
    );
  });

  test("is named by its topic when it does not tell", async () => {
    await using world = await WifiWorld.open();
    await world.field.publish("tele/mute/STATE", '{"POWER":"ON"}');
    await world.value("tasmota-mute", "onoff", true);
  });
});

test("a device that was removed comes back when it is heard", async () => {
  await using world = await WifiWorld.open();
  world.add(plug);
  await world.value(plugId, "onoff", false);
  await world.core.devices.remove(plugId);
  world.subscriber.received.length = 0;
  await world.field.publish("stat/plug/POWER", "ON");
  await world.value(plugId, "onoff", true);
  await world.availability(plugId, "online");
});

test("the adapter stops at once, whatever it was doing when it was told", async () => {
  await using broker = await TestBroker.open();
  for (let moment = 0; moment < 25; moment++) {
    const stop = new AbortController();
    const adapter = wifi.create(wifi.configSchema.parse({}));
    const { host } = openHost(
      "wifi",
      {
        clock: systemClock(),
        random: Math.random,
        log: broker.log,
        counters: broker.counters,
        store: { get: never, entries: async () => [], write: never, close: never },
        openMqtt: async () => broker.bus.openMqtt(),
        directoryOf: () => "/nonexistent",
        kept: () => Promise.resolve(),
        take: async () => true,
      },
      { status: () => {}, fail: (error) => expect.unreachable(String(error)) },
    );
    const running = adapter.run(host, stop.signal);
    for (let turn = 0; turn < moment; turn++) await turnOfLoop();
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  }
});

describe("the link", () => {
  test("that goes fails what waits for it", async () => {
    await using world = await WifiWorld.open({ foreign: true });
    await world.field.publish("tele/dumb/STATE", '{"POWER":"OFF"}');
    await world.value("tasmota-dumb", "onoff", false);
    const answered = world.set("tasmota-dumb", { onoff: true });
    await world.subscriber.next(({ payload }) => payload.includes('"accepted"'));
    await world.foreign?.restart();
    expect(await answered).toMatchObject({ status: "failed", code: "unreachable" });
  });

  test("lives through a message that a dialect fails on", async () => {
    await using world = await WifiWorld.open();
    const deep = "[".repeat(300_000);
    for (const topic of ["tele/x/SENSOR", "shellyplus1-024b4f000004/status/switch:0"]) {
      await world.field.publish(topic, `{"a":${deep}`);
    }
    await world.field.publish("tele/x/STATE", '{"POWER":"ON"}');
    await world.value("tasmota-x", "onoff", true);
  });

  test("comes back by itself, and what was known is unknown meanwhile", async () => {
    await using world = await WifiWorld.open({ foreign: true });
    world.add(plug);
    await world.value(plugId, "onoff", false);
    world.subscriber.received.length = 0;
    await world.foreign?.restart();
    await world.adapterState("waiting");
    await world.availability(plugId, "unknown");
    await world.adapterState("online");
    await world.availability(plugId, "online");
  });
});
