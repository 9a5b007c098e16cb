import { assert, double, float, integer, property, string, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { pointSchema, type Point, type PointText } from "../../../../adapters/ble/gatt/point.ts";
import { profileNames, profileOf } from "../../../../adapters/ble/gatt/profiles.ts";
import { bytesFor, factsOf, valueIn } from "../../../../adapters/ble/gatt/value.ts";
import { codings } from "../../../../adapters/ble/gatt/point.ts";

function point(rest: Partial<PointText> = {}): Point {
  return pointSchema.parse({
    is: "x_thing_value",
    service: "ff00",
    characteristic: "ff01",
    write: "confirmed",
    ...rest,
  });
}

describe("a number", () => {
  test.for([
    ["u8", 0, 255],
    ["i8", -128, 127],
    ["u16", 0, 65_535],
    ["i16", -32_768, 32_767],
    ["u24", 0, 2 ** 24 - 1],
    ["u32", 0, 2 ** 32 - 1],
    ["i32", -(2 ** 31), 2 ** 31 - 1],
  ] as const)("as %s is read as it was written, and nothing outside is", ([as, least, most]) => {
    const one = point({ as });
    assert(
      property(integer({ min: least, max: most }), (value) => {
        expect(valueIn(one, bytesFor(one, value))).toBe(value);
      }),
    );
    for (const value of [least - 1, most + 1]) {
      expect(() => bytesFor(one, value)).toThrow(
        expect.objectContaining({ reason: "out_of_range" }),
      );
    }
  });

  test("as f32 is read as it was written", () => {
    const one = point({ as: "f32" });
    const numbers = float({ min: -(2 ** 127), max: 2 ** 127, noNaN: true });
    assert(
      property(numbers, (value) => {
        // There is no -0 in a schema.
        expect(valueIn(one, bytesFor(one, value))).toBe(value + 0);
      }),
    );
  });

  test("that is scaled is written as near as the device can have it", () => {
    const one = point({ as: "i16", mul: 0.01, add: -4_000 });
    assert(
      property(double({ min: -300, max: 250, noNaN: true }), (value) => {
        expect(valueIn(one, bytesFor(one, value))).toBeCloseTo(value, 1.9);
      }),
    );
  });

  test("lies where the point says", () => {
    expect(
      valueIn(point({ as: "u16", at: 2, write: "no" }), Buffer.from("ffff3412ff", "hex")),
    ).toBe(0x1234);
  });

  test("of which bytes are missing is none", () => {
    for (const as of codings) {
      if (as === "text") continue;
      expect(valueIn(point({ as }), Buffer.alloc(0)), `as ${as}`).toBeUndefined();
    }
    expect(valueIn(point({ as: "u32" }), Buffer.alloc(3))).toBeUndefined();
  });

  test("that is none, such as a float that is no number, is no value", () => {
    expect(valueIn(point({ as: "f32" }), Buffer.from("0000c07f", "hex"))).toBeUndefined();
    expect(valueIn(point({ as: "f32" }), Buffer.from("0000807f", "hex"))).toBeUndefined();
  });

  test.for([Number.NaN, Infinity, -Infinity])("is not %s", (value) => {
    for (const as of ["u8", "i32", "f32"] as const) {
      expect(() => bytesFor(point({ as }), value), `as ${as}`).toThrow(
        expect.objectContaining({ name: "CommandError" }),
      );
    }
  });

  test("is no text", () => {
    expect(() => bytesFor(point(), "7")).toThrow(expect.objectContaining({ reason: "bad_type" }));
  });
});

describe("what is no number", () => {
  test("is read as it was written: a text", () => {
    const one = point({ as: "text" });
    assert(
      property(string({ unit: "grapheme-ascii", maxLength: 100 }), (text) => {
        expect(valueIn(one, bytesFor(one, text.trim()))).toBe(text.trim());
      }),
    );
  });

  test("is read as it was written: bytes", () => {
    const one = point({ as: "hex" });
    assert(
      property(uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        const hex = Buffer.from(bytes).toString("hex");
        expect(valueIn(one, bytesFor(one, hex))).toBe(hex);
      }),
    );
  });

  test("is read as it was written: yes and no", () => {
    const one = point({ as: "bool" });
    for (const value of [true, false]) expect(valueIn(one, bytesFor(one, value))).toBe(value);
  });

  test("is not written as yes or no when it is neither", () => {
    expect(() => bytesFor(point({ as: "bool" }), "on")).toThrow(
      expect.objectContaining({ reason: "bad_type" }),
    );
  });

  test("is a word that the point has for it, in both directions", () => {
    const one = point({ as: "hex", values: { "00": "off", "01": "low", "02": "high" } });
    for (const word of ["off", "low", "high"]) expect(valueIn(one, bytesFor(one, word))).toBe(word);
    expect(valueIn(one, Buffer.of(9))).toBeUndefined();
    expect(() => bytesFor(one, "hihg")).toThrow(
      expect.objectContaining({ reason: "not_in_values" }),
    );
  });

  test("has no word by what every object has", () => {
    expect(() => bytesFor(point({ as: "hex", writes: { true: "01" } }), "constructor")).toThrow(
      expect.objectContaining({ reason: "not_in_values" }),
    );
  });

  test("is never longer than a characteristic", () => {
    expect(() => bytesFor(point({ as: "text" }), "x".repeat(513))).toThrow(
      expect.objectContaining({ reason: "out_of_range" }),
    );
  });
});

test("any bytes have a value or none, of every coding", () => {
  const numbers: number[] = [];
  assert(
    property(uint8Array({ maxLength: 512 }), integer({ min: 0, max: 511 }), (bytes, at) => {
      for (const as of codings) {
        const value = valueIn(point({ as, at, write: "no" }), Buffer.from(bytes));
        if (typeof value === "number") numbers.push(value);
      }
    }),
  );
  expect(numbers.every(Number.isFinite)).toBe(true);
});

describe("the description of a point", () => {
  test.for<[string, Partial<PointText>, object]>([
    ["that is read and written", {}, { access: "rw", type: "number" }],
    ["that is read alone", { write: "no" }, { access: "r" }],
    ["that is written alone", { read: false }, { access: "w" }],
    [
      "with words",
      { values: { "00": "off", "01": "on" } },
      { type: "enum", values: ["off", "on"] },
    ],
    [
      "with yes and no to write",
      { as: "hex", read: false, writes: { true: "01", false: "02" } },
      { type: "boolean" },
    ],
    ["of text", { as: "text" }, { type: "string" }],
  ])("%s says so", ([, rest, facts]) => {
    expect(factsOf(point(rest))).toMatchObject(facts);
  });

  test("of the vocabulary leaves type and unit to it", () => {
    const battery = factsOf(point({ is: "battery", write: "no" }));
    expect(battery).toEqual({ is: "battery", source: "ff01" });
  });
});

test.for(profileNames)("the profile %s can be used", (name) => {
  expect(profileOf(name).length).toBeGreaterThan(0);
  for (const one of profileOf(name)) expect(factsOf(one).is).toBe(one.is);
});
