import { describe, expect, test } from "vitest";
import { hear } from "../../../support/hear.ts";

function event(fields: object): ReturnType<typeof hear> {
  return hear(["rtl_433/pi/events", { time: "@0s", model: "Some-Sensor", id: 7, ...fields }]);
}

const tree = "rtl_433/pi/devices/Some-Sensor/1/7";

describe("fields of a message", () => {
  test.each([
    [{ contact_open: 1, reed_open: 0 }, { open: true }],
    [{ reed_open: 1 }, { open: true }],
    [{ voltage_V: 230.1 }, { voltage: 230.1 }],
    [{ frequency_Hz: 50 }, { frequency: 50 }],
    [{ lux: 120 }, { illuminance: 120 }],
    [{ uv_index: 3 }, { uv_index: 3 }],
    [{ battery_low: 1 }, { battery_low: true }],
    [{ battery_pct: 80 }, { battery: 80 }],
    [{ leak_detected: 1 }, { water_leak: true }],
    [
      { power0_W: 10, power1_W: 20 },
      { "power/0": 10, "power/1": 20 },
    ],
    [{ total_kWh: 5.5 }, { energy: 5.5 }],
    [{ pm10_0_ug_m3: 12.5 }, { pm10: 12.5 }],
    [{ temperature_1_C: 20 }, { "temperature/1": 20 }],
  ])("%j is %j", (fields, values) => {
    expect(event(fields).values).toEqual(values);
  });

  test("pressure in inches of mercury is that of the air", () => {
    expect(event({ pressure_inHg: 29.92 }).values["pressure"]).toBeCloseTo(1_013.2, 1);
    const tyre = event({ type: "TPMS", pressure_inHg: 60 });
    expect(tyre.values).toEqual({ x_rtl433_pressure_in_hg: 60 });
  });

  test("a setpoint is only told", () => {
    const { properties, values } = event({ setpoint_C: 21 });
    expect(values).toEqual({ target_temperature: 21 });
    expect(properties["target_temperature"]).toMatchObject({ access: "r" });
  });
});

describe("the tree of single values", () => {
  test("a button is an event, once for its copies", () => {
    const { events } = hear([`${tree}/button`, "2"], [`${tree}/button`, "2"]);
    const presses = events.filter(({ type }) => type === "event");
    expect(presses).toMatchObject([{ data: { name: "action", action: "press", part: "2" } }]);
  });

  test.each(["mic", "sequence_num", "payload/0", "time"])("%s is no reading", (field) => {
    expect(hear([`${tree}/${field}`, "5"]).events).toEqual([]);
  });

  test("a temperature is read in one scale", () => {
    const { events } = hear([`${tree}/temperature_C`, "20.0"], [`${tree}/temperature_F`, "68.0"]);
    expect(events.filter(({ type }) => type === "readings")).toHaveLength(1);
    expect(hear([`${tree}/temperature_F`, "68.0"]).values).toEqual({ temperature: 20 });
  });
});

test("what a receiver hears is unknown when it is gone", () => {
  const { events } = hear(
    ["rtl_433/pi/events", { time: "@0s", model: "Nexus-TH", id: 3, channel: 1, humidity: 40 }],
    ["rtl_433/pi/availability", "offline"],
  );
  expect(events).toContainEqual({
    type: "availability",
    ref: [["rf", "Nexus-TH-1-3"]],
    value: "unknown",
  });
});
