import { describe, expect, test } from "vitest";
import { shellyGen1 } from "../../../../adapters/wifi/dialects/shelly-gen1/index.ts";
import {
  shellyPeer,
  shellyPeerSchema,
} from "../../../../adapters/wifi/dialects/shelly-gen1/peer.ts";
import { hear, type Hearing } from "../../../support/hear.ts";

function info(id: string, document: object): Hearing {
  return hear([`shellies/${id}/info`, document]);
}

describe("the info of a Shelly of generation 1", () => {
  const dimmer = { lights: [{ ison: true, mode: "white", brightness: 48 }] };
  const bulb = {
    lights: [{ ison: true, mode: "white", brightness: 48, red: 0, green: 0, blue: 0 }],
  };

  test("finds the topic of a light, which only colours and strips have to themselves", () => {
    const source = (id: string, document: object): unknown =>
      info(id, document).properties["brightness/1"]?.source;
    expect(source("shellydimmer-AABBCC", dimmer)).toBe("light/0/status.brightness");
    expect(source("shellycolorbulb-AABBCC", bulb)).toBe("color/0/status.brightness");
    expect(source("shellyrgbw2-AABBCC", dimmer)).toBe("white/0/status.brightness");
  });

  test("believes the topic under which a light was heard", () => {
    const { properties } = hear(["shellies/led/white/0", "on"], ["shellies/led/info", dimmer]);
    expect(properties["brightness/1"]?.source).toBe("white/0/status.brightness");
  });

  test("has the temperature of the room where it is a sensor, else that of its case", () => {
    const tmp = { value: 21.5, units: "C", is_valid: true };
    expect(info("shellyht-AABBCC", { tmp, bat: { value: 80 } }).values).toMatchObject({
      temperature: 21.5,
    });
    expect(info("shellydimmer-AABBCC", { tmp: { tC: 41.5, is_valid: true } }).values).toEqual({
      device_temperature: 41.5,
    });
  });

  test("says what its topics say, in their words", () => {
    const gas = {
      gas_sensor: { sensor_state: "normal", self_test_state: "completed", alarm_state: "mild" },
      concentration: { ppm: 12, is_valid: true },
      valves: [{ state: "closing" }],
    };
    expect(info("shellygas-AABBCC", gas).values).toEqual({
      gas_alarm: true,
      x_shelly_gas: "mild",
      x_shelly_operation: "normal",
      x_shelly_self_test: "completed",
      x_shelly_concentration: 12,
      "x_shelly_valve_state/1": "closing",
    });
    const door = { accel: { tilt: -1, vibration: 0 }, bat: { value: 90 } };
    expect(info("shellydw2-AABBCC", door).values).toEqual({
      tilt_angle: null,
      vibration: false,
      battery: 90,
    });
    expect(info("shellydimmer-AABBCC", { loaderror: false }).values).toEqual({
      "problem/load": false,
    });
  });

  test("tells that a roller moves, and that it can be moved", () => {
    const { values, properties } = info("shellyswitch25-AABBCC", {
      rollers: [{ state: "open", current_pos: 40 }],
    });
    expect(values).toMatchObject({ "cover_state/1": "opening", "position/1": 40 });
    expect(properties).toHaveProperty("cover_action/1");
  });
});

describe("a Shelly of generation 1", () => {
  test.each(["shellyuni-98CDAC1F8D9C", "shelly1-test", "shellyplug-s-AABBCC"])(
    "is known by the id %s when it says that it is there",
    (id) => {
      expect(hear([`shellies/${id}/online`, "true"]).events).toContainEqual(
        expect.objectContaining({ type: "availability", value: "online" }),
      );
    },
  );

  test("is not what was taken back, nor what announces a later generation", () => {
    expect(hear(["shellies/old/relay/0", ""], ["shellies/announce", ""]).events).toEqual([]);
    const later = { id: "shellyplus1-aabbccddeeff", mac: "AABBCCDDEEFF", gen: 2 };
    const { events, diagnostics } = hear(["shellies/announce", later]);
    expect(events[0]).toMatchObject({
      ref: [
        ["wifi", "aabbccddeeff"],
        ["shelly", "shellyplus1-aabbccddeeff"],
      ],
    });
    expect(diagnostics).toEqual([]);
  });

  test("trips, and says what its valve does and why it woke up", () => {
    const { values, diagnostics } = hear(
      ["shellies/shellyplug-s-AABBCC/relay/0", "on"],
      ["shellies/shellyplug-s-AABBCC/overpower", "1"],
      ["shellies/shellyplug-s-AABBCC/valve/0/state", "failure"],
      ["shellies/shellyplug-s-AABBCC/sensor/wakeupevent", '["button"]'],
    );
    expect(values).toMatchObject({
      "problem/overpower": true,
      "x_shelly_valve_state/1": "failure",
      x_shelly_wakeupevent: '["button"]',
    });
    expect(values).not.toHaveProperty("valve_open/1");
    expect(diagnostics).toEqual([]);
  });

  test("that was remembered by an earlier version is read", () => {
    const { lights, ...before } = shellyPeer("shelly1-AABBCC");
    expect(shellyPeerSchema.parse(before)).toEqual({ ...before, lights });
  });

  test("is set under the topic its info was read for", () => {
    const write = { is: "brightness", part: "1", source: "light/0/status.brightness", value: 30 };
    const command = { type: "set", id: "1", ref: [], writes: [write], timeoutMs: 1 } as const;
    const caller = { name: "koine", number: () => 1, asked: () => undefined };
    expect(shellyGen1.encode(command, shellyPeer("shellydimmer-AABBCC"), caller).requests).toEqual([
      { topic: "shellies/shellydimmer-AABBCC/light/0/set", payload: '{"brightness":30}' },
    ]);
  });
});
