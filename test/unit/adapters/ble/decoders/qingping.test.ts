import { describe, expect, it } from "vitest";
import { qingping } from "../../../../../adapters/ble/decoders/qingping.ts";
import type { Decoded } from "../../../../../adapters/ble/decoders/decoder.ts";
import { bleCases } from "../../../../support/ble-cases.ts";

function decode(hex: string): Decoded | undefined {
  return qingping.decode(
    {
      address: "582d34000001",
      companyData: [],
      serviceUuids: [],
      serviceData: [{ uuid: "fdcd", data: Buffer.from(hex, "hex") }],
    },
    {},
  );
}

function values(hex: string): readonly (readonly [string, unknown])[] {
  return (decode(hex)?.observations ?? []).map(({ facts, value }) => [facts.is, value]);
}

const head = (product: string, control = "08") => `${control}${product}010000342d58`;

describe("Qingping's sensors", () => {
  it.for([
    [
      "0104f6ff6400",
      [
        ["temperature", -1],
        ["humidity", 10],
      ],
    ],
    [
      "0104fa00e903",
      [
        ["temperature", 25],
        ["humidity", null],
      ],
    ],
    ["0201e4", [["battery", 100]]],
    ["02017f", [["battery", null]]],
    [
      "040102",
      [
        ["open", true],
        ["x_qingping_door_left_open", true],
      ],
    ],
    [
      "040101",
      [
        ["open", false],
        ["x_qingping_door_left_open", false],
      ],
    ],
    [
      "040107",
      [
        ["open", null],
        ["x_qingping_door_left_open", null],
      ],
    ],
    ["07027226", [["pressure", 984.2]]],
    ["0702ffff", [["pressure", null]]],
    [
      "080401330901",
      [
        ["motion", true],
        ["illuminance", 67_891],
      ],
    ],
    ["090405020000", [["illuminance", 517]]],
    ["110101", [["light_detected", true]]],
    [
      "120402000300",
      [
        ["pm25", 2],
        ["pm10", 3],
      ],
    ],
    [
      "1204ffffffff",
      [
        ["pm25", null],
        ["pm10", null],
      ],
    ],
    ["1302b302", [["co2", 691]]],
    ["1302ffff", [["co2", null]]],
  ] as const)("reads %s", ([object, told]) => {
    expect(values(head("12") + object)).toEqual(told);
  });

  it.for([
    ["01", "CGG1"],
    ["04", "CGH1"],
    ["0f", "CGM1"],
    ["10", "CGDK2"],
    ["15", "CGF1W"],
    ["1e", "CGC1"],
    ["33", "CGP22C"],
    ["4f", "CGG3"],
  ] as const)("knows that %s is %s, which sleeps", ([product, model]) => {
    expect(decode(`${head(product)}020164`)?.facts).toEqual({
      manufacturer: "Qingping",
      model,
      sleepy: true,
    });
  });

  it("reads a product that it does not know", () => {
    expect(decode(`${head("fe")}020164`)?.facts).toEqual({ manufacturer: "Qingping" });
  });

  it("counts its messages", () => {
    expect(decode(`${head("12")}1101010f01fe`)?.sequence).toEqual({ value: 0xfe, bits: 8 });
  });

  it("leaves out objects that it does not know, and lengths that they do not have", () => {
    expect(values(`${head("12")}7f02ffff020164`)).toEqual([["battery", 100]]);
    expect(decode(`${head("12")}02026400`)).toBeUndefined();
    expect(decode(`${head("12")}0f0101`)).toBeUndefined();
  });

  it("goes by the last of what it tells twice", () => {
    expect(values(`${head("12")}02016402015a`)).toEqual([["battery", 90]]);
  });

  it("cannot read what is encrypted", () => {
    expect(decode(`${head("12", "09")}020164`)).toMatchObject({
      observations: [],
      problem: "unreadable",
    });
    expect(decode(`${head("fe", "09")}020164`)).toBeUndefined();
  });

  const frames = bleCases.flatMap(({ format, id, serviceData }) =>
    format === "qingping" ? [[id, serviceData?.["fdcd"] ?? ""] as const] : [],
  );
  it.for(frames)("%s says nothing cut off that it does not say whole", ([, hex]) => {
    for (let end = 0; end < hex.length; end += 2) {
      expect(values(hex)).toEqual(expect.arrayContaining([...values(hex.slice(0, end))]));
    }
  });
});
