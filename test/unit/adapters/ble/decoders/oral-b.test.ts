import { describe, expect, test } from "vitest";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import { frameOf, framesOf, inventedByCutting, valuesOf } from "./cut-frames.ts";

const company = 0x00_dc;

function brush(hex: string): ReturnType<typeof decode> {
  return decode(frameOf({ [company]: hex }));
}

describe("an Oral-B toothbrush", () => {
  test.for(framesOf(/oral/i).map((frame, n) => [n, frame] as const))(
    "says nothing that is not so when frame %i of the collection is cut",
    ([, frame]) => {
      expect(inventedByCutting(frame)).toEqual([]);
    },
  );

  test("tells the time it has brushed, and where", () => {
    expect(valuesOf(brush("06346e0352011400050006"))).toEqual({
      running: true,
      charging: false,
      duration: 80,
      x_oralb_state: "running",
      x_oralb_mode: "daily_clean",
      x_oralb_pressure: "normal",
      x_oralb_sector: "5",
      x_oralb_last_sector: "5",
      x_oralb_sector_timer: 0,
      x_oralb_number_of_sectors: 6,
    });
  });

  test("brushes no sector while it does not brush", () => {
    expect(valuesOf(brush("06346e0252011400050006"))).toMatchObject({
      running: false,
      x_oralb_sector: "none",
      x_oralb_last_sector: "5",
    });
  });

  test("of an older make leaves the sectors out", () => {
    const values = valuesOf(brush("020106033200000103"));
    expect(values).toMatchObject({ x_oralb_sector: "3" });
    expect(values).not.toHaveProperty("x_oralb_number_of_sectors");
  });

  test("that does not say how many sectors there are does not say which is the last", () => {
    expect(valuesOf(brush("020106033200000107"))["x_oralb_sector"]).toBeNull();
  });

  test.for([
    [0x10, "normal"],
    [0x90, "high"],
    [0x76, "button_pressed"],
    [0xb6, "button_pressed"],
    [0xba, "power_button_pressed"],
  ] as const)("with the status %i has the pressure %s", ([status, pressure]) => {
    const hex = `06316e03${status.toString(16)}011400050006`;
    expect(valuesOf(brush(hex))["x_oralb_pressure"]).toBe(pressure);
  });

  test.for([
    ["00", "Triumph D36"],
    ["22", "Genius D701"],
    ["29", "Smart D700"],
    ["32", "iO"],
    ["34", "iO 4"],
    ["35", "iO 5"],
    ["46", "Smart D21"],
    ["57", "Pro D601"],
    ["77", "Genius X D706"],
  ] as const)("of the number %s is a %s", ([number, model]) => {
    expect(brush(`06${number}6e0352011400050006`)?.facts.model).toBe(model);
  });

  test("that is not known has no model and no mode", () => {
    const found = brush("06ff6e0352011400050006");
    expect(found?.facts).toEqual({ manufacturer: "Oral-B", sleepy: true });
    expect(valuesOf(found)).toMatchObject({ running: true, x_oralb_mode: null });
  });

  test("in a state that nobody named has none", () => {
    expect(valuesOf(brush("06316e6352011400050006"))["x_oralb_state"]).toBeNull();
  });

  test.for([
    ["ten bytes", "06316e03520114000500"],
    ["twelve bytes", "06316e035201140005000600"],
    ["a minute of sixty seconds", "06316e0352013c00050006"],
  ] as const)("is not read with %s", ([, hex]) => {
    expect(brush(hex)).toBeUndefined();
  });
});
