import { describe, expect, it } from "vitest";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import {
  casesOf,
  found,
  frameOf,
  toldWithByteMore,
  valuesIn,
  wrongInPrefixesOf,
} from "./frames.ts";

const cases = casesOf(/^thermopro$|^theengs:TP35X/);
const probe = "72fbb6316f6bd1badb552ee6fdd942bd";

describe("frames of ThermoPro", () => {
  it.for(cases.map((one) => [one.id, one] as const))(
    "%s cut off tells nothing wrong",
    ([, one]) => {
      expect(wrongInPrefixesOf(one)).toEqual([]);
    },
  );

  it.for(cases.map((one) => [one.id, one] as const))("%s with bytes more is refused", ([, one]) => {
    const manufacturerData = Object.fromEntries(
      Object.entries(one.manufacturerData ?? {}).map(([company, hex]) => [company, `${hex}0000`]),
    );
    const longer = { ...one, manufacturerData };
    expect(toldWithByteMore(longer)).toEqual([]);
  });
});

describe("hygrometers of ThermoPro", () => {
  it.for([
    ["TP357 (2A01)", 0x17c2, "0127022c", { temperature: 27.9, humidity: 39, battery: 100 }],
    ["TP358S (2142)", 0xf1c2, "001d012c", { temperature: 24.1, humidity: 29, battery: 50 }],
    ["TP357S (C890)", 0xc8c2, "000a200b01", { temperature: 20, humidity: 10, battery: 1 }],
    ["TP393 (9376)", 0xf6c2, "ff28022c", { temperature: -1, humidity: 40, battery: 100 }],
  ] as const)("reads %s", ([localName, company, hex, expected]) => {
    const decoded = found(company, hex, { localName });
    expect(decoded.facts.model).toBe(localName.split(" ")[0]);
    expect(valuesIn(decoded)).toEqual(expected);
  });

  it.for([
    ["ones", 0xffc2, "ffff220b01"],
    ["zeros", 0x00c2, "0000022c"],
  ] as const)("has null before it measures: %s", ([, company, hex]) => {
    expect(valuesIn(found(company, hex, { localName: "TP357S (3C62)" }))).toEqual({
      temperature: null,
      humidity: null,
      battery: 100,
    });
  });

  it("has no battery for a level that nobody has described", () => {
    const decoded = found(0xf1c2, "001d032c", { localName: "TP357 (2142)" });
    expect(Object.keys(valuesIn(decoded))).toEqual(["temperature", "humidity"]);
  });

  it.for([
    ["without its mark", 0xf1c3, "001d022c", "TP357 (2142)"],
    ["above 100 %", 0xf1c2, "0065022c", "TP357 (2142)"],
    ["too hot", 0xf1c2, "041d022c", "TP357 (2142)"],
    ["of another name", 0xf1c2, "001d022c", "TP9000NOTHING"],
  ] as const)("refuses a frame %s", ([, company, hex, localName]) => {
    expect(decode(frameOf(company, hex, { localName }))).toBeUndefined();
  });
});

describe("meat probes of ThermoPro", () => {
  it("reads a probe of a TP970R", () => {
    expect(valuesIn(found(0x3500, "00460b3500", { localName: "TP970R" }))).toEqual({
      "temperature.1": 23,
      "temperature.1_ambient": 23,
      "battery.1": 100,
    });
  });

  it("leaves the address of the base at the end", () => {
    const decoded = found(0x3301, "00480a3300ffeeddccbbaa", { localName: "TP972S" });
    expect(valuesIn(decoded)).toMatchObject({ "temperature.2": 21, "temperature.2_ambient": 21 });
  });

  it("reads the four places of a TP972S", () => {
    const hex = "00a60acdecff429a6900439a6900436c54737744f8";
    const { "temperature.1": tip, "temperature.1_ambient": ambient } = valuesIn(
      found(0x8d00, hex, { localName: "TP972S" }),
    );
    expect(tip).toBeCloseTo(23.31, 2);
    expect(ambient).toBeCloseTo(30.56, 2);
  });

  it("knows a nameless probe by its service", () => {
    const decoded = found(0x3701, "003b0b3700", { serviceUuids: [probe] });
    expect(valuesIn(decoded)).toMatchObject({ "temperature.2": 25 });
    expect(decode(frameOf(0x3701, "003b0b3700"))).toBeUndefined();
  });

  it.for([
    ["a ninth probe", 0x3708, "003b0b3700", "TP962R (0000)"],
    ["a temperature no oven has", 0x3701, "0f3b0b3700", "TP962R (0000)"],
    ["places that are no number", 0x7200, "006a0a0000c07f0040ae426606ae426c54737744f8", "TP972S"],
    ["a byte too many", 0xc7c2, "018d00e10a3313fa4200c0fa429af9fa426c54737744f8", "TP972S"],
    [
      "the long form of a short model",
      0x7200,
      "006a0a33d3b8420040ae426606ae426c54737744f8",
      "TP960R",
    ],
  ] as const)("refuses %s", ([, company, hex, localName]) => {
    expect(decode(frameOf(company, hex, { localName }))).toBeUndefined();
  });
});
