import { describe, expect, test } from "vitest";
import { DeviceTrial, type Message } from "../../../support/device-trial.ts";

function described(platform: string, config: object): DeviceTrial {
  const whole = {
    state_topic: "s",
    command_topic: "c",
    device: { identifiers: ["d1"] },
    ...config,
  };
  return new DeviceTrial().hear([`homeassistant/${platform}/d1/x/config`, whole]);
}

const json = (payload: string): unknown => JSON.parse(payload);

describe("what is reported", () => {
  test.each<readonly [string, object, readonly Message[], object]>([
    [
      "sensor",
      { device_class: "energy", unit_of_measurement: "Wh" },
      [["s", "1500"]],
      { energy: 1.5 },
    ],
    [
      "sensor",
      { device_class: "temperature", unit_of_measurement: "°F" },
      [["s", "68"]],
      { temperature: 20 },
    ],
    [
      "sensor",
      { device_class: "temperature", unit_of_measurement: "hPa" },
      [["s", "68"]],
      { x_ha_x: 68 },
    ],
    [
      "sensor",
      { value_template: "{{ value_json.a.b }}", unit_of_measurement: "W" },
      [["s", { a: { b: 7 } }]],
      { power: 7 },
    ],
    ["sensor", { device_class: "enum", options: ["a", "b"] }, [["s", "a"]], { x_ha_x: "a" }],
    ["binary_sensor", { device_class: "door" }, [["s", "ON"]], { open: true }],
    [
      "binary_sensor",
      {
        device_class: "lock",
        payload_on: true,
        payload_off: false,
        value_template: "{{ value_json.u }}",
      },
      [["s", { u: true }]],
      { x_ha_x: true },
    ],
    ["lock", {}, [["s", "OPEN"]], { locked: false, lock_state: "unlatched" }],
    ["valve", {}, [["s", { state: "open" }]], { valve_open: true }],
    ["cover", { position_topic: "p" }, [["p", { position: 30 }]], { position: 30 }],
    ["siren", {}, [["s", { state: "OFF", tone: "ping" }]], { siren: false }],
    [
      "update",
      { value_template: '{"installed_version": "{{ value }}", "latest_version": "2"}' },
      [["s", "1"]],
      { update_available: true },
    ],
    [
      "vacuum",
      {},
      [["s", { state: "docked", battery_level: 61 }]],
      { vacuum_state: "docked", battery: 61 },
    ],
    [
      "climate",
      { fan_mode_state_topic: "f", fan_modes: ["1", "2", "3"] },
      [["f", "2"]],
      { x_ha_x_fan_mode: "2" },
    ],
    [
      "climate",
      { mode_state_topic: "m", current_temperature_topic: "t", temperature_unit: "F" },
      [
        ["m", "heat"],
        ["t", "50"],
      ],
      { hvac_mode: "heat", temperature: 10 },
    ],
    [
      "water_heater",
      { temperature_state_topic: "t" },
      [["t", "60"]],
      { x_ha_x_target_temperature: 60 },
    ],
    [
      "fan",
      { oscillation_state_topic: "o" },
      [["o", "oscillate_on"]],
      { x_ha_x_oscillation: true },
    ],
    ["device_tracker", {}, [["s", "not_home"]], { presence: false }],
  ])("by %s %j", (platform, config, messages, values) => {
    expect(described(platform, config).hear(...messages).values).toEqual(values);
  });
});

describe("what is sent", () => {
  test.each<readonly [string, object, Record<string, never>, readonly object[]]>([
    ["siren", {}, { siren: true }, [{ topic: "c", payload: '{"state":"ON"}' }]],
    ["scene", { payload_on: "go" }, { x_ha_x: true }, [{ topic: "c", payload: "go" }]],
    [
      "light",
      { xy_command_topic: "xy", xy_state_topic: "xys" },
      { color: { h: 0, s: 100 } },
      [{ topic: "xy", payload: "0.6401,0.33" }],
    ],
    [
      "light",
      {
        rgb_command_topic: "r",
        rgb_command_template: "{{ '#%02x%02x%02x' | format(red, green, blue) }}",
      },
      { color: { h: 120, s: 100 } },
      [{ topic: "r", payload: "#00ff00" }],
    ],
    [
      "light",
      { rgbw_command_topic: "w" },
      { color: { h: 0, s: 100 } },
      [{ topic: "w", payload: "255,0,0,0" }],
    ],
    [
      "lock",
      { command_template: '{"do": "{{ value }}", "code": "{{ code }}"}' },
      { locked: true },
      [{ topic: "c", payload: '{"do": "LOCK", "code": ""}' }],
    ],
    ["climate", { power_command_topic: "p" }, { onoff: true }, [{ topic: "p", payload: "ON" }]],
    [
      "number",
      { min: 0, max: 10, command_template: '{"v": {{ value }} }' },
      { x_ha_x: 5 },
      [{ topic: "c", payload: '{"v": 5 }' }],
    ],
    ["select", { options: ["a", "b"] }, { x_ha_x: "b" }, [{ topic: "c", payload: "b" }]],
  ] as never)("by %s %j for %j", (platform, config, wishes, requests) => {
    expect(described(platform, config).set(wishes)).toEqual(requests);
  });

  test("to a light described with JSON is one document, in which off stays off", () => {
    const trial = described("light", {
      schema: "json",
      supported_color_modes: ["hs"],
      brightness_scale: 100,
    });
    const [request] = trial.set({ onoff: false, brightness: 40, color: { h: 1, s: 2 } }, 3);
    expect(json(request?.payload ?? "")).toEqual({
      state: "OFF",
      brightness: 40,
      color: { h: 1, s: 2 },
      transition: 3,
    });
  });
});

describe("what happens", () => {
  test("is told by an event entity", () => {
    const trial = described("event", { event_types: ["single"] });
    trial.hear(["s", { event_type: "single" }], ["s", { event_type: "unheard" }]);
    expect(trial.events).toEqual([{ name: "action", action: "press", part: "x" }]);
  });

  test("is told by a trigger, whose subtype may say it all", () => {
    const config = {
      automation_type: "trigger",
      topic: "t",
      type: "action",
      subtype: "single_left",
      payload: "single_left",
    };
    const trial = described("device_automation", config).hear(["t", "single_left"], ["t", "other"]);
    expect(trial.events).toEqual([{ name: "action", action: "press", part: "left" }]);
  });
});

describe("whether it is there", () => {
  const of = (object: string, topic: string): Message => [
    `homeassistant/sensor/d1/${object}/config`,
    { state_topic: `s/${object}`, availability_topic: topic, device: { identifiers: ["d1"] } },
  ];

  test("is told by any of its components", () => {
    const trial = new DeviceTrial().hear(
      of("a", "a/1"),
      of("b", "b/1"),
      ["a/1", "online"],
      ["b/1", "offline"],
    );
    expect(trial.availability).toBe("online");
    expect(trial.hear(["a/1", "offline"]).availability).toBe("offline");
  });

  test("is told by all of the topics of a component, where it says so", () => {
    const availability = [{ topic: "a" }, { topic: "b", value_template: "{{ value_json.state }}" }];
    const trial = described("sensor", { availability, availability_mode: "all" });
    expect(trial.hear(["a", "online"]).availability).toBe("unknown");
    expect(trial.hear(["b", { state: "online" }]).availability).toBe("online");
    expect(trial.hear(["a", "offline"]).availability).toBe("offline");
  });
});

test("a description that Koine put in the place of another ends that one", () => {
  const trial = described("sensor", {});
  trial.hear(
    ["homeassistant/sensor/d1/x/config", { o: { name: "Koine" }, stat_t: "y" }],
    ["y", "2"],
  );
  expect(trial.values).toEqual({});
  expect(trial.peers.findByRef([["ha", "d1"]])).toBeUndefined();
});

test("one template that cannot be read costs its own value only", () => {
  const trial = described("climate", {
    mode_state_topic: "m",
    temperature_state_topic: "t",
    temperature_state_template: "{{ states('x') }}",
  }).hear(["m", "heat"], ["t", "20"]);
  expect(trial.values).toEqual({ hvac_mode: "heat" });
  expect(trial.diagnostics).toEqual(["unreadable_description"]);
});

describe("a component that is described no more", () => {
  const device = { identifiers: ["well"], name: "Well" };
  const component = (n: string): object => ({
    unique_id: n,
    name: n,
    state_topic: `${n}/state`,
    command_topic: `${n}/set`,
    device,
  });

  test("says nothing more, and cannot be set, until it is described again", () => {
    const trial = new DeviceTrial().hear(
      ["homeassistant/switch/a/config", component("a")],
      ["homeassistant/switch/b/config", component("b")],
      ["b/state", "ON"],
    );
    const key = Object.keys(trial.values).at(-1) ?? "";
    expect(trial.values[key]).toBe(true);
    trial.hear(["homeassistant/switch/b/config", ""]);
    expect(trial.values[key]).toBe(null);
    expect(trial.facts.get(key)).toMatchObject({ access: "r" });
    trial.hear(["homeassistant/switch/b/config", component("b")]);
    expect(trial.facts.get(key)).toMatchObject({ access: "rw" });
  });
});
