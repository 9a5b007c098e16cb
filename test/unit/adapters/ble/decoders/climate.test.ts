import { describe, expect, it } from "vitest";
import { aprilBrother } from "../../../../../adapters/ble/decoders/april-brother.ts";
import { jaalee } from "../../../../../adapters/ble/decoders/jaalee.ts";
import { jinou } from "../../../../../adapters/ble/decoders/jinou.ts";
import { moat } from "../../../../../adapters/ble/decoders/moat.ts";
import { mocreo } from "../../../../../adapters/ble/decoders/mocreo.ts";
import { oria } from "../../../../../adapters/ble/decoders/oria.ts";
import { relsib } from "../../../../../adapters/ble/decoders/relsib.ts";
import { ofCompany, ofService, read, wrongOf } from "./cut-off.ts";

describe("thermometers and hygrometers", () => {
  it.for([
    [aprilBrother, /ABTemp/],
    [jaalee, /^(?:jaalee|theengs:F525.*)$/],
    [jinou, /^jinou$/],
    [moat, /^moat$/],
    [mocreo, /^mocreo$/],
    [oria, /^theengs:T[23]01$/],
    [relsib, /^relsib$/],
  ] as const)("$0.family says nothing wrong of what is cut off", ([decoder, formats]) => {
    expect(wrongOf(decoder, formats)).toEqual([]);
  });
});

describe("april brother", () => {
  it("refuses an iBeacon of anybody else", () => {
    const hex = "0215b5b182c7eab14988aa99b5c1517008da0001641ac5";
    expect(read(aprilBrother, ofCompany(0x004c, hex))).toBeUndefined();
  });
  it("reads degrees below zero", () => {
    const hex = "0215b5b182c7eab14988aa99b5c1517008d9000164fbc5";
    expect(read(aprilBrother, ofCompany(0x004c, hex))).toEqual({ battery: 100, temperature: -5 });
  });
});

describe("jaalee", () => {
  it("refuses an iBeacon of anybody else, and data of another address", () => {
    const beacon = "0215ebefd08370a247c89837e7b5634df526632e5535cc64";
    expect(read(jaalee, ofCompany(0x004c, beacon))).toBeUndefined();
    expect(read(jaalee, ofService("f51c", "6465e6aa4cb0c801632e5535"))).toBeUndefined();
  });
  it("reads the data of its service, with and without the byte in between", () => {
    const address = "c8b04caae665";
    const short = read(jaalee, ofService("f525", "6465e6aa4cb0c8632e5535", { address }));
    const long = read(jaalee, ofService("f51c", "6465e6aa4cb0c801632e5535", { address }));
    expect(short).toEqual(long);
    expect(short?.["temperature"]).toBeCloseTo(22.8, 2);
  });
});

describe("jinou", () => {
  const more = { address: "f881d2be0693", serviceUuids: ["aa20"] };

  it("reads degrees below zero", () => {
    expect(read(jinou, ofCompany(0x1201, "0700360264f881d2be0693", more))).toEqual({
      temperature: -18.7,
      humidity: 54.2,
    });
  });
  it("refuses a sign that is none, the frame of another address and one without its service", () => {
    expect(read(jinou, ofCompany(0x1202, "0700360264f881d2be0693", more))).toBeUndefined();
    expect(read(jinou, ofCompany(0x1200, "0700360264f881d2be0694", more))).toBeUndefined();
    const { address } = more;
    expect(read(jinou, ofCompany(0x1200, "0700360264f881d2be0693", { address }))).toBeUndefined();
  });
});

describe("moat", () => {
  it("refuses a voltage that no cell has: the company is nobody's", () => {
    for (const volts of ["a006", "110e"]) {
      const hex = `aabbccddeeff11111111d46103cb${volts}0000`;
      expect(read(moat, ofCompany(0x1000, hex))).toBeUndefined();
    }
    expect(read(moat, ofCompany(0x1000, "aabbccddeeff11111111d46103cb100e0000"))).toBeDefined();
  });
  it("refuses more than all humidity", () => {
    const hex = "aabbccddeeff11111111d461ffffbe0a0000";
    expect(read(moat, ofCompany(0x1000, hex))).toBeUndefined();
  });
  it.for([
    ["b80b", 100],
    ["540b", 42],
    ["3408", 0],
    ["0008", 0],
  ] as const)("estimates the battery at %s", ([volts, battery]) => {
    const told = read(moat, ofCompany(0x1000, `aabbccddeeff11111111d46103cb${volts}0000`));
    expect(told).toMatchObject({ battery });
  });
});

describe("mocreo", () => {
  const localName = "MOCREO";

  it.for([
    [0x8101, "290154b0920900000000006162000000", { temperature: 24.5, battery: 84 }],
    [0x8601, "7301c8b08c0aa713000000a20c000000", { temperature: 27, humidity: 50.31, battery: 72 }],
    [0x9401, "7b00e4b0370a6212000000002e000000", { temperature: 26.15, battery: 100 }],
    [0x9641, "0a00e4b0730a00000000000040000000", { temperature: 26.75, battery: 100 }],
    [0x8201, "1580e4000000000001000086f6000000", { water_leak: true, battery: 100 }],
  ] as const)("reads %s", ([company, hex, values]) => {
    expect(read(mocreo, ofCompany(company, hex, { localName }))).toEqual(values);
  });
  it("reads the ST7, whose data begin later", () => {
    const frame = ofCompany(0x004a, "0000000000001000016244f60000", { localName: "ST7" });
    expect(read(mocreo, frame)).toEqual({ temperature: -24.92, battery: 98 });
  });
  it("refuses a type that nobody knows, and a frame under another name", () => {
    const hex = "0a00e4b0730a00000000000040000000";
    expect(read(mocreo, ofCompany(0x8501, hex, { localName }))).toBeUndefined();
    expect(read(mocreo, ofCompany(0x9641, hex))).toBeUndefined();
  });
});

describe("oria", () => {
  it("refuses data of another address, and the length of the other model", () => {
    const hex = "0105aabbccddeeff010709e215e0530001";
    expect(read(oria, ofCompany(0xaa55, hex, { address: "aabbccddee00" }))).toBeUndefined();
    expect(read(oria, ofCompany(0xaa55, hex.replace("0105", "0101")))).toBeUndefined();
  });
  it("reads degrees below zero", () => {
    const told = read(oria, ofCompany(0xaa55, "0105aabbccddeeff0107fe0c15e0530001"));
    expect(told).toMatchObject({ temperature: -5, humidity: 56, battery: 83 });
  });
});

describe("relsib", () => {
  it("says that a sensor is not ready", () => {
    const hex = "040000000080008000800080f04600c2eb0b010b0300";
    expect(read(relsib, ofService("aa20", hex))).toEqual({
      temperature: null,
      humidity: null,
      co2: null,
      battery: 70,
      plugged: false,
    });
  });
  it("reads the two numbers of the WH52", () => {
    const frame = {
      ...ofService("1809", "4dea"),
      serviceData: [
        { uuid: "1809", data: Buffer.from("4dea", "hex") },
        { uuid: "181a", data: Buffer.from("b14c", "hex") },
        { uuid: "aaa2", data: Buffer.from("30333531", "hex") },
      ],
    };
    expect(read(relsib, frame)?.["temperature"]).toBeCloseTo(8.26, 2);
    expect(read(relsib, ofService("1809", "4dea"))).toBeUndefined();
  });
  it("reads letters below zero, and refuses letters that are no number", () => {
    expect(read(relsib, ofService("1809", "2d3032332e35"))).toEqual({ temperature: -23.5 });
    expect(read(relsib, ofService("1809", "2b3032332e3a"))).toBeUndefined();
  });
  it("refuses a frame under another name", () => {
    const hex = "84000000b20a200a15030080f04700c2eb0b010b0300";
    expect(read(relsib, ofService("aa20", hex))).toMatchObject({ co2: 789 });
    expect(read(relsib, ofService("aa20", hex, { localName: "other" }))).toBeUndefined();
  });
});
