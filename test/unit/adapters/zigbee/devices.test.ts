import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Writer } from "../../../../adapters/zigbee/simulator/bytes.ts";
import { cluster } from "../../../../adapters/zigbee/simulator/clusters.ts";
import { alarm, press } from "../../../../adapters/zigbee/simulator/kinds/sensors.ts";
import { setDatapoint } from "../../../../adapters/zigbee/simulator/kinds/tuya.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

/** Every simulated kind: its address, and what the common schema calls it. */
const kinds = [
  ["00158d0002a1b2c3", "Aqara WSDCGQ11LM", "sensor", ["temperature", "humidity", "pressure"]],
  ["00124b0022aa0001", "SONOFF SNZB-01", "button", ["action", "battery"]],
  ["00124b0022aa0002", "SONOFF SNZB-02", "sensor", ["temperature", "humidity", "battery"]],
  ["00124b0022aa0003", "SONOFF SNZB-03", "sensor", ["occupancy", "battery_low"]],
  ["00124b0022aa0004", "SONOFF SNZB-04", "sensor", ["open", "battery_low"]],
  ["90fd9ffffe010203", "IKEA E1743", "button", ["action", "battery"]],
  ["90fd9ffffe010204", "IKEA LED1732G11", "light", ["onoff", "brightness", "color_temperature"]],
  ["0017880102030405", "Philips 9290011370", "light", ["onoff", "brightness"]],
  ["0015bc001a000001", "Innr SP 240", "outlet", ["onoff", "power", "energy", "voltage", "current"]],
  ["90fd9ffffe010205", "IKEA E1757", "cover", ["position", "cover_state", "cover_action"]],
  ["a4c1380102030405", "Tuya TS0601_dimmer_1_gang_1", "light", ["onoff", "brightness"]],
  ["a4c1380102030406", "Tuya TS0002", "switch", ["onoff_l1", "onoff_l2"]],
  ["70b3d50102030405", "RELAY-T1", "switch", ["onoff", "temperature"]],
] as const;

let world: ZigbeeWorld;

beforeAll(async () => {
  world = await ZigbeeWorld.open();
  await world.adapterState("online");
  await world.join(...kinds.map(([ieee]) => ieee));
}, 60_000);

afterAll(() => world[Symbol.asyncDispose]());

describe("a device that has joined", () => {
  test.each(kinds)("%s is described as %s", async (ieee, name, kind, keys) => {
    const description = await world.description(`zigbee-${ieee}`);
    expect(description).toMatchObject({
      name,
      identifiers: [["zigbee", ieee]],
      via: "zigbee-00124b00258a0001",
      adapter: "zigbee",
    });
    expect(description["classes"]).toContain(kind);
    expect(Object.keys(description["properties"] as object)).toEqual(
      expect.arrayContaining([...keys]),
    );
  });

  test("sleeps when it has a battery, and says how often it is heard", async () => {
    const latest = async (ieee: string): Promise<Record<string, unknown>> => {
      const topic = `koine/1/zigbee-${ieee}/description`;
      const all = world.subscriber.received.filter((one) => one.topic === topic);
      return JSON.parse(all.at(-1)?.payload ?? "{}") as Record<string, unknown>;
    };
    expect(await latest("00124b0022aa0002")).toMatchObject({ sleepy: true });
    expect(await latest("90fd9ffffe010204")).not.toHaveProperty("sleepy");
  });

  test("without a definition is told as not supported, and works all the same", async () => {
    await world.notice("interview", { ieee: "70b3d50102030405", supported: false });
    world.device("70b3d50102030405").report(1, cluster.temperature, [0]);
    await world.value("zigbee-70b3d50102030405", "temperature", 31.2);
    expect(await world.set("zigbee-70b3d50102030405", { onoff: true })).toMatchObject({
      status: "done",
      confirmed_by: "report",
    });
  });
});

describe("a report", () => {
  test("of a climate sensor is in our units", async () => {
    const sensor = world.device("00158d0002a1b2c3");
    sensor.set(1, cluster.temperature, 0, 2_187);
    sensor.report(1, cluster.temperature, [0]);
    sensor.report(1, cluster.humidity, [0]);
    sensor.report(1, cluster.pressure, [0, 0x14, 0x10]);
    await world.value("zigbee-00158d0002a1b2c3", "temperature", 21.87);
    await world.value("zigbee-00158d0002a1b2c3", "humidity", 55.1);
    await world.value("zigbee-00158d0002a1b2c3", "pressure", 1_013.2);
    await world.value("zigbee-00158d0002a1b2c3", "link_quality", 168);
  });

  test("of a battery is in percent", async () => {
    world.device("00124b0022aa0002").report(1, cluster.powerConfiguration, [0x21]);
    await world.value("zigbee-00124b0022aa0002", "battery", 87);
  });

  test("of a meter is divided as it says", async () => {
    const plug = world.device("0015bc001a000001");
    plug.set(1, cluster.electricity, 0x50b, 1_160);
    plug.report(1, cluster.electricity, [0x50b, 0x505, 0x508]);
    plug.report(1, cluster.metering, [0]);
    await world.value("zigbee-0015bc001a000001", "power", 1_160);
    await world.value("zigbee-0015bc001a000001", "voltage", 230.5);
    await world.value("zigbee-0015bc001a000001", "current", 0.21);
    await world.value("zigbee-0015bc001a000001", "energy", 1.23);
  });

  test("of an open contact is true when it is open", async () => {
    alarm(world.device("00124b0022aa0004"), 0x0001);
    await world.value("zigbee-00124b0022aa0004", "open", true);
    alarm(world.device("00124b0022aa0004"), 0x0008);
    await world.value("zigbee-00124b0022aa0004", "open", false);
    await world.value("zigbee-00124b0022aa0004", "battery_low", true);
  });

  test("of motion is occupancy", async () => {
    alarm(world.device("00124b0022aa0003"), 0x0001);
    await world.value("zigbee-00124b0022aa0003", "occupancy", true);
  });

  test("of a Tuya datapoint is a value as any other", async () => {
    setDatapoint(world.device("a4c1380102030405"), { id: 2, kind: 2, value: 1_000 });
    await world.value("zigbee-a4c1380102030405", "brightness", 100);
  });

  test("of one endpoint is a value of that part", async () => {
    const box = world.device("a4c1380102030406");
    box.set(2, cluster.onOff, 0, true);
    box.report(2, cluster.onOff, [0]);
    await world.value("zigbee-a4c1380102030406", "onoff_l2", true);
  });

  test("makes the device known as there", async () => {
    await world.availability("zigbee-00158d0002a1b2c3", "online");
  });
});

describe("an action", () => {
  test("of a button is an event of our vocabulary", async () => {
    press(world.device("00124b0022aa0001"), cluster.onOff, 2);
    await world.event("zigbee-00124b0022aa0001", { action: "press" });
    press(world.device("00124b0022aa0001"), cluster.onOff, 1);
    await world.event("zigbee-00124b0022aa0001", { action: "double_press" });
    press(world.device("00124b0022aa0001"), cluster.onOff, 0);
    await world.event("zigbee-00124b0022aa0001", { action: "long_press" });
  });

  test("of a dimmer switch says which way", async () => {
    const remote = world.device("90fd9ffffe010203");
    press(remote, cluster.onOff, 1);
    await world.event("zigbee-90fd9ffffe010203", { action: "on" });
    press(remote, cluster.level, 5, new Writer().u8(0, 83));
    await world.event("zigbee-90fd9ffffe010203", { action: "dim_up" });
    press(remote, cluster.level, 7, new Writer().u8(0, 0));
    await world.event("zigbee-90fd9ffffe010203", { action: "dim_stop" });
  });

  test("is never told again after a restart", async () => {
    await world.restart();
    await world.description("zigbee-90fd9ffffe010203");
    const events = world.subscriber.received.filter(({ topic }) => topic.includes("/event/action"));
    expect(events).toEqual([]);
  });
});

test("everything the adapter told could be used", () => {
  const refused = [...world.broker.counters.entries()].filter(
    ([name]) => name.startsWith("refused.") || name.startsWith("malformed."),
  );
  expect(refused).toEqual([]);
});
