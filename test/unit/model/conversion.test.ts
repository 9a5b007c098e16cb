import { describe, expect, test } from "vitest";
import { hueSaturationOf, parseColor, rgbOf } from "../../../src/model/color.ts";
import { fromNative, toNative } from "../../../src/model/conversion.ts";
import { roundTo, sameValue } from "../../../src/model/scalar.ts";

describe("conversion", () => {
  test.each([
    ["Zigbee", 254],
    ["8-bit", 255],
  ])("keeps every brightness level of a %s device", (_, top) => {
    const rule = { scale: [0, top, 0, 100] };
    for (let level = 0; level <= top; level++) {
      const percent = roundTo(Number(fromNative(rule, level)), 1);
      expect(toNative(rule, percent)).toBe(level);
    }
  });

  test("keeps every mired from 100 to 1000 through whole kelvin", () => {
    const rule = { recip: 1_000_000 };
    for (let mired = 100; mired <= 1_000; mired++) {
      const kelvin = roundTo(Number(fromNative(rule, mired)), 0);
      expect(toNative(rule, kelvin)).toBe(mired);
    }
  });

  test("adds before it multiplies", () => {
    expect(fromNative({ add: -32, mul: 5 / 9 }, 212)).toBeCloseTo(100);
    expect(toNative({ add: -32, mul: 5 / 9 }, 100)).toBeCloseTo(212);
  });

  test("maps words both ways and knows no others", () => {
    const rule = { map: { ON: true, OFF: false } };
    expect(fromNative(rule, "ON")).toBe(true);
    expect(toNative(rule, false)).toBe("OFF");
    expect(fromNative(rule, "constructor")).toBeUndefined();
    expect(toNative(rule, "HOLD")).toBeUndefined();
  });

  test("turns a boolean round, and nothing else", () => {
    expect(fromNative({ not: true }, true)).toBe(false);
    expect(toNative({ not: true }, false)).toBe(true);
    expect(fromNative({ not: true }, 1)).toBeUndefined();
  });

  test("has no reciprocal of zero and no number of a word", () => {
    expect(fromNative({ recip: 1e6 }, 0)).toBeUndefined();
    expect(toNative({ recip: 1e6 }, 0)).toBeUndefined();
    expect(fromNative({ mul: 2 }, "12")).toBeUndefined();
  });
});

describe("rounding", () => {
  test.each([
    [2.5, 0, 3],
    [-2.5, 0, -3],
    [1.005, 2, 1],
    [21.375, 2, 21.38],
    [-0.001, 2, 0],
  ])("%d to %d decimals is %d", (value, decimals, expected) => {
    expect(Object.is(roundTo(value, decimals), expected)).toBe(true);
  });
});

describe("colour", () => {
  test.each([
    [[255, 0, 0], { h: 0, s: 100 }],
    [[0, 255, 0], { h: 120, s: 100 }],
    [[0, 0, 255], { h: 240, s: 100 }],
    [[255, 128, 0], { h: 30.1, s: 100 }],
    [[128, 128, 128], { h: 0, s: 0 }],
    [[0, 0, 0], { h: 0, s: 0 }],
  ] as const)("of red, green and blue %j is %j", (rgb, expected) => {
    expect(hueSaturationOf(rgb)).toEqual(expected);
  });

  test("comes back from red, green and blue within a degree and a percent", () => {
    for (let h = 0; h < 360; h += 7) {
      const back = hueSaturationOf(rgbOf({ h, s: 80 }));
      expect(Math.abs(back.h - h)).toBeLessThan(1);
      expect(Math.abs(back.s - 80)).toBeLessThan(1);
    }
  });

  test("is read in every notation", () => {
    expect(parseColor("#FF8000")).toEqual({ h: 30.1, s: 100 });
    expect(parseColor({ r: 0, g: 0, b: 255 })).toEqual({ h: 240, s: 100 });
    expect(parseColor({ h: 12.34, s: 50 })).toEqual({ h: 12.3, s: 50 });
    // The red corner of the sRGB triangle.
    expect(parseColor({ x: 0.64, y: 0.33 })?.s).toBeGreaterThan(99);
    expect(parseColor({ x: 0.64, y: 0.33 })?.h).toBeLessThan(1);
  });

  test.each([null, 12, "red", "#12345", [1, 2, 3], { h: 361, s: 1 }, { x: 0.3, y: 0 }])(
    "is not %j",
    (value) => {
      expect(parseColor(value)).toBeUndefined();
    },
  );
});

test("values are compared in depth, absent being undefined", () => {
  expect(sameValue({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  expect(sameValue({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(sameValue([], {})).toBe(false);
  expect(sameValue({ a: 1 }, { a: "1" })).toBe(false);
  expect(sameValue([1, 2], [1])).toBe(false);
});
