import { describe, expect, test } from "vitest";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import { frameOf, framesOf, inventedByCutting, valuesOf } from "./cut-frames.ts";

const company = 0x09_69;
const olderCompany = 0x00_59;
const address = "c0219ae8bc49";
/** As newer devices have it. */
const makersAddress = "b0e9fe52dd84";

interface Sent {
  readonly state?: string;
  readonly service?: string;
  readonly uuid?: string;
  readonly from?: string;
  readonly localName?: string;
}

function sent({ state, service, uuid = "fd3d", from = address, localName }: Sent) {
  return decode(
    frameOf(
      state === undefined ? {} : { [company]: from + state },
      service === undefined ? {} : { [uuid]: service },
      { address: from, ...(localName !== undefined && { localName }) },
    ),
  );
}

describe("a SwitchBot device", () => {
  /* One is a text of another frame, and one is a curtain with the service data of a contact. */
  const asTheyAreSent = framesOf(/^switchbot/).filter(
    ({ serviceData }) =>
      !["265c78303056", "64406405007500f812"].includes(serviceData[0]?.data.toString("hex") ?? ""),
  );

  test.for(asTheyAreSent.map((frame, n) => [n, frame] as const))(
    "says nothing that is not so when frame %i of the collection is cut",
    ([, frame]) => {
      expect(inventedByCutting(frame)).toEqual([]);
    },
  );

  test.for([
    ["Meter", { service: "740064009935", uuid: "0d00" }, { temperature: 25, humidity: 53 }],
    ["Meter", { service: "5400e4050a2a" }, { temperature: -10.5, humidity: 42, battery: 100 }],
    [
      "Meter Pro CO2",
      { service: "350064", state: "b7e4079ba40037270f00" },
      { temperature: 27.7, humidity: 36, co2: 9_999, battery: 100 },
    ],
    [
      "Weather Station",
      { service: "000050069a23001053b0" },
      { temperature: 26.6, humidity: 35, battery: 80 },
    ],
    [
      "Lock",
      { service: "6f8064", state: "11840820" },
      { locked: true, lock_state: "locked", open: true, battery: 100 },
    ],
    ["Lock", { service: "6f8064", state: "11c30820" }, { locked: false, lock_state: "jammed" }],
    [
      "Lock Pro",
      { service: "248064", state: "3a8a00640004" },
      { locked: false, lock_state: "unlocked", battery: 100, "battery_low.left": true },
    ],
    [
      "Lock Ultra",
      { service: "0080340010a5b8", state: "258230340004" },
      { locked: true, open: true, battery: 52, "open.second_lock": true },
    ],
    [
      "Lock Vision",
      { service: "00802e00116908", state: "0a00002e000c00000000" },
      { locked: true, battery: 46 },
    ],
    ["Plug Mini", { service: "6700", state: "8f80003289c8" }, { onoff: true, problem: true }],
    ["Plug Mini", { service: "6a00", state: "8f0000320000" }, { onoff: false, power: 0 }],
    [
      "Relay Switch 2PM",
      { service: "3d000000", state: "8ac10000000000460000" },
      { "onoff.1": true, "power.1": 0, "onoff.2": true, "power.2": 70 },
    ],
    ["Garage Door Opener", { service: "3e000000", state: "0f000003" }, { open: true }],
    ["Plug Mini (EU)", { service: "3f000000", state: "3fa1000004e6" }, { power: 1_254 }],
    [
      "Evaporative Humidifier",
      { service: "230000151c00", state: "388688b59912101b00855d" },
      { temperature: 25.1, humidity: 53, x_switchbot_water_level: "medium" },
    ],
    [
      "Evaporative Humidifier",
      { service: "230000151c00", state: "4886807ffff2101d008734" },
      { temperature: null, humidity: null },
    ],
    ["Humidifier", { service: "658000f980426300" }, { onoff: true, x_switchbot_level: 128 }],
    [
      "Climate Panel",
      { service: "00205f0010f3d840", state: "061405992d00000000d4000c0400" },
      { temperature: 25.5, humidity: 45, battery: 20, motion: true, light_detected: true },
    ],
    [
      "Smart Radiator Thermostat",
      { service: "00206400113640", state: "36e4009ca34100" },
      { temperature: 28, target_temperature: 35, x_switchbot_mode: "manual", battery: 100 },
    ],
    [
      "Presence Sensor",
      { service: "0020640010ccc8", state: "06cc0456008c" },
      { occupancy: true, duration: 1_110, battery: 100 },
    ],
    [
      "Keypad Vision",
      { service: "00005f01110378", state: "acdf020000000002" },
      { battery: 95, charging: true, tamper: true },
    ],
    ["Standing Fan", { service: "00000000110760", state: "7ed3d239" }, { charging: true }],
    ["K11+", { service: "00004d0010fba8", state: "0b01116600164d15" }, { vacuum_state: "idle" }],
    [
      "Strip Light 3",
      { service: "0000000010d0b1", state: "859e22d0000000000000129100" },
      { onoff: true, brightness: 30, color_temperature: 4_753 },
    ],
    [
      "RGBICWW Ceiling Light",
      { service: "0000000011bb10", state: "0c9e2200113a00a0" },
      { "onoff.main": true, "brightness.main": 32, color_temperature: 4_410 },
    ],
    ["Ceiling Light", { service: "7100", state: "0a0118f324" }, { onoff: false, brightness: 1 }],
    ["Candle Warmer Lamp", { service: "000000001122b8", state: "0ab02000" }, { brightness: 48 }],
    ["AI Art Frame", { service: "00003701113e10", state: "15370308" }, { battery: 55 }],
    ["Remote", { service: "62205600", uuid: "0d00" }, { battery: 86 }],
    [
      "Blind Tilt",
      { service: "780048", state: "0b27b221a184" },
      { moving: true, tilt: 100, x_switchbot_slat_direction: "level" },
    ],
    [
      "Roller Shade",
      { service: "2c00279f1104", state: "2c0a9f11042700" },
      { position: 69, moving: true, battery: 39 },
    ],
  ] as const)("%s is read: %j", ([model, what, values]) => {
    const found = sent(what);
    expect(found?.facts.model?.replace(" (JP)", "")).toBe(model);
    expect(valuesOf(found)).toMatchObject(values);
  });

  test("that waits to be added is of the same type", () => {
    expect(sent({ service: "440064020000000000" })?.facts.model).toBe("Contact Sensor");
    expect(sent({ service: "140064" })?.facts.model).toBe("Meter Pro");
  });

  test("says what is in its service data when the state is in another frame", () => {
    const found = sent({ service: "248064" });
    expect(found?.facts).toEqual({ manufacturer: "SwitchBot", model: "Lock Pro", sleepy: true });
    expect(valuesOf(found)).toEqual({ battery: 100 });
  });

  test("rings once for each number of a message", () => {
    const found = sent({ service: "00005f01110378", state: "ac5f000000000902" });
    expect(found?.events).toEqual([{ name: "action", action: "press", part: "doorbell" }]);
    expect(found?.sequence).toEqual({ value: 0xac, bits: 8 });
  });

  test.for([
    ["has not measured yet", { service: "540000000000" }],
    ["tells ten tenths", { service: "5400640a9935" }],
    ["tells more than all the humidity there is", { service: "540064009965" }],
  ] as const)("has no climate when it %s", ([, what]) => {
    expect(valuesOf(sent(what))).toMatchObject({ temperature: null, humidity: null });
  });

  test("has no carbon dioxide that the sensor cannot measure", () => {
    const found = sent({ service: "350064", state: "b7e4079ba400379c4000" });
    expect(valuesOf(found)).toMatchObject({ temperature: 27.7, co2: null });
  });

  test("is unreadable when its type is not known, or its data too long for a frame", () => {
    const unreadable = { observations: [], problem: "unreadable" };
    expect(sent({ service: "010064" })).toMatchObject(unreadable);
    expect(sent({ service: "540064009935", state: "00".repeat(19) })).toMatchObject(unreadable);
  });

  test("of an older make sends its address and nothing else", () => {
    const found = decode(frameOf({ [olderCompany]: address }, {}, { address }));
    expect(found).toMatchObject({ facts: { manufacturer: "SwitchBot" }, observations: [] });
  });
});

describe("a stranger", () => {
  test("has Nordic's number, and data that is not its address", () => {
    expect(decode(frameOf({ [olderCompany]: "aabbccddee00" }))).toBeUndefined();
    expect(decode(frameOf({ [olderCompany]: "aabbccddeeff00" }))).toBeUndefined();
  });

  test("has the older service, and a type that is none", () => {
    expect(sent({ service: "010203", uuid: "0d00" })).toBeUndefined();
  });
});

describe("a state without the type", () => {
  test("is of the type that the name says", () => {
    const state = "3e0908965b";
    expect(valuesOf(sent({ state, localName: "WoSensorTHP" }))).toEqual({
      temperature: 22.8,
      humidity: 91,
    });
  });

  test("is left unread where two types look like it", () => {
    // A fan on its own for five hours, or a motion sensor that saw nothing for as long.
    expect(sent({ state: "7e1c5239", from: makersAddress })).toBeUndefined();
    expect(sent({ state: "7e1c5239" })?.facts.model).toBe("Motion Sensor");
  });

  test("of a hub says what is the same for all of them", () => {
    const found = sent({ state: "00ff6826d6648303993480" });
    expect(found?.facts.model).toBeUndefined();
    expect(valuesOf(found)).toEqual({ temperature: 25.3, humidity: 52 });
  });
});
