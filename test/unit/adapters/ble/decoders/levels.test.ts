import { describe, expect, it } from "vitest";
import { garnet } from "../../../../../adapters/ble/decoders/garnet.ts";
import { hobo } from "../../../../../adapters/ble/decoders/hobo.ts";
import { oras } from "../../../../../adapters/ble/decoders/oras.ts";
import { otodata } from "../../../../../adapters/ble/decoders/otodata.ts";
import { ofCompany, read, wrongOf } from "./cut-off.ts";

describe("faucets, tanks and depths", () => {
  it.for([
    [garnet, /^oras$/],
    [hobo, /HOBO/],
    [oras, /^(?:oras|theengs:(?:ORAS|ADHS))$/],
    [otodata, /RC1010/],
  ] as const)("$0.family says nothing wrong of what is cut off", ([decoder, formats]) => {
    expect(wrongOf(decoder, formats)).toEqual([]);
  });
});

describe("garnet", () => {
  const sensor = (number: string, text: string, company = 0x0131) =>
    ofCompany(company, `0c464e${number}${Buffer.from(text, "latin1").toString("hex")}`);

  it.for([
    ["0d", "1320000000", { battery_voltage: 13.2, "problem battery": false }],
    ["07", " 770000000", { "temperature 1": 25, "problem 1": false }],
    ["03", " 710000001", { "x_garnet_tank_level lpg": 71, "problem lpg": true }],
    ["00", "ERR0000000", { "x_garnet_tank_level fresh": null, "problem fresh": true }],
    ["08", "OPN0000000", { "temperature 2": null, "problem 2": true }],
    ["0d", "OPN0000000", { battery_voltage: null, "problem battery": true }],
  ] as const)("reads sensor %s saying %s", ([number, text, values]) => {
    expect(read(garnet, sensor(number, text))).toEqual(values);
  });
  it("reads gallons where the monitor was told how large a tank is", () => {
    const told = read(garnet, sensor("02", " 500200400", 0x0cc0));
    expect(told?.["stored_volume grey"]).toBeCloseTo(75.71, 2);
    expect(told?.["x_garnet_tank_size grey"]).toBeCloseTo(151.42, 2);
  });
  it("refuses letters that are no number, a sensor that is none, and an alarm that is none", () => {
    expect(read(garnet, sensor("00", "7x00000000"))).toBeUndefined();
    expect(read(garnet, sensor("0e", " 710000000"))).toBeUndefined();
    expect(read(garnet, sensor("00", " 71000000x"))).toBeUndefined();
  });
});

describe("oras", () => {
  it("leaves other things with the chip of its faucets to others", () => {
    const hex = "0064003231313130303739333500202020ff";
    expect(read(oras, ofCompany(0x0131, hex))).toBeUndefined();
    expect(read(oras, ofCompany(0x0131, "006400ff3131313030373933350020202020"))).toBeUndefined();
  });
});

describe("otodata", () => {
  it("refuses a tank that is more than full, and other letters", () => {
    const full = "4f544f54454c45020011270000366e0f000000";
    expect(read(otodata, ofCompany(0x03b1, full))).toBeUndefined();
    expect(read(otodata, ofCompany(0x03b1, full.replace("4f54", "4f55")))).toBeUndefined();
  });
});

describe("hobo", () => {
  it.for(["0000c07f", "0000c8ff", "0000807f"])("refuses a depth of %s", (depth) => {
    const hex = `073fd54f0106240200000800125302a0${depth}`;
    expect(read(hobo, ofCompany(0x00c5, hex))).toBeUndefined();
  });
  it("leaves the other loggers of the maker to others", () => {
    const hex = "083fd54f0106240200000800125302a0f998e53d";
    expect(read(hobo, ofCompany(0x00c5, hex))).toBeUndefined();
  });
});
