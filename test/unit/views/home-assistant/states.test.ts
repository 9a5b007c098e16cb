import { describe, expect, test } from "vitest";
import { parseCommandDocument } from "../../../../src/model/command-document.ts";
import type { Property } from "../../../../src/model/description.ts";
import type { Scalar } from "../../../../src/model/scalar.ts";
import { propertyNames, specOf } from "../../../../src/model/vocabulary.ts";
import {
  accessed,
  describedDevice,
  discovered,
  only,
  rendered,
  vocabularyProperty,
  wished,
} from "../../../support/home-assistant.ts";
import type { Component } from "../../../support/home-assistant-rules.ts";

type Properties = Readonly<Record<string, Property>>;

/** A device that has these properties of the vocabulary, under their own names. */
function having(names: readonly string[], more: Properties = {}): Properties {
  const own = names.map((is) => [is, vocabularyProperty(is)] as const);
  return { ...Object.fromEntries(own), ...more };
}

function entity(
  properties: Properties,
  platform: string,
  classes: string[] = ["sensor"],
): Component {
  return only(discovered(describedDevice(properties, { classes })), platform);
}

/** What comes out of a wish, as Koine reads it. */
function values(document: unknown): Readonly<Record<string, Scalar>> {
  return parseCommandDocument(String(document)).values;
}

const meta = { _ts: "2026-11-25T12:00:00.000Z", _seq: 1 };

describe("what is read", () => {
  test.each(propertyNames.filter((is) => specOf(is)?.access === "r"))(
    "%s is unknown while its value is null, or not there yet",
    (is) => {
      const [component] = Object.values(
        discovered(describedDevice({ [is]: vocabularyProperty(is) })).components,
      );
      if (!component) throw new Error("No entity");
      expect(rendered(component, "value_template", { ...meta, [is]: null })).toBe("None");
      expect(rendered(component, "value_template", meta)).toBe("None");
    },
  );

  test("a number is as it is in the state, zero included", () => {
    const sensor = entity(having(["temperature"]), "sensor");
    expect(rendered(sensor, "value_template", { ...meta, temperature: 21.37 })).toBe("21.37");
    expect(rendered(sensor, "value_template", { ...meta, temperature: 0 })).toBe("0");
    expect(rendered(sensor, "value_template", { ...meta, temperature: -4.5 })).toBe("-4.5");
  });

  test("a boolean is ON or OFF", () => {
    const sensor = entity(having(["open"]), "binary_sensor");
    expect(rendered(sensor, "value_template", { ...meta, open: true })).toBe("ON");
    expect(rendered(sensor, "value_template", { ...meta, open: false })).toBe("OFF");
  });

  test("a word is that word, and a time that time", () => {
    const level = entity(having(["light_level"]), "sensor");
    expect(rendered(level, "value_template", { light_level: "dark" })).toBe("dark");
    const seen = entity(having(["last_seen"]), "sensor");
    expect(rendered(seen, "value_template", { last_seen: meta._ts })).toBe(meta._ts);
  });

  test("a text is cut to the length of a state", () => {
    const sensor = entity(having(["text"]), "sensor");
    expect(rendered(sensor, "value_template", { text: "é".repeat(300) })).toBe("é".repeat(255));
  });

  test("an object is JSON", () => {
    const property: Property = { is: "x_acme_map", type: "object", access: "r" };
    const sensor = entity({ x_acme_map: property }, "sensor");
    expect(rendered(sensor, "value_template", { x_acme_map: { a: [1, 2] } })).toBe('{"a": [1, 2]}');
    expect(rendered(sensor, "value_template", { x_acme_map: null })).toBe("None");
  });

  test("a door and a window are of their own class", () => {
    for (const own of ["door", "window", "garage_door"]) {
      const open = vocabularyProperty("open", { class: own });
      expect(entity({ open }, "binary_sensor")["device_class"]).toBe(own);
    }
    const odd = vocabularyProperty("open", { class: "cat_flap" });
    expect(entity({ open: odd }, "binary_sensor")["device_class"]).toBe("opening");
  });

  test("expires after three intervals, and the time an unchanged value may take", () => {
    const often = vocabularyProperty("temperature", { interval_s: 60 });
    expect(entity({ often }, "sensor")["expire_after"]).toBe(480);
    expect(entity(having(["temperature"]), "sensor")).not.toHaveProperty("expire_after");
    const rarely = vocabularyProperty("temperature", { interval_s: 86_400 });
    const asleep = describedDevice({ rarely }, { sleepy: true });
    expect(only(discovered(asleep), "sensor")).not.toHaveProperty("expire_after");
  });
});

describe("a switch", () => {
  const relay = entity(having(["onoff", "power"]), "switch", ["outlet"]);

  test("of an outlet is of that class, and is called like the device", () => {
    expect(relay).toMatchObject({ device_class: "outlet", name: null });
  });

  test("says and wishes on and off", () => {
    expect(rendered(relay, "value_template", { onoff: true })).toBe(relay["state_on"]);
    expect(rendered(relay, "value_template", { onoff: false })).toBe(relay["state_off"]);
    expect(rendered(relay, "value_template", { onoff: null })).toBe("None");
    expect(values(relay["payload_on"])).toEqual({ onoff: true });
    expect(values(relay["payload_off"])).toEqual({ onoff: false });
  });
});

describe("a light", () => {
  const color = { h: 30, s: 80 };
  const full = having(["onoff", "brightness", "color_temperature", "color", "color_mode"], {
    effect: vocabularyProperty("effect", { values: ["none", 'fire "hot"'] }),
  });
  const light = entity(full, "light", ["light"]);

  test("has nothing beside it for what is part of it", () => {
    expect(Object.keys(discovered(describedDevice(full)).components)).toEqual(["light_onoff"]);
  });

  test("says whether it is on, and how bright", () => {
    const on = { onoff: true, brightness: 50.2 };
    expect(rendered(light, "state_template", on)).toBe("on");
    expect(rendered(light, "state_template", { onoff: false })).toBe("off");
    expect(rendered(light, "state_template", {})).toBe("None");
    expect(rendered(light, "brightness_template", on)).toBe("128");
    expect(rendered(light, "brightness_template", { brightness: null })).toBe("0");
  });

  test("says every brightness to which it was dimmed", () => {
    const steps = Array.from({ length: 255 }, (_, at) => at + 1);
    const said = steps.map((brightness) =>
      rendered(
        light,
        "brightness_template",
        values(wished(light, "command_on_template", { brightness })),
      ),
    );
    expect(said).toEqual(steps.map(String));
  });

  test("says its colour while it shines in one, and its temperature otherwise", () => {
    const colored = { color, color_temperature: 2_700, color_mode: "hs" };
    const channels = ["red_template", "green_template", "blue_template"];
    expect(channels.map((name) => rendered(light, name, colored))).toEqual(["255", "153", "51"]);
    const white = { ...colored, color_mode: "color_temperature" };
    expect(channels.map((name) => rendered(light, name, white))).toEqual(["None", "None", "None"]);
    expect(rendered(light, "color_temp_template", white)).toBe("2700");
  });

  test.each([
    [{ h: 0, s: 100 }, [255, 0, 0]],
    [{ h: 120, s: 100 }, [0, 255, 0]],
    [{ h: 240, s: 50 }, [128, 128, 255]],
    [{ h: 359, s: 100 }, [255, 0, 4]],
    [{ h: 200, s: 0 }, [255, 255, 255]],
  ] as const)("of the colour %o is %o", (hs, rgb) => {
    const state = { color: hs, color_mode: "hs" };
    const said = ["red", "green", "blue"].map((name) => rendered(light, `${name}_template`, state));
    expect(said).toEqual(rgb.map(String));
  });

  test("that does not tell its mode shines in a colour when that has any", () => {
    const silent = entity(having(["onoff", "color_temperature", "color"]), "light");
    expect(rendered(silent, "red_template", { color })).toBe("255");
    expect(rendered(silent, "red_template", { color: { h: 30, s: 0 } })).toBe("None");
    expect(rendered(silent, "red_template", { color: null })).toBe("None");
    expect(rendered(silent, "red_template", {})).toBe("None");
  });

  test("wishes everything at once, in one document", () => {
    const all = {
      state: true,
      brightness: 102,
      hue: 30,
      sat: 80,
      effect: 'fire "hot"',
      transition: 2.5,
    };
    const wish = parseCommandDocument(wished(light, "command_on_template", all));
    expect(wish).toMatchObject({
      transitionS: 2.5,
      values: { onoff: true, brightness: 40, color, effect: 'fire "hot"' },
    });
    expect(values(wished(light, "command_on_template", { color_temp: 2_700 }))).toEqual({
      onoff: true,
      color_temperature: 2_700,
    });
    const off = parseCommandDocument(wished(light, "command_off_template", { transition: 1 }));
    expect(off).toMatchObject({ transitionS: 1, values: { onoff: false } });
  });

  test("is never dimmed below what the device takes", () => {
    const brightness = vocabularyProperty("brightness", { min: 1 });
    const dimmer = entity({ onoff: accessed("onoff", "rw"), brightness }, "light");
    expect(values(wished(dimmer, "command_on_template", { brightness: 1 }))).toEqual({
      onoff: true,
      brightness: 1,
    });
  });

  test("of each part is one of its own, and a relay beside it stays a switch", () => {
    const properties = having(["onoff", "brightness"], {
      onoff_2: vocabularyProperty("onoff", { part: "2" }),
      brightness_2: vocabularyProperty("brightness", { part: "2" }),
      onoff_3: vocabularyProperty("onoff", { part: "3" }),
      power: vocabularyProperty("power"),
    });
    const { components } = discovered(describedDevice(properties));
    expect(Object.keys(components)).toEqual([
      "light_onoff",
      "light_onoff_2",
      "switch_onoff_3",
      "sensor_power",
    ]);
    const names = Object.values(components).map(({ name }) => name);
    expect(names).toEqual(["Light 1", "Light 2", "Switch 3", "Power"]);
  });
});

describe("a cover", () => {
  const blind = entity(having(["cover_action", "position", "tilt", "cover_state"]), "cover");

  test("says how it stands", () => {
    const state = { cover_state: "opening", position: 40.5, tilt: 29.6 };
    expect(rendered(blind, "value_template", state)).toBe("opening");
    expect(rendered(blind, "position_template", state)).toBe("40.5");
    expect(rendered(blind, "position_template", { position: 0 })).toBe("0");
    expect(rendered(blind, "tilt_status_template", state)).toBe("30");
    expect(rendered(blind, "value_template", { cover_state: "calibrating" })).toBe("None");
    expect(rendered(blind, "position_template", { position: null })).toBe("");
  });

  test("is opened, closed, stopped and moved", () => {
    expect(values(blind["payload_open"])).toEqual({ cover_action: "open" });
    expect(values(blind["payload_close"])).toEqual({ cover_action: "close" });
    expect(values(blind["payload_stop"])).toEqual({ cover_action: "stop" });
    const wish = wished(blind, "set_position_template", { value: 40, position: 40 });
    expect(values(wish)).toEqual({ position: 40 });
  });

  test("that has a position only is moved to its ends", () => {
    const awning = entity(having(["position"]), "cover");
    expect(values(awning["payload_open"])).toEqual({ position: 100 });
    expect(values(awning["payload_close"])).toEqual({ position: 0 });
    expect(awning["payload_stop"]).toBeNull();
  });
});

describe("a thermostat", () => {
  const preset = vocabularyProperty("preset", { values: ["none", "away", "comfort"] });
  const names = ["target_temperature", "temperature", "hvac_mode", "hvac_action", "fan_mode"];
  const climate = entity(having(names, { preset }), "climate");

  test("says what it does", () => {
    const state = { target_temperature: 21, temperature: 20.5, hvac_mode: "heat", preset: "away" };
    expect(rendered(climate, "temperature_state_template", state)).toBe("21");
    expect(rendered(climate, "current_temperature_template", state)).toBe("20.5");
    expect(rendered(climate, "mode_state_template", state)).toBe("heat");
    expect(rendered(climate, "preset_mode_value_template", state)).toBe("away");
    expect(rendered(climate, "action_template", { hvac_action: null })).toBe("None");
  });

  test("is set", () => {
    const warmer = wished(climate, "temperature_command_template", { value: 21.5 });
    expect(values(warmer)).toEqual({ target_temperature: 21.5 });
    const away = wished(climate, "preset_mode_command_template", { value: "away" });
    expect(values(away)).toEqual({ preset: "away" });
  });

  test("keeps its room temperature as a sensor", () => {
    const { components } = discovered(describedDevice(having(names)));
    expect(Object.keys(components)).toEqual(["climate_target_temperature", "sensor_temperature"]);
  });

  test("with two targets has a range", () => {
    const both = entity(having(["target_temperature", "target_temperature_cool"]), "climate");
    expect(both).toMatchObject({ min_temp: 10, max_temp: 40, modes: ["heat"] });
    const cooler = wished(both, "temperature_high_command_template", { value: 26 });
    expect(values(cooler)).toEqual({ target_temperature_cool: 26 });
  });
});

describe("a fan", () => {
  test("that switches has a speed and modes", () => {
    const fan = entity(having(["onoff", "fan_speed", "fan_mode"]), "fan");
    expect(rendered(fan, "state_value_template", { onoff: true })).toBe("ON");
    expect(rendered(fan, "percentage_value_template", { fan_speed: 67 })).toBe("67");
    expect(rendered(fan, "preset_mode_value_template", { fan_mode: "low" })).toBe("low");
    expect(rendered(fan, "preset_mode_value_template", { fan_mode: "off" })).toBe("None");
    expect(values(wished(fan, "percentage_command_template", { value: 34 }))).toEqual({
      fan_speed: 34,
    });
  });

  test("that is off by its mode leaves the relay beside it alone", () => {
    const mode = vocabularyProperty("fan_mode", { values: ["off", "low", "high"] });
    const properties = { ...having(["onoff"]), fan_mode: mode };
    const fan = entity(properties, "fan");
    expect(entity(properties, "switch")["name"]).toBe("Switch");
    expect(fan).toMatchObject({ name: "Fan", preset_modes: ["low", "high"] });
    expect(rendered(fan, "state_value_template", { fan_mode: "off" })).toBe("OFF");
    expect(rendered(fan, "state_value_template", { fan_mode: "high" })).toBe("ON");
    expect(rendered(fan, "state_value_template", {})).toBe("None");
    expect(values(fan["payload_off"])).toEqual({ fan_mode: "off" });
    expect(values(fan["payload_on"])).toEqual({ fan_mode: "low" });
  });
});

describe("a lock, a valve, a siren", () => {
  test("a lock says more where the device does", () => {
    const lock = entity(having(["locked", "lock_state"]), "lock");
    const say = (state: Scalar): unknown => rendered(lock, "value_template", state);
    expect(say({ locked: false, lock_state: "jammed" })).toBe("JAMMED");
    expect(say({ locked: true, lock_state: "locked" })).toBe("LOCKED");
    expect(say({ locked: false, lock_state: null })).toBe("UNLOCKED");
    expect(say({})).toBe("None");
    expect(values(lock["payload_unlock"])).toEqual({ locked: false });
  });

  test("a valve has a position where the device has one", () => {
    const tap = entity(having(["valve_open"]), "valve");
    expect(rendered(tap, "value_template", { valve_open: false })).toBe("closed");
    expect(values(tap["payload_open"])).toEqual({ valve_open: true });
    const fine = entity(having(["valve_open", "position"]), "valve");
    expect(rendered(fine, "value_template", { position: 35 })).toBe("35");
    expect(values(wished(fine, "command_template", { value: 35 }))).toEqual({ position: 35 });
  });

  test("a siren wishes a command document, not one of Home Assistant's", () => {
    const siren = entity(having(["siren"]), "siren");
    const wish = wished(siren, "command_template", { value: siren["payload_on"] as string });
    expect(values(wish)).toEqual({ siren: true });
    expect(rendered(siren, "state_value_template", { siren: false })).toBe("OFF");
  });
});

describe("settings", () => {
  test("a choice, a number and a text wish what was chosen, with its type", () => {
    const select = entity(having(["power_on_behavior"]), "select");
    const choice = wished(select, "command_template", { value: "off" });
    expect(values(choice)).toEqual({ power_on_behavior: "off" });
    const number = entity(having(["temperature_calibration"]), "number");
    expect(number).toMatchObject({ min: -30, max: 30, step: 0.1, entity_category: "config" });
    expect(values(wished(number, "command_template", { value: -1.5 }))).toEqual({
      temperature_calibration: -1.5,
    });
    const text = entity({ effect: accessed("effect", "rw") }, "text");
    expect(values(wished(text, "command_template", { value: "42" }))).toEqual({ effect: "42" });
    expect(rendered(text, "value_template", { effect: null })).toBe("");
  });

  test("what is done once is a button for each word", () => {
    const { components } = discovered(describedDevice(having(["identify", "vacuum_action"])));
    const pressed = Object.values(components).map((one) => values(one["payload_press"]));
    expect(pressed.slice(0, 3)).toEqual([
      { identify: true },
      { vacuum_action: "start" },
      { vacuum_action: "stop" },
    ]);
    expect(components["button_vacuum_action_return_home"]).toMatchObject({
      name: "Vacuum action: return home",
      unique_id: "koine_wifi-024b4f000001_vacuum_action_return_home",
    });
  });

  test("a text to a person is a notification", () => {
    const notify = entity(having(["message"]), "notify");
    expect(values(wished(notify, "command_template", { value: 'It\'s "hot"' }))).toEqual({
      message: { body: 'It\'s "hot"', class: "report" },
    });
  });
});

describe("an event", () => {
  const action = vocabularyProperty("action", { values: ["press", "hold"] });
  const second = { ...action, part: "2" };
  const { components } = discovered(describedDevice({ action, action_2: second }));
  const say = (id: string, event: Scalar): unknown =>
    rendered(components[id] ?? { platform: "" }, "value_template", event);

  test("comes from the topic of its name", () => {
    expect(components["event_action_2"]).toMatchObject({
      state_topic: "koine/1/wifi-024b4f000001/event/action",
      event_types: ["press", "hold"],
      device_class: "button",
      name: "Action 2",
    });
  });

  test("is of one part only", () => {
    const event = { action: "press", part: "2", ...meta };
    expect(JSON.parse(String(say("event_action_2", event)))).toEqual({ event_type: "press" });
    expect(say("event_action", event)).toBe("");
    const turned = { action: "hold", steps: -3, ...meta };
    expect(JSON.parse(String(say("event_action", turned)))).toEqual({
      event_type: "hold",
      steps: -3,
    });
    expect(say("event_action_2", turned)).toBe("");
  });
});
