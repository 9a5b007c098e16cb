import { describe, expect, it } from "vitest";
import { casesOf, found, read, values, wrongWhenCut } from "./sent-frames.ts";

describe("sensors of vehicles that are cut off", () => {
  it.for(casesOf(/^(?:michelin|theengs:(?:TPMS|BM2|BM6))$/))("say nothing wrong: %s", ([, one]) => {
    expect(wrongWhenCut(one)).toEqual([]);
  });
});

describe("caps on valves", () => {
  const cap = (data: string) => read({ company: [0x0100, data] });

  it("say the wheel, and the pressure above the air's", () => {
    expect(cap("80eacaddeefff46503007c0c00003300")).toEqual({
      x_tpms_pressure: 222.708,
      temperature: 31.96,
      battery: 51,
      problem: false,
      x_tpms_wheel: 1,
    });
  });

  it("raise an alarm, and freeze", () => {
    expect(cap("81eacaddeeff0000000038ffffff3301")).toMatchObject({
      x_tpms_pressure: 0,
      temperature: -2,
      problem: true,
      x_tpms_wheel: 2,
    });
  });

  it.for([
    ["a battery over 100 %", "80eacaddeefff46503007c0c00006500"],
    ["another flag", "80eacaddeefff46503007c0c00003302"],
    ["more pressure than any tyre has", "80eacaddeefff465037f7c0c00003300"],
    ["an address that is not theirs", "80ebcaddeefff46503007c0c00003300"],
    ["another length", "80eacaddeefff46503007c0c0000330000"],
  ])("are refused with %s", ([, data = ""]) => {
    expect(cap(data)).toEqual({});
  });
});

describe("caps named BR", () => {
  const cap = (company: number, data: string) =>
    read({ localName: "BR", serviceUuids: ["27a5"], company: [company, data] });

  it("begin their data where others have a company", () => {
    expect(cap(0x1d28, "130105a376")).toEqual({
      x_tpms_absolute_pressure: 179.9532,
      temperature: 19,
      battery_voltage: 2.9,
      problem: false,
      moving: false,
    });
  });

  it("tell that they turn, that the air is out, and that it freezes", () => {
    expect(cap(0x1ec0, "fb0091a492")).toMatchObject({
      problem: true,
      moving: true,
      temperature: -5,
    });
  });

  it("are refused with a voltage that no coin cell has, or another length", () => {
    expect(cap(0xff28, "130105a376")).toEqual({});
    expect(cap(0x1d28, "130105a37600")).toEqual({});
  });
});

describe("Michelin's sensors", () => {
  const tms = (data: string) => found({ company: [0x0828, data] });

  it("count their frames", () => {
    const result = tms("01044fc8d40d505643017d511e00");
    expect(result?.sequence).toEqual({ value: 1_986_941, bits: 32 });
    expect(values(result)).toMatchObject({ x_tpms_absolute_pressure: 354, temperature: 19 });
  });

  it("send other frames, some without a pressure", () => {
    expect(values(tms("01024fc80000000000000000"))).toEqual({
      temperature: 19,
      battery_voltage: 3,
    });
    expect(values(tms("01054fc80000000000000000d40d"))).toMatchObject({
      x_tpms_absolute_pressure: 354,
    });
    expect(values(tms(`010c4fc8d40d${"00".repeat(11)}`))).toMatchObject({
      x_tpms_absolute_pressure: 354,
    });
  });

  it("are refused with another product, type or length", () => {
    expect(tms("02044fc8d40d505643017d511e00")).toBeUndefined();
    expect(tms("01074fc8d40d505643017d511e00")).toBeUndefined();
    expect(tms("01044fc8d40d505643017d511e0000")).toBeUndefined();
  });
});

describe("monitors of batteries", () => {
  const bm2 = "0215655f83caae16a10a702e31f30d58dd82f4414231";
  const bm6 = "02153ba29cd9a42c894856badaf2606ef777";

  it("are sensors, whatever an iBeacon is", () => {
    const result = found({ company: [0x004c, `${bm2}64`] });
    expect(result?.facts.model).toBe("BM2");
    expect(result?.decoder.isBeacon).toBeUndefined();
    expect(values(result)).toEqual({ battery: 100 });
    expect(read({ company: [0x004c, `${bm6}114e0000cd`] })).toEqual({ battery: 78 });
  });

  it("are never fuller than full", () => {
    expect(read({ company: [0x004c, `${bm2}65`] })).not.toHaveProperty("battery");
  });
});
