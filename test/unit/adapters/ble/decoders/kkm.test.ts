import { describe, expect, it } from "vitest";
import { kkm } from "../../../../../adapters/ble/decoders/kkm.ts";
import { ofService, read, wrongOf } from "./cut-off.ts";

describe("kkm", () => {
  it("says nothing wrong of what is cut off", () => {
    expect(wrongOf(kkm, /^(?:kkm|theengs:(?:K6P|K9|KSensor))$/)).toEqual([]);
  });
  it("reads what the mask says, in its order", () => {
    // Wrist, PIR, light, VOC and NOx, CO₂.
    expect(read(kkm, ofService("feaa", "2103f00001012c0500640003060384"))).toEqual({
      tamper: false,
      motion: true,
      illuminance: 300,
      voc_index: 100,
      x_kkm_nox_index: 3,
      co2: 900,
    });
  });
  it("passes over the number of records", () => {
    expect(read(kkm, ofService("feaa", "2105020ec0010007"))).toEqual({ temperature: 14.75 });
  });
  it.for([
    ["0bb8", 100],
    ["0af0", 80],
    ["0a28", 60],
    ["09f6", 50],
    ["09c4", 40],
    ["09a6", 28],
    ["0960", 0],
  ] as const)("estimates the battery at %s mV", ([millivolts, battery]) => {
    const told = read(kkm, ofService("feaa", `210101${millivolts}`));
    expect(told?.["battery"]).toBeCloseTo(battery);
  });
  it("refuses a bit that nobody knows, another length and more than all humidity", () => {
    expect(read(kkm, ofService("feaa", "2109010bb8"))).toBeUndefined();
    expect(read(kkm, ofService("feaa", "2101010bb800"))).toBeUndefined();
    expect(read(kkm, ofService("feaa", "2101046500"))).toBeUndefined();
  });
  it("leaves Eddystone to others", () => {
    expect(read(kkm, ofService("feaa", "20000bb81600000000010000000a"))).toBeUndefined();
  });
});
