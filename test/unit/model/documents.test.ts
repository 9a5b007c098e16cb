import { describe, expect, test } from "vitest";
import {
  parseBareValue,
  parseCommandDocument,
  parseGetDocument,
  salvageId,
} from "../../../src/model/command-document.ts";
import { classify } from "../../../src/model/device-class.ts";
import { stateSchema } from "../../../src/model/state.ts";

describe("a command document", () => {
  test("has wishes and options", () => {
    const text = '{"onoff":"toggle","_id":"a1","_transition":2,"_expires":30,"_by":"me"}';
    expect(parseCommandDocument(text)).toEqual({
      id: "a1",
      by: "me",
      transitionS: 2,
      expiresS: 30,
      dryRun: false,
      values: { onoff: "toggle" },
    });
  });

  test.each([
    ["", "bad_payload"],
    ["nan", "bad_payload"],
    ["[1]", "bad_payload"],
    ['{"Onoff":true}', "bad_payload"],
    ['{"onoff":true,"_foo":1}', "bad_payload"],
    ['{"onoff":true,"_id":""}', "bad_payload"],
    ['{"onoff":true,"_transition":-1}', "bad_payload"],
    ['{"__proto__":{"a":1},"_id":"1"}', "no_property"],
    ["{}", "no_property"],
    ['{"_id":"only"}', "no_property"],
  ])("%s is refused with %s", (text, reason) => {
    expect(() => parseCommandDocument(text)).toThrow(expect.objectContaining({ reason }) as Error);
  });

  test.each([
    ["true", true],
    ["40.5", 40.5],
    ["toggle", "toggle"],
    ['"open"', "open"],
    [" open ", "open"],
    ['{"h":1,"s":2}', { h: 1, s: 2 }],
  ])("of one property may be %s", (text, value) => {
    expect(parseBareValue("x", text).values).toEqual({ x: value });
  });

  test("of one property must not be empty", () => {
    expect(() => parseBareValue("x", " ")).toThrow(
      expect.objectContaining({ reason: "no_property" }) as Error,
    );
  });

  test("to read may be empty, for everything", () => {
    expect(parseGetDocument("")).toEqual({});
    expect(parseGetDocument('{"properties":["onoff"]}')).toEqual({ properties: ["onoff"] });
    expect(() => parseGetDocument('{"property":"onoff"}')).toThrow("read request");
  });

  test("gives up its id even when it is broken", () => {
    expect(salvageId('{"onoff":tru,"_id":"a1"')).toBe("a1");
    expect(salvageId("garbage")).toBeUndefined();
  });
});

describe("a state document", () => {
  const meta = { _ts: "2026-11-25T12:00:00.000Z", _seq: 0 };

  test("has keys of properties and metadata only", () => {
    expect(stateSchema.safeParse({ ...meta, temperature: 21 }).success).toBe(true);
    expect(stateSchema.safeParse({ ...meta, Temperature: 21 }).success).toBe(false);
    expect(stateSchema.safeParse({ ...meta, _q: { open: "rotten" } }).success).toBe(false);
    expect(stateSchema.safeParse({ temperature: 21 }).success).toBe(false);
  });
});

describe("the class of a device", () => {
  test.each([
    [["onoff", "brightness"], "light"],
    [["onoff", "power"], "outlet"],
    [["onoff"], "switch"],
    [["cover_action", "position"], "cover"],
    [["target_temperature", "temperature"], "thermostat"],
    [["energy"], "meter"],
    [["action", "battery"], "button"],
    [["temperature"], "sensor"],
    [[], "sensor"],
  ])("with %j is %s", (names, expected) => {
    const properties = names.map((is) => ({ is, type: "number", access: "r" }) as const);
    expect(classify(properties)).toBe(expected);
  });
});
