import { describe, expect, it } from "vitest";
import { ela } from "../../../../../adapters/ble/decoders/ela.ts";
import { teltonika } from "../../../../../adapters/ble/decoders/teltonika.ts";
import { ofCompany, ofService, read, wrongOf } from "./cut-off.ts";

describe("ela", () => {
  it("says nothing wrong of what is cut off", () => {
    expect(wrongOf(ela, /^(?:teltonika|theengs:SE_.*)$/)).toEqual([]);
  });
  it.for([
    ["12ba08", { temperature: 22.34 }],
    ["12ff7f", { temperature: null }],
    ["213012b80a", { humidity: 48, temperature: 27.44 }],
    ["213000b80a", { humidity: 48 }],
    ["322900", { open: false, count: 20 }],
    ["322400", { open: true, count: 18 }],
    ["420b00", { moving: true, count: 5 }],
    ["620a00", { input: false, count: 5 }],
    ["920300", { motion: true, count: 1 }],
    ["f10d", { battery: 13 }],
    ["f2070c", { battery_voltage: 3.079 }],
  ] as const)("reads %s", ([hex, values]) => {
    expect(read(ela, ofCompany(0x0757, hex))).toEqual(values);
  });
  it("reads axes in thousandths of g", () => {
    const told = read(ela, ofCompany(0x0757, "56e80318fc0000"));
    expect(told?.["acceleration x"]).toBeCloseTo(9.80665);
    expect(told?.["acceleration y"]).toBeCloseTo(-9.80665);
    expect(told?.["acceleration z"]).toBe(0);
  });
  it("tells a touch", () => {
    const press = { name: "action", action: "press" };
    expect(ela.decode(ofCompany(0x0757, "b20300"), {})?.events).toEqual([press]);
    expect(ela.decode(ofCompany(0x0757, "b20400"), {})?.events).toEqual([]);
  });
  it.for([
    ["PUCK_T1", "Blue Puck T"],
    ["PUCK_TH", "Blue Puck RHT"],
    ["C T 801BB9", "Blue Coin T"],
    ["P T EN 809FFF", "Blue Puck T EN"],
    ["P TPROBE 000000", "Blue Puck T PROBE"],
    ["P RHT 900459", "Blue Puck RHT"],
  ] as const)("knows %s by its name", ([localName, model]) => {
    expect(ela.decode(ofService("2a6e", "860b", { localName }), {})?.facts.model).toBe(model);
  });
  it("leaves the services that everybody has to everybody else", () => {
    expect(read(ela, ofService("2a6e", "860b"))).toBeUndefined();
    expect(read(ela, ofService("2a6e", "860b", { localName: "P TX 1" }))).toBeUndefined();
  });
  it("refuses a type that nobody knows, and more than all humidity", () => {
    expect(read(ela, ofCompany(0x0757, "77ba08"))).toBeUndefined();
    expect(read(ela, ofCompany(0x0757, "216512b80a"))).toBeUndefined();
  });
});

describe("teltonika", () => {
  it("says nothing wrong of what is cut off", () => {
    expect(wrongOf(teltonika, /^teltonika$/)).toEqual([]);
  });
  it.for([
    ["010108b4", { temperature: 22.28, battery_low: false }],
    ["0101fe0c", { temperature: -5, battery_low: false }],
    ["01c064", { battery_voltage: 3, battery_low: true }],
    ["010c", { x_teltonika_magnet: true, battery_low: false }],
    ["01108001", { moving: true, "count movement": 1, battery_low: false }],
    ["0120f5ff88", { "tilt_angle pitch": -11, "tilt_angle roll": -120, battery_low: false }],
    ["0100", { battery_low: false }],
  ] as const)("reads %s", ([hex, values]) => {
    expect(read(teltonika, ofCompany(0x089a, hex))).toEqual(values);
  });
  it("refuses a turn of more than half a circle", () => {
    expect(read(teltonika, ofCompany(0x089a, "0120f5ff38"))).toBeUndefined();
  });
  it("refuses another version, and bytes that no flag announces", () => {
    expect(read(teltonika, ofCompany(0x089a, "020108b4"))).toBeUndefined();
    expect(read(teltonika, ofCompany(0x089a, "010108b400"))).toBeUndefined();
  });
});
