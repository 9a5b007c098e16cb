import { describe, expect, test } from "vitest";
import { CommandError } from "../../../src/errors.ts";
import type { Property } from "../../../src/model/description.ts";
import type { Scalar } from "../../../src/model/scalar.ts";
import { canonicalReading, canonicalWish } from "../../../src/model/value.ts";
import { specOf } from "../../../src/model/vocabulary.ts";

function property(is: string, more: Partial<Property> = {}): Property {
  const spec = specOf(is);
  return {
    is,
    type: spec?.type ?? "string",
    access: spec?.access ?? "r",
    values: spec?.values && [...spec.values],
    ...more,
  };
}

describe("a reading", () => {
  test.each<[string, Scalar, Scalar]>([
    ["temperature", 21.374_9, 21.37],
    ["temperature", -100, -100],
    ["battery", 97.4, 97],
    ["onoff", true, true],
    ["cover_state", "open", "open"],
    ["device_time", "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
    ["color", { h: 10.04, s: 5 }, { h: 10, s: 5 }],
  ])("of %s %j is %j", (is, raw, value) => {
    expect(canonicalReading(property(is), raw)).toEqual(value);
  });

  test.each<[string, Scalar]>([
    ["temperature", 201],
    ["temperature", "21"],
    ["temperature", Number.NaN],
    ["humidity", -0.01],
    ["onoff", 1],
    ["cover_state", "ajar"],
    ["device_time", "2026-01-31T12:00:00"],
    ["device_time", "yesterdayZ"],
    ["color", { h: 400, s: 5 }],
    ["text", 5],
  ])("of %s cannot be %j", (is, raw) => {
    expect(canonicalReading(property(is), raw)).toBeUndefined();
  });

  test("of a vendor's property keeps its precision", () => {
    const raw = property("x_acme_flux", { type: "number" });
    expect(canonicalReading(raw, 1.234_567)).toBe(1.234_567);
    expect(canonicalReading(property("x_acme_list", { type: "array" }), [1, "a"])).toEqual([
      1,
      "a",
    ]);
  });
});

describe("a wish", () => {
  test.each<[string, Partial<Property>, Scalar, Scalar]>([
    ["onoff", {}, false, false],
    ["brightness", {}, 33.333, 33.3],
    ["color_temperature", { min: 2000, max: 6500 }, 4000, 4000],
    ["cover_action", {}, "stop", "stop"],
    ["color", {}, "#00FF00", { h: 120, s: 100 }],
    ["effect", {}, "anything", "anything"],
    ["effect", { values: ["rain"] }, "rain", "rain"],
    ["message", {}, { body: "hello" }, { body: "hello" }],
  ])("for %s %j may be %j", (is, more, wish, value) => {
    expect(canonicalWish(property(is, more), wish)).toEqual(value);
  });

  test.each<[string, Partial<Property>, Scalar, string]>([
    ["onoff", {}, "on", "bad_type"],
    ["onoff", {}, 1, "bad_type"],
    ["brightness", {}, 101, "out_of_range"],
    ["brightness", {}, "40", "bad_type"],
    ["color_temperature", { min: 2000, max: 6500 }, 1999, "out_of_range"],
    ["color_temperature", {}, 4000.5, "bad_type"],
    ["cover_action", {}, "ajar", "not_in_values"],
    ["cover_action", {}, null, "bad_type"],
    ["color", {}, "red", "bad_type"],
    ["effect", { values: ["rain"] }, "nonsense", "not_in_values"],
    ["message", {}, [1], "bad_type"],
  ])("for %s %j cannot be %j: %s", (is, more, wish, reason) => {
    let error: unknown;
    try {
      canonicalWish(property(is, more), wish);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ reason });
  });

  test("is refused in words that say what would do", () => {
    expect(() => canonicalWish(property("brightness", { unit: "%" }), 140)).toThrow(
      "brightness takes 0 to 100 %, not 140",
    );
  });
});
