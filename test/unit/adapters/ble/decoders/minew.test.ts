import { describe, expect, it } from "vitest";
import { minew } from "../../../../../adapters/ble/decoders/minew.ts";
import { ofService, read } from "./cut-off.ts";

const address = "ac233f123456";
const reversed = "5634123f23ac";
const sent = (hex: string) => ofService("ffe1", `${hex}${reversed}`, { address });

describe("minew", () => {
  it.for([
    ["a1016419804880", { battery: 100, temperature: 25.5, humidity: 72.5 }],
    ["a10164ff804880", { battery: 100, temperature: -0.5, humidity: 72.5 }],
    ["a1026401", { battery: 100, light_detected: true }],
    ["a10563012c", { battery: 99, illuminance: 300 }],
    ["a111640001", { battery: 100, motion: true }],
    ["a112640064", { battery: 100, voc_parts: 100 }],
    ["a113641980", { battery: 100, temperature: 25.5 }],
    ["a1176403f58000", { battery: 100, pressure: 1013.5 }],
    ["a118640000000001", { battery: 100, vibration: true }],
    ["a11964000a", { battery: 100, x_minew_photoresistance: 10 }],
    ["a1206400", { battery: 100, tamper: false }],
    ["a1216401", { battery: 100, water_leak: true }],
  ] as const)("reads %s", ([hex, values]) => {
    expect(read(minew, sent(hex))).toEqual(values);
  });
  it("reads axes in g", () => {
    const told = read(minew, sent("a103640100ff000000"));
    expect(told?.["acceleration x"]).toBeCloseTo(9.80665);
    expect(told?.["acceleration y"]).toBeCloseTo(-9.80665);
    expect(told?.["acceleration z"]).toBe(0);
  });
  it("refuses every other length", () => {
    const whole = `a1016419804880${reversed}`;
    for (let length = 0; length < whole.length; length += 2) {
      expect(read(minew, ofService("ffe1", whole.slice(0, length), { address }))).toBeUndefined();
    }
    expect(read(minew, ofService("ffe1", `${whole}00`, { address }))).toBeUndefined();
  });
  it("refuses the frame of another address, an unknown kind and more than all humidity", () => {
    expect(read(minew, ofService("ffe1", `a1016419804880${reversed}`))).toBeUndefined();
    expect(read(minew, sent("a10864"))).toBeUndefined();
    expect(read(minew, sent("a1016419806500"))).toBeUndefined();
  });
});
