import { describe, expect, it } from "vitest";
import { acconeer } from "../../../../../adapters/ble/decoders/acconeer.ts";
import { airmentor } from "../../../../../adapters/ble/decoders/airmentor.ts";
import { almendo } from "../../../../../adapters/ble/decoders/almendo.ts";
import { blustream } from "../../../../../adapters/ble/decoders/blustream.ts";
import { chefiq } from "../../../../../adapters/ble/decoders/chefiq.ts";
import { grundfos } from "../../../../../adapters/ble/decoders/grundfos.ts";
import { holyiot } from "../../../../../adapters/ble/decoders/holyiot.ts";
import { hormann } from "../../../../../adapters/ble/decoders/hormann.ts";
import { ofCompany, ofService, read, wrongOf } from "./cut-off.ts";

describe("one kind of sensor of one maker", () => {
  it.for([
    [acconeer, /^acconeer$/],
    [airmentor, /^airmentor$/],
    [almendo, /^almendo$/],
    [blustream, /^blustream$/],
    [chefiq, /^chefiq$/],
    [grundfos, /^grundfos$/],
    [holyiot, /^holyiot$/],
    [hormann, /^hormann$/],
  ] as const)("$0.family says nothing wrong of what is cut off", ([decoder, formats]) => {
    expect(wrongOf(decoder, formats)).toEqual([]);
  });
});

describe("acconeer", () => {
  it("reads that nobody is there", () => {
    const frame = ofCompany(0xacc0, "806400f6ff00000000000000000000");
    expect(read(acconeer, frame)).toEqual({ battery: 100, temperature: -10, motion: false });
  });
  it("refuses a kind that nobody knows, and a battery above full", () => {
    expect(read(acconeer, ofCompany(0xacc0, "926400160058050000000000000000"))).toBeUndefined();
    expect(read(acconeer, ofCompany(0xacc0, "906500160058050000000000000000"))).toBeUndefined();
  });
});

describe("airmentor", () => {
  it("corrects the temperature, and the humidity with it", () => {
    const told = read(airmentor, ofCompany(0x2122, "00b91963332d0145"));
    expect(told).toMatchObject({ voc_parts: 185, aqi: 325 });
    expect(told?.["temperature"]).toBeCloseTo(24.99);
    expect(told?.["temperature calibrated"]).toBeCloseTo(19.89);
    expect(told?.["humidity"]).toBeCloseTo(61.34);
  });
  it("takes the humidity of the 2S as it is", () => {
    const told = read(airmentor, ofCompany(0x5122, "00b91963332d014500000000"));
    expect(told).toMatchObject({ humidity: 45, aqi: 325 });
  });
  it("refuses the length of the other model", () => {
    expect(read(airmentor, ofCompany(0x2122, "00b91963332d014500000000"))).toBeUndefined();
  });
});

describe("almendo", () => {
  it("refuses another version, another model and more than all humidity", () => {
    for (const hex of [
      "020a0a08011800fb09e511a6030f0203",
      "010a0b08011800fb09e511a6030f0203",
      "010a0a08011800fb091127a6030f0203",
    ]) {
      expect(read(almendo, ofCompany(0x06e8, hex))).toBeUndefined();
    }
  });
});

describe("chefiq", () => {
  it("reads every ring", () => {
    const frame = ofCompany(0x05cd, "01406313c000c900c900ca00cb00c0008d11");
    expect(read(chefiq, frame)).toEqual({
      battery: 99,
      "temperature meat": 20.1,
      "temperature tip": 20.1,
      "temperature 1": 20.2,
      "temperature 2": 20.3,
      "temperature ambient": 19.2,
      "temperature 3": 19,
    });
  });
  it("says that a ring has no value", () => {
    const frame = ofCompany(0x05cd, "014063fefb7ffb7ffb7ffb7ffb7ffb7f8d11");
    const { battery, ...rings } = read(chefiq, frame) ?? {};
    expect(battery).toBe(99);
    expect(Object.values(rings)).toEqual([null, null, null, null, null, null]);
  });
});

describe("grundfos", () => {
  it("says that it does not know a mode", () => {
    const frame = ofCompany(0xf214, "30017a03059884103e0f19ff0d0114ffffffff");
    expect(read(grundfos, frame)).toMatchObject({ x_grundfos_pump_mode: null });
  });
  it("counts its frames", () => {
    const frame = ofCompany(0xf214, "30017a03059884103e0f19070d0114ffffffff");
    expect(grundfos.decode(frame, {})?.sequence).toEqual({ value: 0x7a, bits: 8 });
  });
});

describe("holyiot", () => {
  const tag = (hex: string) =>
    ofService("5242", `4164c6b545f6f18e0606${hex}`, { address: "c6b545f6f18e" });

  it("reads degrees below zero with their hundredths", () => {
    expect(read(holyiot, tag("01ed25"))).toEqual({ battery: 100, temperature: -19.37 });
    expect(read(holyiot, tag("011525"))).toEqual({ battery: 100, temperature: 21.37 });
  });
  it("reads the side that is up", () => {
    expect(read(holyiot, tag("050500"))).toEqual({ battery: 100, x_holyiot_side: 5 });
  });
  it("lets a shake be over by itself", () => {
    expect(holyiot.decode(tag("040100"), {})?.passing).toEqual([{ is: "vibration", afterS: 180 }]);
  });
  it("tells a press once, and none where there was none", () => {
    expect(holyiot.decode(tag("060100"), {})?.events).toEqual([
      { name: "action", action: "press" },
    ]);
    expect(holyiot.decode(tag("060000"), {})?.events).toEqual([]);
  });
  it("refuses the frame of another address, an unknown kind and humidity above 100 %", () => {
    expect(read(holyiot, { ...tag("034c00"), address: "c6b545f6f18f" })).toBeUndefined();
    expect(read(holyiot, tag("074c00"))).toBeUndefined();
    expect(read(holyiot, tag("036500"))).toBeUndefined();
  });
});

describe("hormann", () => {
  it("reads a closed door", () => {
    const frame = ofCompany(0x07b4, "140000000000000000efbbafa9d1a73b04");
    expect(read(hormann, frame)).toEqual({ open: false, position: 0 });
  });
  it("refuses a door that is more than open", () => {
    const frame = ofCompany(0x07b4, "17c9000000000000006722d81075f42a04");
    expect(read(hormann, frame)).toBeUndefined();
  });
});
