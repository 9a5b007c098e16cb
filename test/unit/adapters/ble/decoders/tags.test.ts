import { describe, expect, it } from "vitest";
import { batteryService } from "../../../../../adapters/ble/decoders/battery-service.ts";
import { beewi } from "../../../../../adapters/ble/decoders/beewi.ts";
import { feasycom } from "../../../../../adapters/ble/decoders/feasycom.ts";
import { moko } from "../../../../../adapters/ble/decoders/moko.ts";
import { nodon } from "../../../../../adapters/ble/decoders/nodon.ts";
import { polar } from "../../../../../adapters/ble/decoders/polar.ts";
import { radioland } from "../../../../../adapters/ble/decoders/radioland.ts";
import { xoss } from "../../../../../adapters/ble/decoders/xoss.ts";
import { ofCompany, ofService, read, wrongOf } from "./cut-off.ts";

describe("tags, buttons and bands", () => {
  it.for([
    [batteryService, /ServiceData/],
    [beewi, /BSDOO/],
    [feasycom, /FEASY/],
    [moko, /^theengs:(?:MBXPRO|Mokobeacon)$/],
    [nodon, /NODONNIU/],
    [polar, /H10$/],
    [radioland, /RDL52832/],
    [xoss, /XOSSX2/],
  ] as const)("$0.family says nothing wrong of what is cut off", ([decoder, formats]) => {
    expect(wrongOf(decoder, formats)).toEqual([]);
  });
});

describe("battery service", () => {
  it("refuses more than full", () => {
    expect(read(batteryService, ofService("180f", "64"))).toEqual({ battery: 100 });
    expect(read(batteryService, ofService("180f", "65"))).toBeUndefined();
  });
});

describe("beewi", () => {
  it("reads a closed door, and leaves the other things with its chip to others", () => {
    expect(read(beewi, ofCompany(0x000d, "080c000632"))).toEqual({ open: false, battery: 50 });
    expect(read(beewi, ofCompany(0x000d, "050c000632"))).toBeUndefined();
  });
});

describe("feasycom", () => {
  it("says that it is plugged in, and who it is", () => {
    const frame = ofService("fff0", "27021992aabbccddeeff65");
    expect(read(feasycom, frame)).toEqual({ plugged: true });
    expect(feasycom.decode(frame, {})).toMatchObject({
      facts: { model: "BP108" },
      identity: ["ble-beacon", "aabbccddeeff"],
    });
  });
  it("refuses the frame of another address, and a model that nobody knows", () => {
    expect(read(feasycom, ofService("fff0", "27021992aabbccddee0065"))).toBeUndefined();
    expect(read(feasycom, ofService("fff0", "99021992aabbccddeeff65"))).toBeUndefined();
  });
});

describe("moko", () => {
  it("reads the air, and refuses more than all humidity", () => {
    const told = read(moko, ofService("feab", "70000affce01ee0caf03def14635998a"));
    expect(told?.["temperature"]).toBeCloseTo(-5);
    expect(told?.["humidity"]).toBeCloseTo(49.4);
    expect(told?.["battery_voltage"]).toBeCloseTo(3.247);
    const wet = ofService("feab", "70000affce04000caf03def14635998a");
    expect(read(moko, wet)).toBeUndefined();
  });
  it("reads the axes by the range that is set, and none for a range that is none", () => {
    const movement = (range: string) =>
      ofService("feab", `60000a01${range}070100ff403ec00bf901f40c93fe3487`);
    // One g in twelve bits, of which a step is 1 mg at ±2 g and 2 mg at ±4 g.
    expect(read(moko, movement("00"))?.["acceleration z"]).toBeCloseTo(9.846, 3);
    expect(read(moko, movement("01"))?.["acceleration z"]).toBeCloseTo(19.692, 3);
    expect(read(moko, movement("04"))).toEqual({ battery_voltage: 3.065 });
  });
  it("reads the volts of the device", () => {
    expect(read(moko, ofService("feab", "40000a0c93"))).toEqual({ battery_voltage: 3.219 });
  });
});

describe("nodon", () => {
  const press = (code: string) => ofService("0000", `02599c37d90287a52152000663ee4b${code}`);

  it.for([
    ["01", "press"],
    ["02", "double_press"],
    ["03", "hold"],
    ["04", "release"],
    ["05", "triple_press"],
    ["06", "quadruple_press"],
    ["07", "many_press"],
  ] as const)("tells %s as %s", ([code, action]) => {
    expect(nodon.decode(press(code), {})?.events?.[0]?.action).toBe(action);
  });
  it("refuses a press that is none, and what is not of this product", () => {
    expect(read(nodon, press("08"))).toBeUndefined();
    const other = ofService("0000", "02599c37d90287a52153000663ee4b01");
    expect(read(nodon, other)).toBeUndefined();
  });
});

describe("polar", () => {
  it("reads the heart, with and without the name", () => {
    const values = { x_polar_heart_rate: 104, x_polar_contact: true };
    expect(read(polar, ofCompany(0x006b, "2f166b68"))).toEqual(values);
    const frame = ofCompany(0x006b, "2f166b68", { localName: "Polar H10 75087320" });
    expect(read(polar, frame)).toEqual(values);
    expect(polar.decode(frame, {})?.facts.model).toBe("H10");
  });
  it("refuses another kind of frame, and another name", () => {
    expect(read(polar, ofCompany(0x006b, "6f166b68"))).toBeUndefined();
    expect(read(polar, ofCompany(0x006b, "2f166b68", { localName: "Loop" }))).toBeUndefined();
  });
});

describe("radioland", () => {
  it("refuses digits that are none, and another name", () => {
    expect(read(radioland, ofService("1803", "1a463d3400000200010009060000010a"))).toBeUndefined();
    const frame = ofService("1803", "1a463d34000002000100090600000105", { localName: "other" });
    expect(read(radioland, frame)).toBeUndefined();
  });
});

describe("xoss", () => {
  it("refuses another kind of frame", () => {
    expect(read(xoss, ofCompany(0xff04, "0261063f"))).toBeUndefined();
  });
});
