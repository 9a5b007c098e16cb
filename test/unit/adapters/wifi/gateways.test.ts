import { describe, expect, test } from "vitest";
import { createCaller } from "../../../../adapters/wifi/caller.ts";
import { configSchema } from "../../../../adapters/wifi/config.ts";
import { openMqttGateway } from "../../../../adapters/wifi/dialects/openmqttgateway/index.ts";
import { hear } from "../../../support/hear.ts";

const gateway = "home/OpenMQTTGateway";
const address = "AABBCCDDEEFF";

const relayFrame = {
  topic: `${gateway}/ONOFFtoMQTT`,
  payload: '{"gpio":13,"cmd":1}',
  retained: false,
};
const nobody = {
  peers: new Map(),
  config: configSchema.parse({}),
  caller: createCaller(Math.random),
};

/** What is read from a message about a Bluetooth device. */
function read(message: object): Readonly<Record<string, unknown>> {
  const { values } = hear([`${gateway}/BTtoMQTT/${address}`, message]);
  return values;
}

function actions(...frames: readonly (readonly [string, unknown])[]): unknown[] {
  return hear(...frames).events.flatMap((one) => (one.type === "event" ? [one.data] : []));
}

function availabilities(...frames: readonly (readonly [string, unknown])[]): unknown[] {
  return hear(...frames).events.flatMap((one) =>
    one.type === "availability" ? [[one.ref[0]?.join("-"), one.value]] : [],
  );
}

test.each(["home/OpenMQTTGateway", "home/OMG_ESP32_BLE", "home/TheengsGateway"])(
  "%s is known by its will alone",
  (root) => {
    expect(availabilities([`${root}/LWT`, "online"])).toHaveLength(1);
    expect(hear([`${root}/version`, "1.8.1"]).events[0]).toMatchObject({
      facts: { firmware: "1.8.1" },
    });
  },
);

test("the will of something else is not its", () => {
  expect(hear(["home/plug/LWT", "online"]).events).toEqual([]);
});

describe("keys of Theengs", () => {
  test.each([
    [{ type: "TIRE", pres: 2.41 }, { x_theengs_pres: 2.41 }],
    [{ model_id: "SKALE", weight: 250 }, { weight: 0.25 }],
    [{ weight: 120, unit: "jin" }, { weight: 60 }],
    [{ contact: "open" }, { open: true }],
    [{ contact: "closed" }, { open: false }],
    [{ contact: "timeout not closed" }, { open: true }],
    [{ moving: true }, { moving: true }],
    [{ mov: 66, seq: 205, tx: 4 }, { count: 66 }],
    [{ tempc_max: 30, tempf_max: 86 }, { x_theengs_tempc_max: 30 }],
  ])("%j is %j", (message, values) => {
    expect(read(message)).toEqual(values);
  });

  test("the pressure of a tyre is in bar", () => {
    const { properties } = hear([`${gateway}/BTtoMQTT/${address}`, { type: "TIRE", pres: 2.4 }]);
    expect(properties["x_theengs_pres"]).toMatchObject({ unit: "bar" });
  });

  test("a button is an event, once for a packet", () => {
    const press = { model_id: "SBBT-002C", type: "BTN", packet: 82, batt: 99, button: 1 };
    const topic = `${gateway}/BTtoMQTT/${address}`;
    expect(actions([topic, press], [topic, { ...press, rssi: -60 }])).toEqual([
      { name: "action", action: "press" },
    ]);
    expect(read(press)).toEqual({ battery: 99 });
  });

  test("each of several buttons is a part", () => {
    const message = { packet: 3, button1: 0, button2: 2, button3: 254, button4: 9 };
    expect(actions([`${gateway}/BTtoMQTT/${address}`, message])).toEqual([
      { name: "action", action: "double_press", part: "2" },
      { name: "action", action: "hold", part: "3" },
      { name: "action", action: "long_press", part: "4" },
    ]);
  });

  test("one key on a topic of its own is read as in a message", () => {
    const topic = `${gateway}/BTtoMQTT/${address}`;
    expect(hear([`${topic}/tempc`, "21.3"]).values).toEqual({ temperature: 21.3 });
    expect(hear([`${topic}/rssi`, "-60"]).values).toEqual({});
  });
});

test("a tracker that is away is offline", () => {
  const [topic, id] = [`${gateway}/BTtoMQTT/${address}`, "C4:7C:8D:6D:0C:D2"];
  expect(availabilities([topic, { id, state: "offline" }])).toEqual([
    ["ble-c47c8d6d0cd2", "offline"],
  ]);
  expect(availabilities([topic, { id, state: "offline", rssi: -50 }])).toEqual([]);
});

test("a private address that changes is no device", () => {
  const message = { id: "5A:11:22:33:44:55", mac_type: 1, model_id: "APPLE", prmac: true, batt: 4 };
  expect(hear([`${gateway}/BTtoMQTT/5A1122334455`, message]).values).toEqual({});
});

describe("sensors on wires", () => {
  test.each([
    ["HCSR04toMQTT", { distance: 120 }, { "distance/hcsr04": 1.2 }],
    ["INA226toMQTT", { volt: 12, current: 0.5 }, { "voltage/ina226": 12, "current/ina226": 0.5 }],
    ["433toMQTT", { value: 1_315_156, protocol: 1 }, { "raw/rf": "1315156" }],
    ["IRtoMQTT", { value: 551_489_775, protocol: 3 }, { "raw/ir": "551489775" }],
    ["2GtoMQTT", { message: "see you at six", phone: "+4912345" }, {}],
  ])("%s %j is %j", (kind, message, values) => {
    expect(hear([`${gateway}/${kind}`, message]).values).toEqual(values);
  });

  test("a measured distance is no estimate", () => {
    const { events } = hear([`${gateway}/HCSR04toMQTT`, { distance: 120 }]);
    expect(events.at(-1)).not.toHaveProperty("values.0.quality");
  });

  test("a code is an event", () => {
    expect(actions([`${gateway}/433toMQTT`, { value: 5_592_332 }])).toEqual([
      { name: "action", action: "other", part: "rf" },
    ]);
  });

  test("what was said to a gateway is not carried", () => {
    const heard = hear([`${gateway}/SYStoMQTT`, { uptime: 5, message: "dear diary" }]);
    expect(heard.values).toEqual({ uptime: 5 });
  });

  test("a relay is read and set by its pin", () => {
    const { values, properties } = hear([`${gateway}/ONOFFtoMQTT`, { gpio: 13, cmd: 1 }]);
    expect(values).toEqual({ "onoff/13": true });
    const { source } = properties["onoff/13"] ?? {};
    const [peer] = [openMqttGateway.recognise(relayFrame, nobody)];
    if (!peer || !("key" in peer)) throw new Error("Not recognised");
    const writes = [{ is: "onoff", part: "13", source, value: false }];
    const set = { type: "set", id: "1", ref: peer.ref, writes, timeoutMs: 1_000 } as const;
    expect(openMqttGateway.encode(set, peer, nobody.caller).requests).toEqual([
      { topic: `${gateway}/commands/MQTTtoONOFF`, payload: '{"gpio":13,"cmd":0}' },
    ]);
  });
});

test.each(["status", "undecoded signal"])("model %s is no device", (model) => {
  const { events } = hear([`${gateway}/RTL_433toMQTT`, { model, protocol: "x", id: 1 }]);
  expect(events.filter(({ type }) => type === "device")).toHaveLength(1);
});

test("what a gateway hears is unknown when it is gone", () => {
  const message = { id: "AA:BB:CC:DD:EE:FF", tempc: 20 };
  const frames = [
    [`${gateway}/BTtoMQTT/${address}`, message],
    [`${gateway}/SYStoMQTT`, { mac: "24:6F:28:00:00:01" }],
    [`${gateway}/LWT`, "offline"],
  ] as const;
  expect(availabilities(...frames)).toEqual([
    ["wifi-246f28000001", "offline"],
    ["ble-aabbccddeeff", "unknown"],
  ]);
});

describe("a Ruuvi gateway", () => {
  const message = { gw_mac: "C8:25:2D:8E:9C:2C", ts: 1_653_668_027, temperature: null, NOx: 4 };

  test("tells what a sensor has and does not know", () => {
    const { values } = hear(["ruuvi/C8:25:2D:8E:9C:2C/F4:1F:0C:28:CB:D6", message]);
    expect(values).toEqual({ temperature: null, x_ruuvi_nox_index: 4 });
  });

  test("may have its own prefix, and is told by its messages", () => {
    const { events } = hear(
      ["ruuvi/gw1/F4:1F:0C:28:CB:D6", message],
      ["ruuvi/gw1/gw_status", { state: "offline" }],
    );
    const ref = [["ruuvi-gateway", "c8252d8e9c2c"]];
    expect(events[0]).toMatchObject({ ref });
    expect(events).toContainEqual({ type: "availability", ref, value: "offline" });
  });
});
