import { describe, expect, test } from "vitest";
import { createCaller } from "../../../../adapters/wifi/caller.ts";
import { configSchema } from "../../../../adapters/wifi/config.ts";
import { dialects } from "../../../../adapters/wifi/dialects/index.ts";
import { Normaliser } from "../../../../adapters/wifi/normalise.ts";
import { Peers } from "../../../../adapters/wifi/peers.ts";
import type { AdapterEvent, PropertyFacts } from "../../../../src/model/adapter-event.ts";
import { propertyText, type PropertyRef, type Ref } from "../../../../src/model/identity.ts";
import { roundTo } from "../../../../src/model/scalar.ts";
import { specOf } from "../../../../src/model/vocabulary.ts";

type Frame = readonly [topic: string, payload: unknown];

interface Trip {
  readonly name: string;
  readonly is: string;
  /** What makes the device known. */
  readonly before?: readonly Frame[];
  /** What the device reports at a level of its own. */
  readonly report: (native: number) => Frame;
  /** The level that a request tells it. */
  readonly native: (payload: string) => number;
  readonly from: number;
  readonly to: number;
}

const discovery = (platform: string, config: object): Frame => [
  `homeassistant/${platform}/a/b/config`,
  { state_topic: "a/state", command_topic: "a/set", device: { identifiers: ["a"] }, ...config },
];
const lamp = (name: string): Frame => [
  "zigbee2mqtt/bridge/devices",
  [
    {
      ieee_address: "0x0017880104e45522",
      type: "Router",
      friendly_name: name,
      definition: {
        model: "m",
        vendor: "v",
        exposes: [
          {
            type: "light",
            features: [
              {
                type: "binary",
                name: "state",
                property: "state",
                access: 7,
                value_on: "ON",
                value_off: "OFF",
              },
              {
                type: "numeric",
                name: "brightness",
                property: "brightness",
                access: 7,
                value_min: 0,
                value_max: 254,
              },
              {
                type: "numeric",
                name: "color_temp",
                property: "color_temp",
                access: 7,
                unit: "mired",
                value_min: 150,
                value_max: 500,
              },
            ],
          },
          {
            type: "cover",
            features: [
              { type: "numeric", name: "position", property: "position", access: 7, unit: "%" },
            ],
          },
        ],
      },
    },
  ],
];
const field =
  (key: string) =>
  (payload: string): number =>
    Number((JSON.parse(payload) as Record<string, unknown>)[key]);

const trips: readonly Trip[] = [
  {
    name: "Tasmota",
    is: "brightness",
    report: (n) => ["stat/t/RESULT", { Dimmer: n }],
    native: Number,
    from: 0,
    to: 100,
  },
  {
    name: "Tasmota",
    is: "color_temperature",
    report: (n) => ["stat/t/RESULT", { CT: n }],
    native: Number,
    from: 153,
    to: 500,
  },
  {
    name: "Tasmota",
    is: "position",
    report: (n) => ["stat/t/RESULT", { Shutter1: { Position: n } }],
    native: Number,
    from: 0,
    to: 100,
  },
  {
    name: "Shelly Gen1",
    is: "brightness",
    report: (n) => ["shellies/b/light/0/status", { ison: true, brightness: n }],
    native: field("brightness"),
    from: 0,
    to: 100,
  },
  {
    name: "Shelly Gen1",
    is: "color_temperature",
    report: (n) => ["shellies/b/light/0/status", { ison: true, temp: n }],
    native: field("temp"),
    from: 2_700,
    to: 6_500,
  },
  {
    name: "Shelly Gen1",
    is: "position",
    report: (n) => ["shellies/r/roller/0/pos", String(n)],
    native: Number,
    from: 0,
    to: 100,
  },
  {
    name: "Shelly Gen2",
    is: "brightness",
    report: (n) => [
      "shellydimmerg3-aabbccddeeff/status/light:0",
      { id: 0, output: true, brightness: n },
    ],
    native: (p) =>
      field("brightness")(JSON.stringify((JSON.parse(p) as { params: object }).params)),
    from: 0,
    to: 100,
  },
  {
    name: "zigbee2mqtt",
    is: "brightness",
    before: [lamp("l")],
    report: (n) => ["zigbee2mqtt/l", { brightness: n }],
    native: field("brightness"),
    from: 0,
    to: 254,
  },
  {
    name: "zigbee2mqtt",
    is: "color_temperature",
    before: [lamp("l")],
    report: (n) => ["zigbee2mqtt/l", { color_temp: n }],
    native: field("color_temp"),
    from: 150,
    to: 500,
  },
  {
    name: "zigbee2mqtt",
    is: "position",
    before: [lamp("l")],
    report: (n) => ["zigbee2mqtt/l", { position: n }],
    native: field("position"),
    from: 0,
    to: 100,
  },
  {
    name: "a light described with JSON",
    is: "brightness",
    before: [discovery("light", { schema: "json", brightness: true })],
    report: (n) => ["a/state", { state: "ON", brightness: n }],
    native: field("brightness"),
    from: 0,
    to: 255,
  },
  {
    name: "a light described with JSON",
    is: "color_temperature",
    before: [discovery("light", { schema: "json", supported_color_modes: ["color_temp"] })],
    report: (n) => ["a/state", { state: "ON", color_mode: "color_temp", color_temp: n }],
    native: field("color_temp"),
    from: 153,
    to: 500,
  },
  {
    name: "a light described by topics",
    is: "brightness",
    before: [
      discovery("light", { brightness_state_topic: "a/b", brightness_command_topic: "a/b/set" }),
    ],
    report: (n) => ["a/b", String(n)],
    native: Number,
    from: 0,
    to: 255,
  },
  {
    name: "a light described by topics",
    is: "color_temperature",
    before: [
      discovery("light", { color_temp_state_topic: "a/c", color_temp_command_topic: "a/c/set" }),
    ],
    report: (n) => ["a/c", String(n)],
    native: Number,
    from: 153,
    to: 500,
  },
  {
    name: "a cover that counts backwards",
    is: "position",
    before: [
      discovery("cover", {
        position_topic: "a/p",
        set_position_topic: "a/p/set",
        position_open: 0,
        position_closed: 255,
      }),
    ],
    report: (n) => ["a/p", String(n)],
    native: Number,
    from: 0,
    to: 255,
  },
  {
    name: "a fan described with ten speeds",
    is: "fan_speed",
    before: [
      discovery("fan", {
        percentage_state_topic: "a/f",
        percentage_command_topic: "a/f/set",
        speed_range_max: 10,
      }),
    ],
    report: (n) => ["a/f", String(n)],
    native: Number,
    from: 0,
    to: 10,
  },
  {
    name: "ESPHome",
    is: "brightness",
    report: (n) => ["node/light/lamp/state", { state: "ON", brightness: n }],
    native: field("brightness"),
    from: 0,
    to: 255,
  },
  {
    name: "WLED",
    is: "brightness",
    report: (n) => ["wled/a1b2c3/g", String(n)],
    native: Number,
    from: 1,
    to: 255,
  },
  {
    name: "OpenBeken",
    is: "brightness",
    report: (n) => ["obk1/led_dimmer/get", String(n)],
    native: Number,
    from: 0,
    to: 100,
  },
  {
    name: "OpenBeken",
    is: "color_temperature",
    report: (n) => ["obk1/led_temperature/get", String(n)],
    native: Number,
    from: 154,
    to: 500,
  },
  {
    name: "ESPurna",
    is: "brightness",
    report: (n) => ["ESPURNA-A1/brightness", String(n)],
    native: Number,
    from: 0,
    to: 255,
  },
  {
    name: "ESPurna",
    is: "color_temperature",
    report: (n) => ["ESPURNA-A1/mired", String(n)],
    native: Number,
    from: 153,
    to: 500,
  },
  {
    name: "Z-Wave JS UI",
    is: "brightness",
    report: (n) => ["zwave/node/38/0/currentValue", { time: 1, value: n }],
    native: field("value"),
    from: 0,
    to: 99,
  },
  {
    name: "Homie",
    is: "brightness",
    before: [
      [
        "homie/5/l/$description",
        {
          homie: "5.0",
          version: 1,
          nodes: {
            light: {
              properties: {
                brightness: { datatype: "integer", format: "0:100", unit: "%", settable: true },
              },
            },
          },
        },
      ],
    ],
    report: (n) => ["homie/5/l/light/brightness", String(n)],
    native: Number,
    from: 0,
    to: 100,
  },
];

describe.each(trips)("$name: $is", ({ is, before = [], report, native, from, to }) => {
  test(`every level from ${from} to ${to} is read, set and sent back the same`, () => {
    const device = new Device(before);
    for (let level = from; level <= to; level++) {
      const value = device.hear(report(level), is);
      const sent = device.set(is, value);
      expect([level, sent.map(({ payload }) => native(payload))]).toEqual([
        level,
        expect.arrayContaining([level]),
      ]);
      expect(device.isConfirmed(report(level))).toBe(true);
    }
  });

  test("whatever lies between two levels is confirmed by the nearest", () => {
    const device = new Device(before);
    const [low, high] = [from, to].map((level) => device.hear(report(level), is));
    const ends = [low ?? 0, high ?? 0];
    for (const value of between(Math.min(...ends), Math.max(...ends))) {
      const [level = 0] = device.set(is, value).map(({ payload }) => native(payload));
      expect([value, level, device.isConfirmed(report(level))]).toEqual([value, level, true]);
    }
  });
});

/** Two hundred values, as people wish them. */
function between(from: number, to: number): readonly number[] {
  return Array.from({ length: 201 }, (_, n) => roundTo(from + ((to - from) * n) / 200, 0)).filter(
    (value) => value >= from && value <= to,
  );
}

/** One device, as the reader and the writer of its dialect see it. */
class Device {
  readonly #peers = new Peers(dialects);
  readonly #caller = createCaller(Math.random);
  readonly #reader = new Normaliser({
    dialects,
    peers: this.#peers,
    config: configSchema.parse({}),
    caller: this.#caller,
    count: () => {},
  });
  readonly #facts: PropertyFacts[] = [];
  #ref: Ref = [];
  #property: PropertyRef & { readonly source?: string | undefined } = { is: "" };
  #accepts: readonly (PropertyRef & { accepts: (value: number) => boolean })[] = [];

  constructor(before: readonly Frame[]) {
    for (const frame of before) this.#read(frame);
  }

  /** The value as it is published. */
  hear(frame: Frame, is: string): number {
    const events = this.#read(frame);
    const found = this.#facts.findLast((one) => one.is === is);
    if (found) this.#property = found;
    for (const event of events) if (event.type === "readings") this.#ref = event.ref;
    return roundTo(valueOf(events, this.#property), specOf(is)?.decimals ?? 0);
  }

  set(is: string, value: number): readonly { readonly topic: string; readonly payload: string }[] {
    const known = this.#peers.findByRef(this.#ref);
    if (!known) throw new Error("The device is not known");
    const { part, source } = this.#property;
    const write = { is, part, source, value };
    const command = {
      type: "set",
      id: "1",
      ref: this.#ref,
      writes: [write],
      timeoutMs: 1,
    } as const;
    const { requests, expectations } = known.dialect.encode(command, known.peer, this.#caller);
    this.#accepts = expectations.flatMap(({ anyOf }) => [...anyOf]);
    return requests.filter(({ topic }) => topic !== "");
  }

  isConfirmed(frame: Frame): boolean {
    const value = valueOf(this.#read(frame), this.#property);
    return this.#accepts.some((one) => one.accepts(value));
  }

  #read([topic, body]: Frame): readonly AdapterEvent[] {
    const payload = typeof body === "string" ? body : JSON.stringify(body);
    const receptions = this.#reader.read({ topic, payload, retained: false });
    const events = receptions.flatMap((reception) => reception.events);
    for (const event of events) {
      if (event.type === "device") this.#facts.push(...(event.facts.properties ?? []));
    }
    return events;
  }
}

function valueOf(events: readonly AdapterEvent[], property: PropertyRef): number {
  const readings = events.flatMap((event) => (event.type === "readings" ? event.values : []));
  const found = readings.find((one) => propertyText(one) === propertyText(property))?.value;
  if (typeof found !== "number")
    throw new Error(`No ${property.is} in ${JSON.stringify(readings)}`);
  return found;
}
