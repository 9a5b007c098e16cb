import { describe, expect, test } from "vitest";
import { zwaveJsUi } from "../../../../adapters/wifi/dialects/zwave-js-ui/index.ts";
import type { ZwavePeer } from "../../../../adapters/wifi/dialects/zwave-js-ui/peer.ts";
import { createCaller } from "../../../../adapters/wifi/caller.ts";
import type { Scalar } from "../../../../src/model/scalar.ts";
import { hear } from "../../../support/hear.ts";

const node: ZwavePeer = {
  key: "zwave/door",
  ref: [["zwave", "door"]],
  bases: [],
  roots: ["zwave/door"],
  root: "zwave/door",
  temperatureUnit: "C",
};

function command(source: string, is: string, value: Scalar): unknown {
  const write = { is, part: undefined, source, value };
  const set = { type: "set", id: "1", ref: node.ref, writes: [write], timeoutMs: 1_000 } as const;
  return zwaveJsUi.encode(set, node, createCaller(Math.random)).requests;
}

describe("values by name", () => {
  test.each([
    ["meter/endpoint_0/value/66049", 12.5, "power", 12.5],
    ["thermostat_setpoint/endpoint_0/setpoint/1", 21, "target_temperature", 21],
    ["unknownClass_106/endpoint_0/currentValue/13", 99, "position", 100],
    ["barrier_operator/endpoint_0/currentState", 252, "cover_state", "closing"],
    ["color/endpoint_0/hexColor", "ff0000", "color", { h: 0, s: 100 }],
  ])("%s %s is %s", (path, raw, is, value) => {
    const heard = hear([`zwave/office/nodeID_3/${path}`, { time: 1_690_000_000_000, value: raw }]);
    expect(heard.values[is]).toEqual(value);
    expect(heard.events[0]).toMatchObject({ ref: [["zwave", "office/nodeID_3"]] });
  });

  test("tells a scene whose path has a key", () => {
    const { events } = hear(["zwave/nodeID_3/central_scene/endpoint_0/scene/001", { value: 3 }]);
    const data = { name: "action", action: "double_press", part: "1" };
    expect(events.at(-1)).toMatchObject({ type: "event", data });
  });

  test("a place may be called as a command class", () => {
    const { events } = hear(["zwave/battery/hall/battery/endpoint_0/level", { value: 80 }]);
    expect(events[0]).toMatchObject({ ref: [["zwave", "battery/hall"]] });
  });

  test("a parameter with a key is not taken for another node", () => {
    const { events } = hear(["zwave/3/112/0/40/1", { value: 1 }]);
    expect(events[0]).toMatchObject({ ref: [["zwave", "3"]] });
  });
});

describe("numbers that stand for a state", () => {
  test.each([
    ["113/0/Access_Control/Door_state", 22, "open", true],
    ["113/0/Access_Control/Door_state", 5_632, "open", true],
    ["113/0/Access_Control/Door_state", 5_633, "open", true],
    ["113/0/Access_Control/Door_state", 23, "open", false],
    ["113/0/Access_Control/Door_state", 254, "open", null],
    ["113/0/Home_Security/Motion_sensor_status", 254, "motion", null],
    ["98/0/currentMode", 255, "locked", true],
    ["98/0/currentMode", 1, "locked", false],
    ["98/0/currentMode", 254, "locked", null],
    ["98/0/doorStatus", "open", "open", true],
    ["64/0/mode", 11, "hvac_mode", "heat"],
    ["64/0/mode", 12, "hvac_mode", "cool"],
    ["64/0/mode", 31, "hvac_mode", null],
    ["66/0/state", 6, "hvac_action", "fan"],
  ])("%s %s is %s %s", (path, raw, is, value) => {
    const { values, diagnostics } = hear([`zwave/3/${path}`, { value: raw }]);
    expect(values).toEqual({ [is]: value });
    expect(diagnostics).toEqual([]);
  });
});

test("a whole value without value is not known", () => {
  const whole = {
    id: "3-38-0-currentValue",
    nodeId: 3,
    commandClass: 38,
    property: "currentValue",
  };
  expect(hear(["zwave/3/38/0/currentValue", whole]).values).toEqual({ brightness: null });
});

test("levels that open and close are positions", () => {
  const heard = hear(
    ["zwave/5/38/0/Open", { time: 1 }],
    ["zwave/5/38/0/currentValue", { value: 99 }],
  );
  expect(heard.values).toEqual({ position: 100 });
});

test("channels of a colour are set as the text beside them", () => {
  const channels = { value: { warmWhite: 0, red: 0, green: 255, blue: 0 } };
  const { values, properties } = hear(["zwave/3/51/0/currentColor", channels]);
  expect(values["color"]).toEqual({ h: 120, s: 100 });
  expect(properties["color"]?.source).toBe("51/0/hexColor");
  const topic = "zwave/door/51/0/hexColor/set";
  expect(command("51/0/hexColor", "color", { h: 120, s: 100 })).toEqual([
    { topic, payload: '{"value":"00ff00"}' },
  ]);
});

test("codes of a lock are not carried", () => {
  expect(hear(["zwave/3/99/0/userCode/1", { value: "1234" }]).values).toEqual({});
});

test("nodes are unknown when their gateway is gone", () => {
  const { events } = hear(
    ["zwave/3/37/0/currentValue", { value: true }],
    ["zwave/_CLIENTS/ZWAVE_GATEWAY-home/status", { time: 1, value: false }],
  );
  const told = events.filter(({ type }) => type === "availability");
  expect(told).toEqual([
    { type: "availability", ref: [["zwave-js-ui", "home"]], value: "offline" },
    { type: "availability", ref: [["zwave", "3"]], value: "unknown" },
  ]);
});
