import { describe, expect, test } from "vitest";
import { configSchema } from "../../../../adapters/wifi/config.ts";
import { DeviceTrial } from "../../../support/device-trial.ts";

const trial = (...generic: readonly object[]): DeviceTrial => new DeviceTrial({ generic });

describe("a mapping", () => {
  test("takes a value out of JSON, in the unit of the device", () => {
    const device = trial({
      topic: "tank/+/level",
      device: "tank-{1}",
      name: "Tank {1}",
      property: "distance",
      unit: "mm",
      path: "s[0].v",
    }).hear(["tank/3/level", { s: [{ v: 412 }] }]);
    expect(device.ref).toEqual([["id", "tank-3"]]);
    expect(device.values).toEqual({ distance: 0.412 });
  });

  test("reads and writes words, scales and mired", () => {
    const device = trial({
      topic: "lamp/state",
      device: "lamp",
      properties: [
        {
          property: "onoff",
          path: "on",
          values: { AN: true, AUS: false },
          command: { topic: "lamp/set" },
        },
        {
          property: "brightness",
          path: "level",
          scale: [0, 255],
          command: { topic: "lamp/level" },
        },
        {
          property: "color_temperature",
          path: "white",
          unit: "mired",
          command: { topic: "lamp/white", payload: '{"ct":{value}}' },
        },
      ],
    }).hear(["lamp/state", { on: "AN", level: 51, white: 250 }]);
    expect(device.values).toEqual({ onoff: true, brightness: 20, color_temperature: 4_000 });
    expect(device.set({ onoff: false, brightness: 40, color_temperature: 4_000 })).toEqual([
      { topic: "lamp/set", payload: "AUS" },
      { topic: "lamp/level", payload: "102" },
      { topic: "lamp/white", payload: '{"ct":250}' },
    ]);
  });

  test("of a device that only listens makes it known before it is heard", () => {
    const device = trial({
      device: "gate",
      property: "cover_action",
      values: { UP: "open", DOWN: "close" },
      command: { topic: "gate/cmd" },
    });
    expect(device.set({ cover_action: "close" })).toEqual([{ topic: "gate/cmd", payload: "DOWN" }]);
  });

  test("of an action tells it as an event, each time", () => {
    const device = trial({
      topic: "bell",
      device: "bell",
      property: "action",
      values: { "1": "press" },
    });
    device.hear(["bell", "1"], ["bell", "1"]);
    expect(device.events).toEqual([
      { name: "action", action: "press" },
      { name: "action", action: "press" },
    ]);
    expect(device.values).toEqual({});
  });

  test("of one topic may make several devices", () => {
    const device = trial(
      { topic: "meter", device: "north", property: "power", path: "a" },
      { topic: "meter", device: "south", property: "power", path: "b" },
    );
    device.hear(["meter", { a: 1, b: 2 }]);
    expect(device.peers.findByRef([["id", "north"]])).toBeDefined();
    expect(device.peers.findByRef([["id", "south"]])).toBeDefined();
  });

  test("comes before every dialect", () => {
    const device = trial({ topic: "tele/x/SENSOR", device: "mine", property: "power", path: "P" });
    device.hear(["tele/x/SENSOR", { P: 5 }]);
    expect(device.ref).toEqual([["id", "mine"]]);
  });

  test("counts what it cannot read", () => {
    const device = trial({ topic: "x", device: "x", property: "power", path: "P" });
    expect(device.hear(["x", "no json"]).diagnostics).toEqual(["bad_value"]);
  });
});

describe("the configuration refuses a mapping", () => {
  test.each([
    [{ topic: "x", device: "x", property: "distance", unit: "hPa" }, /cannot be given in hPa/],
    [{ topic: "x", device: "x", property: "nonsense" }, /a property of the vocabulary/],
    [{ topic: "x", device: "x" }, /expected property/],
    [{ topic: "x", device: "x", property: "onoff", command: { topic: "y" } }, /expected values/],
    [{ topic: "x", device: "x", property: "power", path: "a[" }, /expected a path/],
    [{ device: "x-{1}", property: "power" }, /expected a topic/],
  ])("%j", (mapping, reason) => {
    const parsed = configSchema.safeParse({ generic: [mapping] });
    expect(parsed.error?.issues.map(({ message }) => message).join()).toMatch(reason);
  });
});
