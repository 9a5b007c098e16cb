import { describe, expect, test } from "vitest";
import { hear, type Hearing } from "../../../support/hear.ts";

function actionsOf({ events }: Hearing): readonly object[] {
  return events.flatMap((event) => (event.type === "event" ? event.data : []));
}

function received(report: object, key = "0x5ADF"): Hearing {
  return hear(["tele/bridge/SENSOR", { ZbReceived: { [key]: report } }]);
}

describe("a Zigbee device behind a Tasmota", () => {
  test("that is a remote control sends actions, and is not on or off", () => {
    const toggled = received({ Device: "0xF72F", "0006!02": "", Power: 2, Group: 100 }, "Remote");
    expect(actionsOf(toggled)).toEqual([{ name: "action", action: "toggle" }]);
    expect(toggled.values).toEqual({});
    expect(actionsOf(received({ "0006!01": "", Power: 1, Endpoint: 1 }))).toEqual([
      { name: "action", action: "on" },
    ]);
    expect(actionsOf(received({ "0006!01": "", LinkQuality: 65 }))).toEqual([
      { name: "action", action: "on" },
    ]);
  });

  test.each([
    [{ "0008!06": "002B0500", DimmerUp: true }, { action: "dim_up" }],
    [{ "0008!02": "012B05000000", DimmerStep: 1 }, { action: "dim_down" }],
    [{ "0008!05": "0054", DimmerMove: 0 }, { action: "dim_up" }],
    [{ "0008!07": "", DimmerStop: true }, { action: "dim_stop" }],
    [
      { "0005!07": "01010D00", ArrowClick: 1 },
      { action: "press", part: "left" },
    ],
    [{ click: "double" }, { action: "double_press" }],
  ])("dims and clicks with %j", (report, action) => {
    const heard = received({ Device: "0xF72F", ...report });
    expect(actionsOf(heard)).toEqual([{ name: "action", ...action }]);
    expect(heard.values).toEqual({});
  });

  test("has the attributes of Zigbee under their usual names", () => {
    const { values } = received({
      Occupancy: 1,
      Contact: 1,
      Water: 0,
      RMSVoltage: 230,
      ActivePower: 12,
      BatteryVoltage: 2.9,
      LocalTemperature: 21.5,
      OccupiedHeatingSetpoint: 20,
    });
    expect(values).toEqual({
      occupancy: true,
      open: true,
      water_leak: false,
      voltage: 230,
      power: 12,
      battery_voltage: 2.9,
      temperature: 21.5,
      target_temperature: 20,
    });
  });

  test("with a battery means its voltage by voltage", () => {
    const { values } = received({ Voltage: 2.995, Battery: 98, Pressure: 1004.04 }, "Kitchen");
    expect(values).toEqual({ battery_voltage: 2.995, battery: 98, pressure: 1004.04 });
  });

  test("that is asked about tells its address, its model and its state", () => {
    const info = {
      Device: "0x8959",
      Name: "Plug",
      IEEEAddr: "0x7CB03EAA0A0292DD",
      ModelId: "Plug 01",
      Manufacturer: "OSRAM",
      Endpoints: [3],
      Config: ["L03.0", "O03"],
      Dimmer: 254,
      Power: 0,
      Reachable: false,
      LinkQuality: 147,
    };
    const { events, values } = hear(["tele/bridge/SENSOR", { ZbInfo: { "0x8959": info } }]);
    expect(events[1]).toMatchObject({
      ref: [
        ["zigbee", "7cb03eaa0a0292dd"],
        ["tasmota-zigbee", "bridge/Plug"],
      ],
      facts: { name: "Plug", model: "Plug 01", manufacturer: "OSRAM" },
    });
    expect(values).toEqual({ brightness: 100, onoff: false, link_quality: 147 });
  });

  test("that answers a command of somebody's reports nothing", () => {
    const answer = { Device: "0x5ADF", Command: "0004!04", Status: 0, StatusMessage: "SUCCESS" };
    expect(hear(["tele/bridge/SENSOR", { ZbResponse: answer }]).values).toEqual({});
  });

  test.each([
    ["Zigbee/5ADF", { Device: "0x5ADF" }, "0x5ADF"],
    ["Zigbee/Kitchen", { Device: "0x8F20" }, "Kitchen"],
  ])("in the topic %s is not a Tasmota of its own", (topic, report, key) => {
    const { events } = hear([
      `tele/${topic}/SENSOR`,
      { ZbReceived: { [key]: { ...report, Humidity: 40 } } },
    ]);
    expect(events[0]).toMatchObject({ type: "device", ref: [["tasmota", "Zigbee"]] });
    expect(events[1]).toMatchObject({ facts: { via: [["tasmota", "Zigbee"]] } });
  });
});

describe("other devices behind a Tasmota", () => {
  test("are those that a LoRaWAN bridge hears", () => {
    const report = { Node: 1, RSSI: -50, DoorOpen: 1, Alarm: 0, Battery: 3 };
    const { events, values } = hear([
      "tele/core2/SENSOR",
      { LwReceived: { "0x4AD6": { Device: "0x4AD6", ...report } } },
    ]);
    expect(events[1]).toMatchObject({
      ref: [["tasmota-lorawan", "core2/0x4AD6"]],
      facts: { via: [["tasmota", "core2"]] },
    });
    expect(values).toEqual({ open: true, x_tasmota_alarm: 0, battery_voltage: 3, rssi: -50 });
  });

  test("are Bluetooth sensors that have an address", () => {
    const sensor = { mac: "a4c1383fe8fc", Temperature: 70.7, Battery: 74, RSSI: -85 };
    const { events, values } = hear(["tele/blue/SENSOR", { ATC3fe8fc: sensor, TempUnit: "F" }]);
    expect(events[1]).toMatchObject({ ref: [["ble", "a4c1383fe8fc"]] });
    expect(values).toMatchObject({ battery: 74, rssi: -85 });
    expect(values["temperature"]).toBeCloseTo(21.5);
  });
});
