import { expect, test } from "vitest";
import type { Scalar } from "../../../../src/model/scalar.ts";
import { availabilities } from "../../../../src/model/state.ts";
import {
  describedDevice,
  discovered,
  rendered,
  vocabularyProperty,
} from "../../../support/home-assistant.ts";
import type { Component } from "../../../support/home-assistant-rules.ts";

const temperature = vocabularyProperty("temperature");

test("a device is what its description says, reached over the gateway", () => {
  const description = describedDevice(
    { temperature },
    {
      manufacturer: "Acme",
      model: "P1",
      firmware: "1.2",
      hardware: "rev b",
      area: "Barn",
      identifiers: [
        ["wifi", "024b4f000001"],
        ["tasmota", "pump"],
      ],
    },
  );
  expect(discovered(description).device).toEqual({
    identifiers: ["koine_wifi-024b4f000001"],
    connections: [["mac", "02:4b:4f:00:00:01"]],
    name: "Pump",
    manufacturer: "Acme",
    model: "P1",
    sw_version: "1.2",
    hw_version: "rev b",
    suggested_area: "Barn",
    via_device: "koine_gateway-1a2b",
  });
});

test("the gateway is reached over nothing, and another over what its description says", () => {
  const gateway = discovered(describedDevice({ temperature }, { id: "gateway-1a2b" }));
  expect(gateway.device).not.toHaveProperty("via_device");
  const behind = discovered(describedDevice({ temperature }, { via: "wifi-024b4f000009" }));
  expect(behind.device["via_device"]).toBe("koine_wifi-024b4f000009");
});

test("only WiFi and Bluetooth addresses are MAC addresses, and none that is simulated", () => {
  const identifiers = [
    ["zigbee", "00158d0001020304"],
    ["ble", "a4c138aabbcc"],
    ["wifi", "not a mac"],
  ] as [string, string][];
  const real = discovered(describedDevice({ temperature }, { identifiers }));
  expect(real.device["connections"]).toEqual([["mac", "a4:c1:38:aa:bb:cc"]]);
  const simulated = discovered(describedDevice({ temperature }, { identifiers, simulated: true }));
  expect(simulated.device).not.toHaveProperty("connections");
  expect(simulated.device["model"]).toBe("Simulated device");
});

test("it comes from Koine, by exactly that name", () => {
  expect(discovered(describedDevice({ temperature })).origin).toEqual({
    name: "Koine",
    sw_version: "0.1.0",
  });
});

test("a device is there while it is online or asleep, and Koine is online", () => {
  const { availability, availability_mode: mode } = discovered(describedDevice({ temperature }));
  expect(mode).toBe("all");
  const [device, bridge] = availability as readonly Component[];
  const words = (one: Component | undefined): unknown[] =>
    availabilities.map((word: Scalar) => one && rendered(one, "value_template", word));
  expect(device?.["topic"]).toBe("koine/1/wifi-024b4f000001/availability");
  expect(words(device)).toEqual(["online", "offline", "online", "offline"]);
  expect(bridge?.["topic"]).toBe("koine/1/bridge/availability");
  expect(words(bridge)).toEqual(["online", "offline", "offline", "offline"]);
});

test("an entity has an id that stays, and a name that can be read", () => {
  const { components } = discovered(
    describedDevice({
      temperature,
      temperature_2: vocabularyProperty("temperature", { part: "2" }),
      pm25: vocabularyProperty("pm25"),
      humidity: vocabularyProperty("humidity", { part: "am2301" }),
      power_a: vocabularyProperty("power", { part: "phase_a", name: "Power of phase A" }),
      x_acme_link_count: { is: "x_acme_link_count", type: "integer", access: "r" },
      x_other_link_count: { is: "x_other_link_count", type: "integer", access: "r" },
    }),
  );
  expect(components["sensor_temperature"]).toMatchObject({
    unique_id: "koine_wifi-024b4f000001_temperature",
    default_entity_id: "sensor.koine_wifi_024b4f000001_temperature",
  });
  expect(Object.values(components).map(({ name }) => name)).toEqual([
    "Temperature 1",
    "Temperature 2",
    "PM2.5",
    "Humidity",
    "Power of phase A",
    "Link count",
    "Link count (x_other_link_count)",
  ]);
});

test("what a vendor alone knows is diagnostic, and a setting where it can be set", () => {
  const of = (access: "r" | "rw"): unknown =>
    Object.values(
      discovered(describedDevice({ x_acme_mode: { is: "x_acme_mode", type: "boolean", access } }))
        .components,
    )[0]?.["entity_category"];
  expect([of("r"), of("rw")]).toEqual(["diagnostic", "config"]);
});
