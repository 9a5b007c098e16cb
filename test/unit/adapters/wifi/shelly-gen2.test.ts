import { describe, expect, test } from "vitest";
import { encode } from "../../../../adapters/wifi/dialects/shelly-gen2/commands.ts";
import { shellyPeer } from "../../../../adapters/wifi/dialects/shelly-gen2/peer.ts";
import { hear } from "../../../support/hear.ts";

const id = "shellyplus1pm-024b4f000004";

function status(component: string, fields: object, prefix = id): readonly [string, object] {
  return [`${prefix}/status/${component}`, fields];
}

describe("a Shelly", () => {
  test("under a prefix of the user's is known by the id it signs with", () => {
    const { events } = hear(
      ["barn/pump/events/rpc", { src: id, method: "NotifyStatus", params: { ts: 1 } }],
      ["barn/pump/online", "false"],
    );
    expect(events).toMatchObject([
      {
        type: "device",
        ref: [
          ["wifi", "024b4f000004"],
          ["shelly", "barn/pump"],
        ],
      },
      { type: "availability", value: "offline" },
    ]);
  });

  test("is not every topic that ends alike", () => {
    expect(hear(["garage/online", "true"]).events).toEqual([]);
    expect(hear(["garage/status/switch:0", { id: 1, output: true }]).events).toEqual([]);
    expect(hear(["garage/status/wifi", { rssi: -60 }]).events).toEqual([]);
    expect(hear(["garage/events/rpc", { src: "x" }]).events).toEqual([]);
  });

  test("may be recognised by a component that names itself", () => {
    const { events } = hear(status("switch:0", { id: 0, output: true }, "garage"));
    expect(events[0]).toMatchObject({ ref: [["shelly", "garage"]] });
  });

  test("reports what it drives, with one part for each component", () => {
    const { values } = hear(
      status("switch:0", { id: 0, output: true, apower: 5.5, aenergy: { total: 7258.589 } }),
      status("switch:1", { id: 1, output: false }),
    );
    expect(values).toMatchObject({ "onoff/1": true, "power/1": 5.5, "onoff/2": false });
    expect(values["energy/1"]).toBeCloseTo(7.258589);
  });

  test("measures the air with a sensor and an add-on, its own case in a meter", () => {
    const air = (prefix: string, n: number): unknown =>
      hear(status(`temperature:${n}`, { id: n, tC: 21, tF: 69.8 }, prefix)).values;
    expect(air("shellyplusht-024b4f000004", 0)).toEqual({ "temperature/1": 21 });
    expect(air("shellypro3em-024b4f000004", 0)).toEqual({ "device_temperature/1": 21 });
    expect(air("shellypro3em-024b4f000004", 100)).toEqual({ "temperature/1": 21 });
    expect(air("shellyplus1-024b4f000004", 101)).toEqual({ "temperature/2": 21 });
  });

  test("keeps the voltage of an add-on apart from that of its switch", () => {
    const { values, properties } = hear(
      status("switch:0", { id: 0, voltage: 230.1 }),
      status("voltmeter:100", { id: 100, voltage: 4.21 }),
    );
    expect(values).toEqual({ "voltage/1": 230.1, "voltage/100": 4.21 });
    expect(properties["voltage/100"]).toMatchObject({ optionalPart: true });
  });

  test("that heats or rests says so, and how far its valve is open", () => {
    const { values } = hear(
      status("thermostat:0", { id: 0, output: true }),
      status("blutrv:200", { id: 200, pos: 40 }),
    );
    expect(values["hvac_action/1"]).toBe("heating");
    expect(values["valve_position/200"]).toBe(40);
    expect(values).not.toHaveProperty("position/200");
  });

  test("with a battery tells how long it sleeps", () => {
    const params = { ts: 1, sys: { mac: "024B4F000004", wakeup_period: 7_200 } };
    const { events } = hear([`${id}/events/rpc`, { src: id, method: "NotifyFullStatus", params }]);
    expect(events[0]).toMatchObject({ facts: { sleepy: true, intervalS: 7_200 } });
  });

  test.each([
    ["sys", { mac: "024B4F000004", unixtime: 17_641_000_000_000 }],
    ["__proto__", { id: 0 }],
    ["rgb:0", { id: 0, rgb: [[[[1]]], 1, 2] }],
    ["switch:abc", { id: 0, output: true }],
  ])("that reports an impossible %s is not the end of anything", (component, fields) => {
    const params = { [component]: fields, "constructor:0": { a: 1 }, "toString:0": { b: 2 } };
    const { values, diagnostics } = hear(
      status(component, fields),
      [`${id}/events/rpc`, { src: id, method: "NotifyStatus", params }],
      status("input:0", { id: 0, state: true }),
    );
    expect(values["input/1"]).toBe(true);
    expect(diagnostics).toEqual([]);
  });

  test("with more fields than a call takes arguments is read all the same", () => {
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`f${n}`, n]));
    const { values } = hear(status("switch:0", { id: 0, output: true, ...many }));
    expect(values["onoff/1"]).toBe(true);
  });

  test("that answers somebody else is not listened to", () => {
    const answer = {
      id: 1,
      src: id,
      dst: "nodered",
      result: { items: { pin: { value: "4711" } } },
    };
    const { events } = hear(status("switch:0", { id: 0, output: true }), ["nodered/rpc", answer]);
    expect(JSON.stringify(events)).not.toContain("4711");
  });

  test("has a colour, a white and a brightness", () => {
    const { values } = hear(
      status("rgb:0", { id: 0, output: true, brightness: 40, rgb: [0, 0, 255] }),
      status("cct:0", { id: 0, ct: 4000 }),
    );
    expect(values).toMatchObject({
      "color/1": { h: 240, s: 100 },
      "brightness/1": 40,
      "color_temperature/1": 4000,
    });
  });

  test("has a fault while it reports errors, and none when a whole status has none", () => {
    const faulty = status("switch:0", { id: 0, output: false, errors: ["overtemp"] });
    expect(hear(faulty).values["problem/switch_0"]).toBe(true);
    const changed = [
      `${id}/events/rpc`,
      { src: id, method: "NotifyStatus", params: { "switch:0": { id: 0 } } },
    ] as const;
    expect(hear(faulty, changed).values["problem/switch_0"]).toBe(true);
    expect(
      hear(faulty, status("switch:0", { id: 0, output: true })).values["problem/switch_0"],
    ).toBe(false);
    expect(hear(status("switch:0", { id: 0, output: true })).values).not.toHaveProperty(
      "problem/switch_0",
    );
  });

  test("tells that its buttons are pushed", () => {
    const events = [
      { component: "input:0", id: 0, event: "double_push", ts: 1 },
      { component: "input:1", id: 1, event: "btn_up", ts: 1 },
      { component: "bthomedevice:200", id: 200, event: "single_push", idx: 3, ts: 1 },
      { component: "input:0", id: 0, event: "long_double_push", ts: 1 },
      { component: "input:0", id: 0, event: "constructor", ts: 1 },
      { component: "sys", event: "ota_begin" },
      null,
    ];
    const heard = hear([
      `${id}/events/rpc`,
      { src: id, method: "NotifyEvent", params: { events } },
    ]);
    const pushed = heard.events.flatMap((event) => (event.type === "event" ? event.data : []));
    expect(pushed).toEqual([
      { name: "action", action: "double_press", part: "1" },
      { name: "action", action: "release", part: "2" },
      { name: "action", action: "press", part: "200_4" },
      { name: "action", action: "long_double_press", part: "1" },
    ]);
  });

  test("never carries the name of the network, and keeps what it does not understand", () => {
    const { values } = hear(
      status("wifi", { sta_ip: "192.0.2.1", ssid: "HOME", rssi: -53 }),
      status("boolean:200", { value: true }),
    );
    expect(values).toEqual({
      x_shelly_wifi_sta_ip: "192.0.2.1",
      rssi: -53,
      "x_shelly_boolean_value/200": true,
    });
  });

  test("says when by its own clock, once that is set", () => {
    const at = (ts: number): unknown =>
      hear([
        `${id}/events/rpc`,
        { src: id, method: "NotifyStatus", params: { ts, sys: { uptime: 5 } } },
      ]).events.at(-1);
    expect(at(1_661_517_410.45)).toMatchObject({ values: [{ measuredAtMs: 1_661_517_410_450 }] });
    expect(at(1.61)).not.toMatchObject({ values: [{ measuredAtMs: expect.anything() as number }] });
  });

  test.each([
    [`${id}/status/switch:0`, "{"],
    [`${id}/events/rpc`, "nan"],
    [`${id}/online`, "maybe"],
    [`${id}/events/rpc`, '{"src":"x","method":"NotifyStatus","params":5}'],
  ])("that says %s %s is counted as malformed", (topic, payload) => {
    const { diagnostics } = hear([`${id}/online`, "true"], [topic, payload]);
    expect(diagnostics).toEqual(["bad_payload"]);
  });
});

describe("a Shelly that announces itself", () => {
  const info = {
    id: "shellyplus1-aabbccddeeff",
    mac: "AABBCCDDEEFF",
    gen: 2,
    model: "SNSW-001X16EU",
    ver: "1.4.4",
    app: "Plus1",
  };

  test.each(["shellies/announce", "shellyplus1-aabbccddeeff/announce"])(
    "on %s is known with its model and firmware",
    (topic) => {
      const { events } = hear([topic, info]);
      expect(events).toMatchObject([
        {
          type: "device",
          ref: [
            ["wifi", "aabbccddeeff"],
            ["shelly", "shellyplus1-aabbccddeeff"],
          ],
          facts: { model: "SNSW-001X16EU", firmware: "1.4.4" },
        },
      ]);
    },
  );

  test("is the one that is known under another prefix", () => {
    const own = { src: info.id, method: "NotifyStatus", params: { ts: 1 } };
    const { events } = hear(["barn/events/rpc", own], ["shellies/announce", info]);
    expect(events.at(-1)).toMatchObject({
      ref: [
        ["wifi", "aabbccddeeff"],
        ["shelly", "barn"],
      ],
    });
  });
});

describe("what a Shelly passes on", () => {
  test("has parts that are left out where there is one of a kind", () => {
    const { values, properties } = hear(
      status("wifi", { status: "disconnected", rssi: 0 }),
      status("bthomedevice:200", { id: 200, rssi: -66, battery: 100 }),
    );
    expect(values).toEqual({
      x_shelly_wifi_status: "disconnected",
      rssi: null,
      "rssi/200": -66,
      "battery/200": 100,
    });
    expect(properties["battery/200"]).toMatchObject({ optionalPart: true });
  });

  test.each([
    [
      { is: "target_temperature", part: "200", source: "blutrv:200.target_C", value: 22.5 },
      "BluTRV.Call",
      { id: 200, method: "Trv.SetTarget", params: { id: 0, target_C: 22.5 } },
    ],
    [
      { is: "color_temperature", part: "1", source: "rgbcct:0.ct", value: 3000 },
      "RGBCCT.Set",
      { id: 0, ct: 3000 },
    ],
  ])("is set by its own call: %j", (write, method, params) => {
    const peer = shellyPeer({ prefix: "gw", faulty: [] });
    const command = { type: "set", id: "1", ref: [], writes: [write], timeoutMs: 1 } as const;
    const caller = { name: "koine", number: () => 1, asked: () => undefined };
    const [request] = encode(command, peer, caller).requests;
    expect(JSON.parse(request?.payload ?? "")).toEqual({ id: 1, src: "koine", method, params });
  });
});

test("a light with colours and whites has both", () => {
  const { values } = hear(
    status("rgbcct:0", { id: 0, output: true, brightness: 40, ct: 3000, rgb: [255, 0, 0] }),
  );
  expect(values).toEqual({
    "onoff/1": true,
    "brightness/1": 40,
    "color_temperature/1": 3000,
    "color/1": { h: 0, s: 100 },
  });
});

test.each([
  ["rgb", "hs"],
  ["cct", "color_temperature"],
])("a light whose mode is %s is in %s", (mode, expected) => {
  const { values } = hear(status("rgbcct:0", { id: 0, output: true, mode }));
  expect(values).toEqual({ "onoff/1": true, "color_mode/1": expected });
});

test("a meter under a prefix of the user's is known by its components", () => {
  const { values } = hear(
    status("em:0", { id: 0, a_act_power: 5 }, "cellar"),
    status("temperature:0", { id: 0, tC: 41 }, "cellar"),
  );
  expect(values["device_temperature/1"]).toBe(41);
});
