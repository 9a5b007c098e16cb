import { describe, expect, test } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { DeviceFacts } from "../../../src/model/adapter-event.ts";
import type { Ref } from "../../../src/model/identity.ts";
import { TestGateway } from "../../support/gateway.ts";

const mac: Ref = [["wifi", "024b4f000001"]];
const topic: Ref = [["tasmota", "plug"]];
const both: Ref = [...mac, ...topic];

function learn(gateway: TestGateway, ref: Ref, facts: DeviceFacts = {}): Promise<boolean> {
  return gateway.core.devices.take("wifi", { type: "device", ref, facts });
}

function ids(gateway: TestGateway): string[] {
  return gateway.core.devices.summaries().map(({ id }) => id);
}

describe("identity", () => {
  test("a device has the id of its strongest identifier", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, both, { name: "Plug" });
    expect(ids(gateway)).toEqual(["wifi-024b4f000001"]);
    expect(gateway.description("wifi-024b4f000001")).toMatchObject({ name: "Plug", revision: 1 });
  });

  test("learning the MAC later adds an identifier and keeps the id", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, topic);
    await learn(gateway, both);
    expect(ids(gateway)).toEqual(["tasmota-plug"]);
    expect(gateway.description("tasmota-plug")?.identifiers).toEqual([...both]);
  });

  test("another MAC on the same topic is another device, which now owns the topic", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, both);
    const other: Ref = [["wifi", "024b4f000009"], ...topic];
    await learn(gateway, other);
    await learn(gateway, topic, { model: "Newer" });
    expect(ids(gateway)).toEqual(["wifi-024b4f000001", "wifi-024b4f000009"]);
    expect(gateway.description("wifi-024b4f000009")?.model).toBe("Newer");
  });

  test("two topics that make the same slug are two devices", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, [["tasmota", "plug_1"]]);
    await learn(gateway, [["tasmota", "plug-1"]]);
    expect(ids(gateway)).toEqual(["tasmota-plug-1", "tasmota-plug-1-2"]);
  });

  test("several adapters that name the same hardware share one device", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { properties: [{ is: "onoff" }] });
    const facts = { properties: [{ is: "rssi" }] };
    await gateway.core.devices.take("other", { type: "device", ref: mac, facts });
    expect(ids(gateway)).toEqual(["wifi-024b4f000001"]);
    const keys = Object.keys(gateway.description("wifi-024b4f000001")?.properties ?? {});
    expect(keys).toEqual(["onoff", "rssi"]);
  });

  test("ids, names and keys survive a restart, whatever is heard first then", async () => {
    await using gateway = await TestGateway.open();
    const dht = { is: "temperature", part: "dht11", optionalPart: true };
    const sht = { is: "temperature", part: "sht3x", optionalPart: true };
    await learn(gateway, topic, { name: "Shed", properties: [dht, sht] });
    await gateway.restart();
    gateway.core.start();
    expect(gateway.availability("tasmota-plug")).toBe("unknown");
    await learn(gateway, topic, { properties: [sht] });
    await learn(gateway, topic, { properties: [dht] });
    const { name, properties = {} } = gateway.description("tasmota-plug") ?? {};
    expect(name).toBe("Shed");
    expect(properties["temperature"]?.part).toBe("dht11");
    expect(properties["temperature_sht3x"]?.part).toBe("sht3x");
  });
});

describe("description", () => {
  test("is published only when something changed, with the next revision", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { firmware: "1" });
    await learn(gateway, mac, { firmware: "1" });
    await learn(gateway, mac, { firmware: "2" });
    expect(gateway.of("description").map(({ body }) => body?.revision)).toEqual([1, 2]);
  });

  test("takes type, unit and access of a property from the vocabulary", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { properties: [{ is: "power", source: "ENERGY.Power" }] });
    expect(gateway.description("wifi-024b4f000001")?.properties["power"]).toEqual({
      is: "power",
      type: "number",
      unit: "W",
      access: "r",
      kind: "measurement",
      source: "ENERGY.Power",
    });
  });

  test.each([
    { is: "x_acme_flux" },
    { is: "flux", type: "number" },
    { is: "x_acme_Flux/+", type: "number" },
    { is: "onoff", part: "left/right" },
  ] as const)("refuses %j, which could not stand on the bus", async (property) => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { properties: [property] });
    expect(gateway.description("wifi-024b4f000001")?.properties).toEqual({});
    expect(gateway.counters.get("refused.facts")).toBe(1);
  });

  test("cuts texts that would be endless and drops control characters", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { name: `Lamp\u0000\n${"x".repeat(500)}` });
    const name = gateway.description("wifi-024b4f000001")?.name ?? "";
    expect(name).toMatch(/^Lamp x+$/);
    expect(name.length).toBeLessThanOrEqual(128);
  });
});

describe("facts", () => {
  test("of a property add up, and what is not said again stays", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { properties: [{ is: "power", name: "Load", max: 16 }] });
    await learn(gateway, mac, { properties: [{ is: "power", source: "ENERGY.Power" }] });
    expect(gateway.description("wifi-024b4f000001")?.properties).toMatchObject({
      power: { name: "Load", max: 16, source: "ENERGY.Power" },
    });
  });

  test("limits are such as can be wished: to the decimals of a wish, and not beyond", async () => {
    await using gateway = await TestGateway.open();
    // 40 °F and 95 °F.
    const heating = { is: "target_temperature", min: 40 / 9, max: 35.000_000_000_1 };
    await learn(gateway, mac, { properties: [heating] });
    expect(gateway.description("wifi-024b4f000001")?.properties).toMatchObject({
      target_temperature: { min: 4.5, max: 35 },
    });
  });

  test.each([[["WiFi", "x"]], [["wifi", ""]], [["wifi", "x".repeat(600)]]] as const)(
    "of what cannot be an identifier are refused: %#",
    async (identifier) => {
      await using gateway = await TestGateway.open();
      await learn(gateway, [identifier]);
      expect(ids(gateway)).toEqual([]);
      expect(gateway.counters.get("refused.adapter_events")).toBe(1);
    },
  );

  test("that could not be written are written when the disk takes them again", async () => {
    await using gateway = await TestGateway.open();
    gateway.diskRefuses = true;
    await learn(gateway, mac, { name: "Lamp" });
    await gateway.clock.advance(limits.storeRetryMs);
    expect(gateway.counters.get("store.writes_failed")).toBe(2);
    gateway.diskRefuses = false;
    await gateway.clock.advance(limits.storeRetryMs);
    expect(await gateway.stored("device/")).toEqual(["device/wifi-024b4f000001"]);
  });

  test("that cannot be written are told, and written with the next ones", async () => {
    await using gateway = await TestGateway.open();
    gateway.diskRefuses = true;
    expect(await learn(gateway, mac, { name: "Lamp" })).toBe(false);
    expect(gateway.description("wifi-024b4f000001")?.name).toBe("Lamp");
    gateway.diskRefuses = false;
    expect(await learn(gateway, topic, { name: "Plug" })).toBe(true);
    await gateway.restart();
    expect(ids(gateway)).toEqual(["tasmota-plug", "wifi-024b4f000001"]);
  });
});

describe("names", () => {
  test("are unique whatever their case", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { name: "Lamp" });
    await learn(gateway, topic, { name: "LAMP" });
    expect(gateway.core.devices.summaries().map(({ name }) => name)).toEqual(["Lamp", "LAMP 2"]);
  });

  test("a user's name stays when the device calls itself something else", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { name: "Tasmota" });
    await gateway.core.devices.rename("wifi-024b4f000001", "Kitchen");
    await learn(gateway, mac, { name: "Tasmota 2" });
    expect(gateway.description("wifi-024b4f000001")?.name).toBe("Kitchen");
  });

  test("a name that is taken is refused", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { name: "Lamp" });
    await learn(gateway, topic, { name: "Plug" });
    await expect(gateway.core.devices.rename("tasmota-plug", "lamp")).rejects.toMatchObject({
      reason: "not_allowed",
    });
    await expect(gateway.core.devices.rename("nobody", "x")).rejects.toMatchObject({
      reason: "unknown_device",
    });
  });
});

describe("a name identifier that moves to another device", () => {
  test("is taken from the first, which is told anew", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, both, { name: "Old plug" });
    gateway.messages.length = 0;
    const fresh: Ref = [["wifi", "024b4f0000ff"], ...topic];
    await learn(gateway, fresh, { name: "New plug" });
    expect(gateway.description("wifi-024b4f000001")).toMatchObject({
      identifiers: mac,
      revision: 2,
    });
    expect(gateway.description("wifi-024b4f0000ff")).toMatchObject({ identifiers: fresh });
    await gateway.restart();
    await learn(gateway, topic, { model: "Later" });
    expect(gateway.description("wifi-024b4f0000ff")?.model).toBe("Later");
  });
});

describe("change of hardware", () => {
  test("removing a device deletes everything retained of it", async () => {
    await using gateway = await TestGateway.open();
    await learn(gateway, mac, { properties: [{ is: "onoff" }] });
    const values = [{ is: "onoff", value: true }];
    await gateway.core.devices.take("wifi", { type: "readings", ref: mac, values });
    gateway.messages.length = 0;
    await gateway.core.devices.remove("wifi-024b4f000001");
    expect(gateway.messages).toEqual([
      { kind: "value", device: "wifi-024b4f000001", property: "onoff", body: undefined },
      { kind: "state", device: "wifi-024b4f000001", body: undefined },
      { kind: "availability", device: "wifi-024b4f000001", body: undefined },
      { kind: "description", device: "wifi-024b4f000001", body: undefined },
    ]);
    await gateway.restart();
    expect(ids(gateway)).toEqual([]);
  });

  test("replacing moves id, name and keys onto the new hardware", async () => {
    await using gateway = await TestGateway.open();
    const second = { is: "onoff", part: "2" };
    await learn(gateway, mac, { name: "Pump", properties: [{ is: "onoff" }, second] });
    const fresh: Ref = [["wifi", "024b4f0000ff"]];
    await learn(gateway, fresh, { name: "Tasmota", model: "New", properties: [{ is: "onoff" }] });
    await gateway.core.devices.replace("wifi-024b4f000001", "wifi-024b4f0000ff");
    await learn(gateway, fresh, { properties: [second] });
    expect(ids(gateway)).toEqual(["wifi-024b4f000001"]);
    expect(gateway.description("wifi-024b4f000001")).toMatchObject({ name: "Pump", model: "New" });
    await gateway.restart();
    await learn(gateway, fresh, { firmware: "9" });
    expect(gateway.description("wifi-024b4f000001")?.firmware).toBe("9");
    expect(ids(gateway)).toEqual(["wifi-024b4f000001"]);
  });
});
