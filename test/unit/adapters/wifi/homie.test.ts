import { describe, expect, test } from "vitest";
import { createCaller } from "../../../../adapters/wifi/caller.ts";
import { configSchema } from "../../../../adapters/wifi/config.ts";
import { dialects } from "../../../../adapters/wifi/dialects/index.ts";
import { Normaliser } from "../../../../adapters/wifi/normalise.ts";
import { Peers } from "../../../../adapters/wifi/peers.ts";
import type { Scalar } from "../../../../src/model/scalar.ts";
import { hear } from "../../../support/hear.ts";

const four = "homie/dev";
const five = "homie/5/dev";

type Frames = readonly (readonly [topic: string, payload: unknown])[];

/** A device of version 5 with one property, and what it says of that. */
function described(path: string, definition: object, ...payloads: readonly string[]): Frames {
  const [node = "", id = ""] = path.split("/");
  const nodes = { [node]: { properties: { [id]: definition } } };
  return [
    [`${five}/$state`, "ready"],
    [`${five}/$description`, { homie: "5.0", version: 1, nodes }],
    ...payloads.map((payload) => [`${five}/${path}`, payload] as const),
  ];
}

/** A property of version 4, attribute by attribute. */
function attributes(path: string, definition: Readonly<Record<string, string>>): Frames {
  return Object.entries(definition).map(([name, value]) => [`${four}/${path}/$${name}`, value]);
}

/** What is sent to a device that said this, for one wish. */
function command(frames: Frames, key: { is: string; part: string }, value: Scalar): unknown {
  const peers = new Peers(dialects);
  const caller = createCaller(Math.random);
  const config = configSchema.parse({});
  const reader = new Normaliser({ dialects, peers, config, caller, count: () => {} });
  for (const [topic, body] of frames) {
    const payload = typeof body === "string" ? body : JSON.stringify(body);
    reader.read({ topic, payload, retained: true });
  }
  const known = peers.findByRef([["homie", "dev"]]);
  if (!known) throw new Error("Not recognised");
  const source = hear(...frames).properties[`${key.is}/${key.part}`]?.source;
  const writes = [{ ...key, source, value }];
  const set = { type: "set", id: "1", ref: known.peer.ref, writes, timeoutMs: 1_000 } as const;
  return known.dialect.encode(set, known.peer, caller).requests;
}

describe("a value before its attributes", () => {
  const value = [`${four}/sensor/temperature`, "21.5"] as const;

  test("is read when it is known what it is", () => {
    const { values } = hear(
      [`${four}/$homie`, "4.0.0"],
      value,
      ...attributes("sensor/temperature", { datatype: "float", settable: "false", unit: "°C" }),
    );
    expect(values).toEqual({ "temperature/sensor": 21.5 });
  });

  test("mints nothing before", () => {
    const { values, properties } = hear([`${four}/$homie`, "4.0.0"], value);
    expect([values, properties]).toEqual([{}, {}]);
  });

  test("is a text when the device has nothing to add", () => {
    const { values } = hear([`${four}/$homie`, "3.0.1"], value, [`${four}/$state`, "ready"]);
    expect(values).toEqual({ "x_homie_temperature/sensor": "21.5" });
  });
});

test("a word is taken where none are told", () => {
  const { values } = hear(...described("a/mood", { datatype: "enum" }, "calm"));
  expect(values).toEqual({ "x_homie_mood/a": "calm" });
});

describe("an array", () => {
  const array: Frames = [
    [`${four}/$state`, "ready"],
    [`${four}/lights/$array`, "0-1"],
    ...attributes("lights/power", { datatype: "boolean", settable: "true" }),
    [`${four}/lights_0/power`, "true"],
    [`${four}/lights_1/power`, "false"],
  ];

  test("has a part for each element", () => {
    expect(hear(...array).values).toEqual({ "onoff/lights_0": true, "onoff/lights_1": false });
  });

  test("is told by element", () => {
    expect(command(array, { is: "onoff", part: "lights_1" }, true)).toEqual([
      { topic: `${four}/lights_1/power/set`, payload: "true" },
    ]);
  });
});

describe("what is neither kept nor set", () => {
  const definition = { datatype: "enum", format: "single,double,odd", retained: false };

  test.each([
    ["single", "press"],
    ["double", "double_press"],
    ["odd", "other"],
  ])("%s is the event %s", (payload, action) => {
    const { events, values } = hear(...described("button/action", definition, payload));
    expect(values).toEqual({});
    const data = { name: "action", action, part: "button" };
    expect(events.at(-1)).toMatchObject({ type: "event", data });
  });
});

describe("a level without a unit", () => {
  test.each([
    [{ datatype: "integer", format: "0:255" }, "51", "204"],
    [{ datatype: "integer", format: "0:100" }, "20", "80"],
    [{ datatype: "float", format: "0:1" }, "0.2", "0.8"],
    [{ datatype: "percent" }, "20", "80"],
  ])("%j has the scale of its range", (definition, payload, wire) => {
    const frames = described("light/brightness", { ...definition, settable: true }, payload);
    const { values, properties } = hear(...frames);
    expect(values).toEqual({ "brightness/light": 20 });
    expect(properties["brightness/light"]).toMatchObject({ min: 0, max: 100 });
    expect(command(frames, { is: "brightness", part: "light" }, 80)).toEqual([
      { topic: `${five}/light/brightness/set`, payload: wire },
    ]);
  });
});

test("the warmth of light is in kelvin both ways", () => {
  const definition = { datatype: "integer", unit: "MK⁻¹", format: "153:500", settable: true };
  const frames = described("light/color-temperature", definition, "250");
  const { values, properties } = hear(...frames);
  expect(values).toEqual({ "color_temperature/light": 4_000 });
  expect(properties["color_temperature/light"]).toMatchObject({ min: 2_000, max: 6_536 });
  expect(command(frames, { is: "color_temperature", part: "light" }, 2_500)).toEqual([
    { topic: `${five}/light/color-temperature/set`, payload: "400" },
  ]);
});

describe("names and words that leave no doubt", () => {
  test.each([
    ["a/state", { datatype: "enum", format: "idle,heating,off" }, "heating", "hvac_action"],
    ["a/s", { datatype: "enum", format: "open,closed,opening,closing" }, "closed", "cover_state"],
    ["fan/mode", { datatype: "enum", format: "off,low,high", settable: true }, "low", "fan_mode"],
    ["a/locked", { datatype: "boolean", settable: true }, "true", "locked"],
    ["a/child-lock", { datatype: "boolean", settable: true }, "true", "child_lock"],
    ["a/siren", { datatype: "boolean", settable: true }, "true", "siren"],
    ["a/speed", { datatype: "integer", unit: "rpm" }, "1200", "rotational_speed"],
    ["a/uv", { datatype: "float" }, "3.5", "uv_index"],
    ["a/water", { datatype: "boolean" }, "true", "water_leak"],
    ["a/valve", { datatype: "integer", unit: "%" }, "40", "valve_position"],
    ["a/color-temp", { datatype: "integer", unit: "K" }, "2700", "color_temperature"],
  ])("%s %j %s is %s", (path, definition, payload, is) => {
    const { values } = hear(...described(path, definition, payload));
    expect(Object.keys(values)).toEqual([`${is}/${path.split("/")[0]}`]);
  });

  test("up, down and stop move a cover", () => {
    const definition = {
      datatype: "enum",
      format: "up,down,stop",
      settable: true,
      retained: false,
    };
    const frames = described("blind/control", definition);
    expect(hear(...frames).properties["cover_action/blind"]?.values).toEqual([
      "open",
      "close",
      "stop",
    ]);
    expect(command(frames, { is: "cover_action", part: "blind" }, "close")).toEqual([
      { topic: `${five}/blind/control/set`, payload: "down" },
    ]);
  });
});

test("a whole number outside its own range is no value", () => {
  const definition = { datatype: "integer", format: "0:10" };
  const { values, diagnostics } = hear(...described("a/n", definition, "11"));
  expect([values, diagnostics]).toEqual([{}, ["bad_value"]]);
});

test("a property that a device has no more is not known", () => {
  const before = described("a/humidity", { datatype: "float", unit: "%" }, "40");
  const [, after] = described("a/temperature", { datatype: "float", unit: "°C" });
  expect(hear(...before, after ?? ["", ""]).values).toEqual({ "humidity/a": null });
});
