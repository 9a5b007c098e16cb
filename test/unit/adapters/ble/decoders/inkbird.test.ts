import { describe, expect, it } from "vitest";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import { mistakesIn } from "../../../../support/ble-cases.ts";
import {
  caseOf,
  casesOf,
  found,
  frameOf,
  toldWithByteMore,
  valuesIn,
  wrongInPrefixesOf,
} from "./frames.ts";

const cases = casesOf(/^inkbird-/);
const xbbq = { localName: "xBBQ", serviceUuids: ["fff0"] };

describe("frames of Inkbird", () => {
  it.for(cases.map((one) => [one.id, one] as const))(
    "%s cut off tells nothing wrong",
    ([, one]) => {
      expect(wrongInPrefixesOf(one)).toEqual([]);
    },
  );

  it.for(cases.map((one) => [one.id, one] as const))(
    "%s with a byte more is refused",
    ([, one]) => {
      expect(toldWithByteMore(one)).toEqual([]);
    },
  );
});

describe("grill probes of Inkbird", () => {
  it("has null for each place without a probe, where its source says 0", () => {
    const mistakes = mistakesIn(caseOf("inkbird-ibbq-6#345"));
    expect(mistakes.filter((one) => !one.endsWith("null is no number"))).toEqual([]);
    const both = found(0x0001, "00002c1100006dd3fffff6ff", xbbq);
    expect(valuesIn(both)).toEqual({ "temperature.1": null, "temperature.2": null });
  });

  it("reads a probe in the cold", () => {
    expect(valuesIn(found(0x0001, "00002c1100006dd3cefffa00", xbbq))).toEqual({
      "temperature.1": -5,
      "temperature.2": 25,
    });
  });

  it("reads no temperature in the second page of an xBBQ, which says something else", () => {
    const { facts, observations } = found(0x0002, "00002c1100006dd3da03da03", xbbq);
    expect(facts.model).toBe("iBBQ-2");
    expect(observations).toEqual([]);
  });

  it("knows a nameless sender by its address in the frame, either way round", () => {
    for (const own of ["aabbccddeeff", "ffeeddccbbaa"]) {
      const decoded = found(0x0001, `0000${own}dc00d200`, { address: "aabbccddeeff" });
      expect(valuesIn(decoded)).toEqual({ "temperature.1": 22, "temperature.2": 21 });
    }
  });

  it.for([
    ["with the address of another", "0000aabbccddee00dc00d200", {}],
    ["without its zeros", "0100aabbccddeeffdc00d200", { localName: "iBBQ" }],
    ["of a length that no model has", "0000aabbccddeeffdc00d200d200", { localName: "iBBQ" }],
  ] as const)("refuses a frame %s", ([, hex, more]) => {
    expect(decode(frameOf(0x0000, hex, { address: "aabbccddeeff", ...more }))).toBeUndefined();
  });
});

describe("small thermometers and hygrometers of Inkbird", () => {
  it.for([
    ["sps", 0x07fc, "c71200c83d5606", { temperature: 20.44, humidity: 48.07, battery: 86 }],
    ["sps", 0x09f0, "fe1301ca893008", { "temperature.1": 25.44, humidity: 51.18, battery: 48 }],
    ["tps", 0xf89e, "000000bcbc6406", { temperature: -18.9, battery: 100 }],
    ["sps", 0x080f, "c0120170086406", { "temperature.1": 20.63, humidity: 48, battery: 100 }],
  ] as const)("reads %s %d", ([localName, company, hex, expected]) => {
    expect(valuesIn(found(company, hex, { localName }))).toMatchObject(expected);
  });

  it("says whether the probe outside measures", () => {
    const inside = found(0x07fc, "c71200c83d5606", { localName: "sps" });
    const outside = found(0x09f0, "fe1303ca893008", { localName: "sps" });
    expect(valuesIn(inside)).toMatchObject({ x_inkbird_external_probe: false });
    expect(valuesIn(outside)).toMatchObject({ x_inkbird_external_probe: true });
  });

  it("has no humidity where the sensor has no hygrometer", () => {
    const decoded = found(0x0a84, "ffff00a6066008", { localName: "tps" });
    expect(Object.keys(valuesIn(decoded))).not.toContain("humidity");
  });

  it("knows a sender without a known name by the checksum", () => {
    const more = { localName: "N0BYD", serviceUuids: ["fff0"] };
    expect(valuesIn(found(0x07fc, "c71200c83d5606", more))).toMatchObject({ temperature: 20.44 });
    expect(decode(frameOf(0x07fc, "c71200c83e5606", more))).toBeUndefined();
  });

  it.for([
    ["humidity above 100 %", "ffef00c83d5606"],
    ["battery above 100 %", "c71200c83dff06"],
    ["a probe of another kind", "c71207c83d5606"],
  ] as const)("refuses %s", ([, hex]) => {
    expect(decode(frameOf(0x07fc, hex, { localName: "sps" }))).toBeUndefined();
  });
});

describe("hygrometers and air monitors of Inkbird", () => {
  it.for([
    ["ITH-11-B", "0812005efeff48036400640800000000", { temperature: -0.2, humidity: 84 }],
    ["ITH-13-B", "1223052ff000f9016400000400000000", { temperature: 24, humidity: 50.5 }],
    ["IBS-P02B", "111800656e0100005f00000100000000", { temperature: 36.6, battery: 95 }],
  ] as const)("reads %s", ([localName, hex, expected]) => {
    const decoded = found(0x2449, hex, { localName });
    expect(decoded.facts.model).toBe(localName);
    expect(valuesIn(decoded)).toMatchObject(expected);
  });

  it("knows a nameless one by its address in the frame", () => {
    const hex = "111800656e0100005f00000100000000";
    expect(valuesIn(found(0x2449, hex, { address: "492411180065" }))).toEqual({
      temperature: 36.6,
      battery: 95,
    });
    expect(decode(frameOf(0x2449, hex, { address: "492411180066" }))).toBeUndefined();
  });

  it.for([
    ["humidity", "0812005e0000ffff6400640800000000"],
    ["battery", "0812005e00005d03ff00640800000000"],
  ] as const)("refuses a %s above 100 %%", ([, hex]) => {
    expect(decode(frameOf(0x2449, hex, { localName: "ITH-11-B" }))).toBeUndefined();
  });

  it.for([
    ["°C", "006200a13e29bed4ffce01ee025391", { temperature: -5, humidity: 49.4, co2: 595 }],
    ["°F", "006200a13e29bed6ffd801ee025391", { temperature: -20, humidity: 49.4, co2: 595 }],
  ] as const)("reads an IAM-T2 that shows %s", ([, hex, expected]) => {
    expect(valuesIn(found(0x3254, hex))).toEqual(expected);
  });

  it.for([
    ["humidity above 100 %", "006200a13e29bed4ffceffff025391"],
    ["too much CO2", "006200a13e29bed4ffce01eeffff91"],
    ["another start", "016200a13e29bed4ffce01ee025391"],
  ] as const)("refuses an IAM-T2 with %s", ([, hex]) => {
    expect(decode(frameOf(0x3254, hex))).toBeUndefined();
  });

  it("reads nothing of an IAM-T1, which tells its values to who connects", () => {
    const more = { localName: "Ink@IAM-T1", serviceUuids: ["fff0"] };
    expect(decode(frameOf(0x3154, "41432d363230306131336361650000", more))).toBeUndefined();
  });
});
