import { describe, expect, test } from "vitest";
import { encode } from "../../../../adapters/wifi/dialects/tasmota/commands.ts";
import { peerOfConfig } from "../../../../adapters/wifi/dialects/tasmota/discovery.ts";
import { hear } from "../../../support/hear.ts";

const config = {
  dn: "Blinds",
  fn: ["Blinds", null],
  md: "Shelly 2.5",
  sw: "15.0.1",
  t: "blinds",
  ft: "%prefix%/%topic%/",
  tp: ["cmnd", "stat", "tele"],
  state: ["AUS", "AN", "TOGGLE", "HOLD"],
  ofln: "Offline",
  onln: "Online",
  rl: [3, 3, 1, 0],
  sht: [[-90, 90, 20]],
  ver: 1,
};
const announced = ["tasmota/discovery/024B4F000001/config", config] as const;

describe("sensors of Tasmota", () => {
  test("that the vocabulary does not know are carried under their own name", () => {
    const { values, properties } = hear([
      "tele/x/SENSOR",
      { FOO: { Bar: 7, Deep: { Er: "a" } }, PMS5003: { CF1: 3, "PB0.3": 400 }, Vibe: true },
    ]);
    expect(values).toEqual({
      x_tasmota_foo_bar: 7,
      x_tasmota_foo_deep_er: "a",
      x_tasmota_pms5003_cf1: 3,
      x_tasmota_pms5003_pb0_3: 400,
      x_tasmota_vibe: true,
    });
    expect(properties["x_tasmota_foo_bar"]).toMatchObject({ type: "number", source: "FOO.Bar" });
  });

  test("in units that are not known keep the unit's own name", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      { BMP280: { Temperature: 300, Pressure: 29.92 }, TempUnit: "K", PressureUnit: "inHg" },
    ]);
    expect(values["x_tasmota_bmp280_temperature"]).toBe(300);
    expect(values["temperature/bmp280"]).toBeUndefined();
    expect(values["pressure/bmp280"]).toBeCloseTo(1013.21, 1);
  });

  test("of several phases have parts by number, or by the name the device gives", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      { ENERGY: { Power: [10, 20, 30], Total: { Phase1: 1.2, Phase2: 3.4 }, TotalTariff: [1, 2] } },
    ]);
    expect(values).toEqual({
      "power/1": 10,
      "power/2": 20,
      "power/3": 30,
      "energy/phase1": 1.2,
      "energy/phase2": 3.4,
      "x_tasmota_energy_total_tariff/1": 1,
      "x_tasmota_energy_total_tariff/2": 2,
    });
  });

  test("that count, measure and switch by number have that part", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      {
        COUNTER: { C1: 5, C2: 6 },
        ANALOG: { A0: 512, A1: 3, Temperature2: 20 },
        Switch1: "ON",
        Switch2: "OFF",
      },
    ]);
    expect(values).toEqual({
      "count/1": 5,
      "count/2": 6,
      "value/1": 512,
      "value/2": 3,
      "temperature/2": 20,
      "input/1": true,
      "input/2": false,
    });
  });

  test("measuring distances in centimetres are in metres", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      { SR04: { Distance: 16.75 }, VL53L0X: { Distance: 26.3 } },
    ]);
    expect(values["distance/sr04"]).toBeCloseTo(0.1675);
    expect(values["distance/vl53l0x"]).toBeCloseTo(0.263);
  });

  test("that use a usual word for something else are not taken for it", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      {
        AS3935: { Event: 4, Distance: 12, Energy: 58_622, Stage: 1 },
        LD2410: { Distance: [100, 120, 30], Energy: [50, 60] },
      },
    ]);
    expect(values).toEqual({
      x_tasmota_as3935_event: 4,
      "lightning_distance/as3935": 12_000,
      x_tasmota_as3935_energy: 58_622,
      x_tasmota_as3935_stage: 1,
      "distance/1": 1,
      "distance/2": 1.2,
      "distance/3": 0.3,
      "x_tasmota_ld2410_energy/1": 50,
      "x_tasmota_ld2410_energy/2": 60,
    });
  });

  test("that measure and estimate the same have measured it", () => {
    const { events, values } = hear([
      "tele/x/SENSOR",
      { SCD30: { CarbonDioxide: 617, eCO2: 625 }, SGP30: { eCO2: 450 } },
    ]);
    expect(values).toEqual({ "co2/scd30": 617, x_tasmota_scd30_e_co2: 625, "co2/sgp30": 450 });
    expect(events.at(-1)).toMatchObject({
      values: [{ is: "co2" }, {}, { is: "co2", quality: "estimated" }],
    });
  });

  test("in the chip are in the unit of the rest", () => {
    const { values } = hear(["tele/x/SENSOR", { ESP32: { Temperature: 127.9 }, TempUnit: "F" }]);
    expect(values["device_temperature/esp32"]).toBeCloseTo(53.28);
  });

  test("with names in any script are told apart", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      { 温度: { Temperature: 21 }, SML: { 温度: 1, 湿度: 2 }, [`A${"b".repeat(80)}1`]: 3 },
    ]);
    expect(Object.values(values)).toEqual([21, 1, 2, 3]);
    for (const name of Object.keys(values))
      expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}(?:\/\w+)?$/);
  });

  test("nested as deep as a parser would fall are refused", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(hear(["tele/x/SENSOR", deep]).diagnostics).toEqual(["bad_payload"]);
  });

  test("with a string that never ends are refused at once", () => {
    const startedAt = performance.now();
    const { diagnostics } = hear(["tele/x/SENSOR", `{${'\\"'.repeat(250_000)}`]);
    expect(diagnostics).toEqual(["bad_payload"]);
    // The bound is loose: what it guards against took minutes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("with nan in one value keep the others, and the text around it", () => {
    const { values } = hear([
      "tele/x/SENSOR",
      '{"A":{"Temperature":nan,"Humidity":50,"Note":"nan: inf, -nan"},"B":{"Temperature":-inf}}',
    ]);
    expect(values).toMatchObject({
      "temperature/a": null,
      "humidity/a": 50,
      x_tasmota_a_note: "nan: inf, -nan",
      "temperature/b": null,
    });
  });

  test("behind a Tasmota are devices of their own", () => {
    const { events } = hear([
      "tele/bridge/SENSOR",
      { ZbReceived: { "0x5ADF": { Device: "0x5ADF", Power: 1, Humidity: 40, LinkQuality: 80 } } },
    ]);
    expect(events).toMatchObject([
      { type: "device", ref: [["tasmota", "bridge"]] },
      {
        type: "device",
        ref: [["tasmota-zigbee", "bridge/0x5ADF"]],
        facts: { via: [["tasmota", "bridge"]] },
      },
      {
        type: "readings",
        values: [
          { is: "onoff", value: true },
          { is: "humidity", value: 40 },
          { is: "link_quality", value: 80 },
        ],
      },
    ]);
  });
});

describe("a Zigbee device behind a Tasmota", () => {
  test("has values of the vocabulary, which can only be read", () => {
    const { values, properties } = hear([
      "tele/bridge/SENSOR",
      { ZbReceived: { Lamp: { Device: "0x5ADF", Dimmer: 60, CT: 370, Endpoint: 1 } } },
    ]);
    expect(values["brightness"]).toBeCloseTo(23.62);
    expect(values["color_temperature"]).toBeCloseTo(2702.7);
    expect(properties).toMatchObject({
      brightness: { access: "r" },
      color_temperature: { access: "r" },
    });
  });
});

describe("the announcement of a Tasmota", () => {
  test.each(["evil/#", "a+b/x", "evil\0x"])("with the topic %j is refused", (t) => {
    const topic = "tasmota/discovery/024B4F000001/config";
    const { diagnostics, events } = hear([topic, { ...config, t }]);
    expect(diagnostics).toEqual(["bad_payload"]);
    expect(events).toHaveLength(1);
  });
});

describe("the state of Tasmota", () => {
  test("never carries what may be a secret", () => {
    const { values } = hear([
      "tele/x/STATE",
      {
        POWER: "ON",
        MqttPassword: "hunter22",
        ApiKey: "k",
        Wifi: { SSId: "HOME", Signal: -60, AP: 1 },
      },
    ]);
    expect(values).toEqual({ "onoff/1": true, rssi: -60, x_tasmota_wifi_ap: 1 });
  });

  test("of a command answered to somebody else is no reading", () => {
    const { events } = hear(["stat/x/RESULT", { SSId1: "HOME", Password1: "hunter22" }]);
    expect(events).toEqual([]);
  });

  test("of several relays, dimmers and a fan has parts", () => {
    const { values } = hear([
      "tele/x/STATE",
      { POWER1: "ON", POWER2: "OFF", Dimmer1: 10, Dimmer2: 20, FanSpeed: 2, Scheme: 3 },
    ]);
    expect(values).toEqual({
      "onoff/1": true,
      "onoff/2": false,
      "brightness/1": 10,
      "brightness/2": 20,
      fan_mode: "medium",
      effect: "cycle_down",
    });
  });

  test("of a light has the colour from its channels when no hue is given", () => {
    expect(hear(["stat/x/RESULT", { Color: "0000FF00" }]).values["color"]).toEqual({
      h: 240,
      s: 100,
    });
    expect(hear(["stat/x/RESULT", { Color: "255,0,0" }]).values["color"]).toEqual({ h: 0, s: 100 });
    expect(hear(["stat/x/RESULT", { Color: "FF" }]).values).toEqual({});
  });
});

describe("a device that announces itself", () => {
  test("has a name, a model, its relays, and its shutters instead of their motors", () => {
    const { events, properties } = hear(announced);
    expect(events[0]).toMatchObject({
      type: "device",
      ref: [
        ["wifi", "024b4f000001"],
        ["tasmota", "blinds"],
      ],
      facts: { name: "Blinds", model: "Shelly 2.5", firmware: "15.0.1" },
    });
    expect(Object.keys(properties)).toEqual([
      "onoff/3",
      "position/1",
      "cover_state/1",
      "cover_action/1",
    ]);
  });

  test("is read in the words it announced", () => {
    const { values } = hear(
      announced,
      ["stat/blinds/POWER3", "AN"],
      ["tele/blinds/STATE", { POWER1: "AUS", POWER3: "AUS" }],
    );
    expect(values).toEqual({ "onoff/3": false });
  });

  test("has its tilt in percent of the limits it announced", () => {
    const { values } = hear(announced, [
      "stat/blinds/RESULT",
      { Shutter1: { Position: 40, Direction: -1, Target: 10, Tilt: 45 } },
    ]);
    expect(values).toEqual({ "position/1": 40, "cover_state/1": "closing", "tilt/1": 75 });
  });

  test("wrongly is counted, and does no harm", () => {
    for (const payload of ["{", '{"t":5}', "[]"]) {
      const { diagnostics, events } = hear(["tasmota/discovery/024B4F000001/config", payload]);
      expect(diagnostics).toEqual(["bad_payload"]);
      expect(events).toHaveLength(1);
    }
    expect(hear(["tasmota/discovery/024B4F000001/config", ""]).events).toEqual([]);
  });
});

describe("what is not Tasmota", () => {
  test.each([
    ["tele", "x"],
    ["tele//SENSOR", "{}"],
    ["tele/x/OTHER", "{}"],
    ["home/x/SENSOR", "{}"],
    ["koine/1/x/state", "{}"],
    ["", "{}"],
    ["/", ""],
  ])("%j is left alone", (topic, payload) => {
    expect(hear([topic, payload]).events).toEqual([]);
  });

  test.each([
    ["tele/x/LWT", "gone fishing"],
    ["tele/x/SENSOR", "[1,2"],
    ["tele/x/STATE", "42"],
    ["stat/x/POWER", "MAYBE"],
    ["stat/x/STATUS10", '{"StatusSNS":5}'],
  ])("%s %s is counted as malformed", (topic, payload) => {
    expect(hear([topic, payload]).diagnostics).toEqual(["bad_payload"]);
  });
});

test("switches that act as buttons are pressed, switches that are on or off are inputs", () => {
  const { events, values } = hear(
    ["stat/x/RESULT", { Switch1: { Action: "ON" }, Switch2: { Action: "TOGGLE" } }],
    ["stat/x/RESULT", { Button3: { Action: "PENTA" }, Button4: { Action: "WHATEVER" } }],
  );
  expect(values).toEqual({ "input/1": true });
  const actions = events.flatMap((event) => (event.type === "event" ? event.data : []));
  expect(actions).toEqual([
    { name: "action", action: "toggle", part: "2" },
    { name: "action", action: "many_press", part: "3" },
    { name: "action", action: "other", part: "4" },
  ]);
});

describe("what a value was made of", () => {
  const readings = (topic: string, message: object): readonly object[] =>
    hear([topic, message]).events.flatMap((event) =>
      event.type === "readings" ? event.values : [],
    );

  test.each([
    ["SENSOR", { DHT11: { Temperature: 70 }, TempUnit: "F" }, 70, "F → °C"],
    ["STATE", { POWER: "ON" }, "ON", "ON → true, OFF → false"],
    ["STATE", { CT: 200 }, 200, "1e6 / raw"],
    ["STATE", { HSBColor: "120,100,50" }, "120,100,50", "h,s,b → h, s"],
    ["STATE", { Uptime: "0T00:01:05" }, "0T00:01:05", "days, hours, minutes, seconds → s"],
  ])("is told of %s %j", (what, message, raw, conversion) => {
    expect(readings(`tele/plug/${what}`, message)).toContainEqual(
      expect.objectContaining({ raw, conversion }),
    );
  });

  test("is not told where it is the value itself", () => {
    const [reading] = readings("tele/plug/SENSOR", { DHT11: { Humidity: 50 } });
    expect(reading).not.toHaveProperty("raw");
  });
});

test.each([
  [{ Channel: [100, 0, 0, 0, 0], CT: 300 }, "hs"],
  [{ Channel: [0, 0, 0, 40, 60], CT: 300 }, "color_temperature"],
  [{ Channel: [0, 0, 0, 100] }, "white"],
  [{ Channel: [0, 0, 0, 0, 0], CT: 300 }, undefined],
  [{ Channel: [100, 0, 0] }, undefined],
  [{ Channel: [40, 60], CT: 300 }, undefined],
])("a light of %j is in mode %s", (state, mode) => {
  expect(hear(["tele/lamp/STATE", state]).values["color_mode"]).toBe(mode);
});

/** What a device of this announcement is sent. */
function sent(
  announcement: object,
  ...writes: Parameters<typeof encode>[0]["writes"]
): readonly (readonly [string, string])[] {
  const peer = peerOfConfig(JSON.stringify(announcement), "024b4f000001");
  if (!peer) throw new Error("no such announcement");
  const command = { type: "set", id: "1", ref: [], writes, timeoutMs: 1 } as const;
  return encode(command, peer).requests.map(({ topic, payload }) => [topic, payload]);
}

describe("a shutter that counts from open to closed", () => {
  const inverted = { ...config, sho: [1] };

  test("is where it is in percent of open", () => {
    const { values } = hear(
      ["tasmota/discovery/024B4F000001/config", inverted],
      ["stat/blinds/RESULT", { Shutter1: { Position: 54, Direction: 1, Target: 60 } }],
    );
    expect(values).toMatchObject({ "position/1": 46, "cover_state/1": "closing" });
  });

  test("is sent where to go as it counts, and opened as all others", () => {
    expect(sent(inverted, { is: "position", part: "1", value: 20 })).toEqual([
      ["cmnd/blinds/ShutterPosition1", "80"],
    ]);
    expect(sent(inverted, { is: "cover_action", part: "1", value: "open" })).toEqual([
      ["cmnd/blinds/ShutterOpen1", ""],
    ]);
  });
});

describe("a topic of the user's", () => {
  test("is filled with the host name and the end of the address", () => {
    const ft = "%hostname%/%id%/%prefix%/";
    const own = { ...config, hn: "blinds-1", ft };
    expect(sent(own, { is: "onoff", value: true })).toEqual([["blinds-1/000001/cmnd/POWER", "ON"]]);
    for (const id of ["000001", "024B4F000001"]) {
      const { values } = hear(
        ["tasmota/discovery/024B4F000001/config", own],
        [`blinds-1/${id}/stat/POWER3`, "AN"],
      );
      expect(values).toEqual({ "onoff/3": true });
    }
  });
});

test("a light that is to be off is told so after everything that switches it on", () => {
  const writes = [
    { is: "onoff", value: false },
    { is: "brightness", value: 0.1 },
  ];
  expect(sent(config, ...writes)).toEqual([
    ["cmnd/blinds/Dimmer", "1"],
    ["cmnd/blinds/POWER", "OFF"],
  ]);
});

describe("what Tasmota does when the mains come back", () => {
  test("is reported and set by number", () => {
    const { values } = hear(["tele/x/LWT", "Online"], ["stat/x/RESULT", { PowerOnState: 3 }]);
    expect(values).toEqual({ power_on_behavior: "previous" });
    const status = { Status: { Module: 1, FriendlyName: ["x"], PowerOnState: 0 } };
    expect(hear(["tele/x/LWT", "Online"], ["stat/x/STATUS", status]).values).toEqual({
      power_on_behavior: "off",
    });
    expect(sent(config, { is: "power_on_behavior", value: "toggle" })).toEqual([
      ["cmnd/blinds/PowerOnState", "2"],
    ]);
  });
});

test("inputs are read in the words that the device announced", () => {
  const { values, events } = hear(
    announced,
    ["stat/blinds/RESULT", { Switch1: { Action: "AN" } }],
    ["tele/blinds/SENSOR", { Switch2: "AUS" }],
  );
  expect(values).toEqual({ "input/1": true, "input/2": false });
  expect(events.filter(({ type }) => type === "event")).toEqual([]);
});

test("numbers that a driver writes as text are numbers, and a signal is no energy", () => {
  const { values } = hear([
    "tele/x/SENSOR",
    { ENERGY: { Total: "1.2", Voltage: "230.5" }, LD2410S: { Distance: 187, Energy: [0, 209] } },
  ]);
  expect(values).toEqual({
    energy: 1.2,
    voltage: 230.5,
    "distance/ld2410s": 1.87,
    "x_tasmota_ld2410_s_energy/1": 0,
    "x_tasmota_ld2410_s_energy/2": 209,
  });
});

test("a meter that reports its energy alone is read as in a SENSOR message", () => {
  const { values } = hear(["tele/x/LWT", "Online"], ["tele/x/ENERGY", { Power: 12, Total: 3 }]);
  expect(values).toEqual({ power: 12, energy: 3 });
});

test("a device in deep sleep says for how long", () => {
  const { events } = hear(["tele/x/STATE", { Wifi: { Signal: -60, DeepSleep: 300 } }]);
  expect(events[0]).toMatchObject({ facts: { sleepy: true, intervalS: 300 } });
});
