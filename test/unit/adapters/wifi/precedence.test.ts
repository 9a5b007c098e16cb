import { describe, expect, test } from "vitest";
import { hear } from "../../../support/hear.ts";

type Frame = readonly [topic: string, payload: unknown];

const announcement: Frame = [
  "tasmota/discovery/AABBCC112233/config",
  {
    ip: "192.0.2.1",
    dn: "Plug",
    fn: ["Plug", null],
    mac: "AABBCC112233",
    md: "Plug",
    ofln: "Offline",
    onln: "Online",
    state: ["OFF", "ON", "TOGGLE", "HOLD"],
    sw: "15.0.1",
    t: "plug",
    ft: "%prefix%/%topic%/",
    tp: ["cmnd", "stat", "tele"],
    rl: [1, 0, 0, 0, 0, 0, 0, 0],
    ver: 1,
  },
];
const described = (device: object): Frame => [
  "homeassistant/switch/112233_RL_1/config",
  {
    name: "Plug 1",
    stat_t: "tele/plug/STATE",
    cmd_t: "cmnd/plug/POWER",
    val_tpl: "{{value_json.POWER}}",
    pl_on: "ON",
    pl_off: "OFF",
    uniq_id: "112233_RL_1",
    dev: device,
  },
];
const state: Frame = ["tele/plug/STATE", { POWER: "ON" }];

const orders: readonly (readonly [order: string, frames: readonly Frame[]])[] = [
  ["its own words come first", [announcement, described({ ids: ["112233"] }), state]],
  ["the description comes first", [described({ ids: ["112233"] }), announcement, state]],
  [
    "the description names the hardware address",
    [described({ cns: [["mac", "AA:BB:CC:11:22:33"]] }), announcement, state],
  ],
];

describe.each(orders)(
  "a Tasmota that is described for Home Assistant too, when %s",
  (_, frames) => {
    test("is read in its own words only", () => {
      const { events } = hear(...frames);
      const said = events.filter(({ type }) => type === "readings").slice(-1);
      expect(said).toMatchObject([
        {
          ref: [["wifi", "aabbcc112233"], expect.anything()],
          values: [{ is: "onoff", part: "1" }],
        },
      ]);
      const after = events
        .slice(-2)
        .flatMap((event) => (event.type === "readings" ? event.values : []));
      expect(after.filter(({ is }) => is === "onoff")).toHaveLength(1);
    });
  },
);

describe("a description", () => {
  test("that Koine made itself is left alone", () => {
    const { events } = hear(
      [
        "homeassistant/device/wifi-1/config",
        {
          o: { name: "Koine" },
          dev: { ids: ["koine_wifi-1"], name: "Lamp" },
          cmps: { a: { p: "sensor", stat_t: "koine/1/wifi-1/state", uniq_id: "x" } },
        },
      ],
      ["koine/1/wifi-1/state", "1"],
    );
    expect(events).toEqual([]);
  });

  test("of what a gateway passes on in its own dialect is left alone", () => {
    const { events } = hear([
      "homeassistant/sensor/AABBCCDDEEFF-tempc/config",
      {
        stat_t: "+/+/BTtoMQTT/AABBCCDDEEFF",
        dev_cla: "temperature",
        unit_of_meas: "°C",
        val_tpl: "{{ value_json.tempc | is_defined }}",
        uniq_id: "AABBCCDDEEFF-tempc",
        dev: { ids: ["AABBCCDDEEFF"] },
      },
    ]);
    expect(events).toEqual([]);
  });

  test("with a template that cannot be read gives a remark on the device, and no value", () => {
    const { events, values } = hear(
      [
        "homeassistant/sensor/x/config",
        {
          stat_t: "x/state",
          val_tpl: "{{ states('sensor.y') }}",
          uniq_id: "x",
          dev: { ids: ["x1"] },
        },
      ],
      ["x/state", "21"],
    );
    expect(values).toEqual({});
    expect(events).toContainEqual(
      expect.objectContaining({ type: "diagnostic", code: "unreadable_description", isNote: true }),
    );
  });

  test("of a node's components makes one device of them, by its hardware address", () => {
    const sensor = (object: string, unit: string): Frame => [
      `homeassistant/sensor/node/${object}/config`,
      {
        dev_cla: object,
        unit_of_meas: unit,
        stat_t: `node/sensor/${object}/state`,
        uniq_id: `ESP${object}`,
        dev: { ids: "024b4f000006", name: "Node" },
      },
    ];
    const { events } = hear(
      sensor("temperature", "°C"),
      sensor("humidity", "%"),
      ["node/sensor/humidity/state", "40"],
      ["node/sensor/temperature/state", "20"],
    );
    const refs = new Set(
      events.flatMap((event) => ("ref" in event ? JSON.stringify(event.ref) : [])),
    );
    expect([...refs]).toEqual([
      JSON.stringify([
        ["wifi", "024b4f000006"],
        ["ha", "024b4f000006"],
      ]),
    ]);
  });
});

test("a zigbee2mqtt device is read from its bridge, though it is described too", () => {
  const { values, events } = hear(
    [
      "homeassistant/sensor/0x0017880104e45522/temperature/config",
      {
        stat_t: "zigbee2mqtt/t",
        val_tpl: "{{ value_json.temperature }}",
        dev_cla: "temperature",
        unit_of_meas: "°C",
        uniq_id: "0x0017880104e45522_temperature_zigbee2mqtt",
        dev: { ids: ["zigbee2mqtt_0x0017880104e45522"] },
      },
    ],
    [
      "zigbee2mqtt/bridge/devices",
      [
        {
          ieee_address: "0x0017880104e45522",
          friendly_name: "t",
          type: "EndDevice",
          definition: {
            exposes: [
              {
                type: "numeric",
                name: "temperature",
                property: "temperature",
                access: 1,
                unit: "°C",
              },
            ],
          },
        },
      ],
    ],
    ["zigbee2mqtt/t", { temperature: 21 }],
  );
  expect(values).toEqual({ temperature: 21 });
  expect(events.filter(({ type }) => type === "readings")).toHaveLength(1);
});
