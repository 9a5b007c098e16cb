import { describe, expect, test } from "vitest";
import { hear } from "../../../support/hear.ts";

const robot = "valetudo/robot1";

describe("settings", () => {
  test.each([
    ["KeyLockCapability/enabled", "ON", "child_lock", true],
    ["ObstacleAvoidanceControlCapability/enabled", "OFF", "x_valetudo_obstacle_avoidance", false],
    [
      "PetObstacleAvoidanceControlCapability/enabled",
      "ON",
      "x_valetudo_pet_obstacle_avoidance",
      true,
    ],
    ["CarpetSensorModeControlCapability/mode", "lift", "x_valetudo_carpet_sensor_mode", "lift"],
  ])("%s %s is read", (topic, payload, is, value) => {
    const { values, properties, diagnostics } = hear([`${robot}/${topic}`, payload]);
    expect([values, diagnostics]).toEqual([{ [is]: value }, []]);
    expect(properties[is]?.access ?? "rw").toBe("rw");
  });

  test("presets have the words that the robot tells, before and after", () => {
    const topic = `${robot}/FanSpeedControlCapability/preset`;
    const [value, format] = [
      [topic, "low"],
      [`${topic}/$format`, "off,min,low,max"],
    ] as const;
    for (const { values, properties } of [hear(value, format), hear(format, value)]) {
      expect(values).toEqual({ preset: "low" });
      expect(properties["preset"]?.values).toEqual(["off", "min", "low", "max"]);
    }
  });
});

test("a robot is offered what it can be told", () => {
  const { properties } = hear([`${robot}/StatusStateAttribute/status`, "docked"]);
  const values = ["start", "stop", "pause", "return_home", "locate"];
  expect(properties["vacuum_action"]?.values).toEqual(values);
});

test.each([
  ["BasicControlCapability/operation", "START"],
  ["LocateCapability/locate", "PERFORM"],
  ["ConsumableMonitoringCapability/brush-main/reset", "PERFORM"],
  ["AutoEmptyDockManualTriggerCapability/trigger", "PERFORM"],
  ["MapSegmentationCapability/clean", '{"segment_ids":["20"]}'],
])("the answer on %s is no state", (topic, payload) => {
  expect(hear([`${robot}/${topic}`, payload]).events).toEqual([]);
});

test("a robot without a state is gone", () => {
  const { events } = hear(
    [`${robot}/StatusStateAttribute/status`, "docked"],
    [`${robot}/$state`, ""],
  );
  expect(events.at(-1)).toMatchObject({ type: "gone" });
});
