import { describe, expect, test } from "vitest";
import { DeviceTrial, type Message } from "../../../support/device-trial.ts";

const address = "0x0017880104e45524";
const binary = { type: "binary", access: 7 };
const state = { ...binary, name: "state", property: "state", value_on: "ON", value_off: "OFF" };

function bridge(exposes: readonly object[], more: object = {}): Message {
  const device = { ieee_address: address, type: "Router", friendly_name: "d", ...more };
  return ["zigbee2mqtt/bridge/devices", [{ ...device, definition: { exposes } }]];
}

const device = (...exposes: readonly object[]): DeviceTrial =>
  new DeviceTrial().hear(bridge(exposes));

describe("a feature", () => {
  test("of a thermostat is told in the words of the device", () => {
    const mode = { type: "enum", name: "system_mode", property: "system_mode", access: 7 };
    const trial = device({
      type: "climate",
      features: [{ ...mode, values: ["off", "auto", "heat"] }],
    });
    expect(trial.set({ hvac_mode: "heat" })).toMatchObject([{ payload: '{"system_mode":"heat"}' }]);
    expect(trial.set({ hvac_mode: "auto" })).toMatchObject([{ payload: '{"system_mode":"auto"}' }]);
    expect(trial.facts.get("hvac_mode")?.values).toEqual(["off", "auto", "heat"]);
  });

  test("of a valve is told in the words of the device", () => {
    const valve = { type: "enum", name: "valve_state", property: "valve_state", access: 7 };
    const trial = device({ ...valve, values: ["OPEN", "CLOSED"] });
    expect(trial.hear(["zigbee2mqtt/d", { valve_state: "OPEN" }]).values).toEqual({
      valve_open: true,
    });
    expect(trial.set({ valve_open: false })).toMatchObject([
      { payload: '{"valve_state":"CLOSED"}' },
    ]);
  });

  test("that remembers an outage is told as it reports it", () => {
    const memory = { name: "power_outage_memory", property: "power_outage_memory", access: 7 };
    const flag = device({ ...memory, type: "binary", value_on: true, value_off: false });
    expect(flag.set({ power_on_behavior: "previous" })).toMatchObject([
      { payload: '{"power_outage_memory":true}' },
    ]);
    const word = device({ ...memory, type: "enum", values: ["on", "off", "restore"] });
    expect(word.set({ power_on_behavior: "previous" })).toMatchObject([
      { payload: '{"power_outage_memory":"restore"}' },
    ]);
  });

  test("of a fan is its mode and its speed", () => {
    const trial = device({
      type: "fan",
      features: [
        { ...state, property: "fan_state" },
        {
          type: "enum",
          name: "mode",
          property: "fan_mode",
          access: 7,
          values: ["low", "high", "auto"],
        },
        {
          type: "numeric",
          name: "speed",
          property: "speed",
          access: 7,
          value_min: 1,
          value_max: 254,
        },
      ],
    }).hear(["zigbee2mqtt/d", { fan_state: "ON", fan_mode: "high", speed: 127 }]);
    expect(trial.values).toEqual({ onoff: true, fan_mode: "high", fan_speed: 50 });
  });

  test("of a light that has hue and saturation only is its colour", () => {
    const color = {
      type: "composite",
      name: "color_hs",
      property: "color",
      access: 7,
      features: [],
    };
    const trial = device({ type: "light", features: [state, color] });
    trial.hear(["zigbee2mqtt/d", { color: { hue: 120, saturation: 50 } }]);
    expect(trial.values).toEqual({ color: { h: 120, s: 50 } });
    expect(trial.set({ color: { h: 10, s: 20 } })).toMatchObject([
      { payload: '{"color":{"hue":10,"saturation":20}}' },
    ]);
  });

  test("of a cover stops, and says so", () => {
    const cover = { type: "enum", name: "state", property: "state", access: 7 };
    const trial = device({
      type: "cover",
      features: [{ ...cover, values: ["OPEN", "CLOSE", "STOP"] }],
    }).hear(["zigbee2mqtt/d", { state: "STOP" }]);
    expect(trial.values).toEqual({ cover_state: "stopped" });
    expect(trial.set({ cover_action: "close" })).toMatchObject([{ payload: '{"state":"CLOSE"}' }]);
  });

  test.each([
    ["power_reactive", "VAR", 5, { reactive_power: 5 }],
    ["formaldehyd", "mg/m³", 0.05, { formaldehyde: 50 }],
    ["energy", "Wh", 1_500, { energy: 1.5 }],
    ["voltage", "mV", 3_000, { voltage: 3 }],
    ["pressure", "kPa", 101.3, { pressure: 1_013 }],
  ])("%s in %s is converted", (name, unit, raw, values) => {
    const trial = device({ type: "numeric", name, property: name, access: 1, unit });
    expect(trial.hear(["zigbee2mqtt/d", { [name]: raw }]).values).toEqual(values);
  });

  test("that only warns is a siren", () => {
    const trial = device({
      type: "composite",
      name: "warning",
      property: "warning",
      access: 2,
      features: [],
    });
    expect(trial.set({ siren: true })[0]?.payload).toContain('"mode":"burglar"');
    expect(trial.set({ siren: false })[0]?.payload).toContain('"mode":"stop"');
  });

  test("to identify is told", () => {
    const trial = device({
      type: "enum",
      name: "identify",
      property: "identify",
      access: 2,
      values: ["identify"],
    });
    expect(trial.set({ identify: true })).toMatchObject([{ payload: '{"identify":"identify"}' }]);
  });
});

test.each([
  ["single_left", "press", "left"],
  ["1_double", "double_press", "1"],
  ["button_2_hold", "hold", "2"],
  ["on_press", "press", "on"],
  ["off_hold", "hold", "off"],
  ["on_hold_release", "release", "on"],
  ["up_press_release", "press", "up"],
  ["triple_press", "triple_press", undefined],
  ["toggle", "toggle", undefined],
  ["brightness_move_up", "dim_up", undefined],
  ["recall_1", "recall_scene", "1"],
  ["rotate_stop", "stop", "rotate"],
  ["dance", "other", "dance"],
])("the action %s is %s of %s", (word, action, part) => {
  const { events } = device().hear(["zigbee2mqtt/d", { action: word }]);
  expect(events).toEqual([{ name: "action", action, ...(part !== undefined && { part }) }]);
});

test("a remote says beforehand what can be done on which part", () => {
  const values = ["single_left", "double_left", "single_right"];
  const trial = device({ type: "enum", name: "action", property: "action", access: 1, values });
  expect([...trial.facts.values()]).toEqual([
    {
      is: "action",
      part: "left",
      access: "e",
      values: ["press", "double_press"],
      source: "action",
    },
    { is: "action", part: "right", access: "e", values: ["press"], source: "action" },
  ]);
});

describe("the bridge", () => {
  test("takes what it no longer lists off the bus", () => {
    const trial = device(state);
    trial.hear(["zigbee2mqtt/bridge/devices", []]);
    expect(trial.peers.findByRef([["zigbee", address.slice(2)]])).toBeUndefined();
  });

  test("knows a renamed device by its address", () => {
    const trial = device(state).hear(bridge([state], { friendly_name: "new" }));
    expect(trial.set({ onoff: true })).toMatchObject([{ topic: "zigbee2mqtt/new/set" }]);
    expect(trial.hear(["zigbee2mqtt/d", { state: "ON" }]).values).toEqual({});
  });

  test("gives a group what its members have", () => {
    const position = {
      type: "numeric",
      name: "position",
      property: "position",
      access: 7,
      unit: "%",
    };
    const cover = {
      type: "enum",
      name: "state",
      property: "state",
      access: 7,
      values: ["OPEN", "CLOSE", "STOP"],
    };
    const trial = device({ type: "cover", features: [cover, position] });
    trial.hear(
      [
        "zigbee2mqtt/bridge/groups",
        [{ id: 7, friendly_name: "blinds", members: [{ ieee_address: address, endpoint: 1 }] }],
      ],
      ["zigbee2mqtt/blinds", { state: "OPEN", position: 50 }],
    );
    expect(trial.values).toEqual({ cover_state: "open", position: 50 });
  });

  test("may publish each value on a topic of its own", () => {
    const color = {
      type: "composite",
      name: "color_xy",
      property: "color",
      access: 7,
      features: [],
    };
    const trial = device({ type: "light", features: [state, color] });
    trial.hear(["zigbee2mqtt/d/state", "ON"], ["zigbee2mqtt/d/color", "255,0,0"]);
    expect(trial.values).toEqual({ onoff: true, color: { h: 0, s: 100 } });
  });
});
