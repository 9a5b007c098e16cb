import { describe, expect, it } from "vitest";
import { inode } from "../../../../../adapters/ble/decoders/inode.ts";
import { ofCompany, read, wrongOf } from "./cut-off.ts";

describe("inode", () => {
  it("says nothing wrong of what is cut off", () => {
    expect(wrongOf(inode, /^(?:inode|theengs:INEM)$/)).toEqual([]);
  });
  it("reads a meter of water by the upper bits of its options", () => {
    // 99 pulses a minute, 53232 in all, 1000 for one m³.
    expect(read(inode, ofCompany(0x8290, "6300f0cf0000e843160080"))).toMatchObject({
      flow_rate: 5.94,
      volume: 53_232,
      x_inode_constant: 1000,
    });
  });
  it("takes the usual number of pulses where the meter was told none", () => {
    expect(read(inode, ofCompany(0x8290, "0100640000000000100080"))).toMatchObject({
      power: 600,
      energy: 1,
    });
    expect(read(inode, ofCompany(0x8290, "0100640000000080100080"))).toMatchObject({
      x_inode_rate: 60,
      x_inode_sum: 100,
    });
  });
  it("reads a low battery from the flags", () => {
    expect(read(inode, ofCompany(0x8294, "6300f0cf0000c409260080"))).toMatchObject({
      battery: 10,
      battery_low: true,
    });
  });
  it("makes up no battery where none is told", () => {
    const told = read(inode, ofCompany(0x8290, "6300f0cf0000c409060080")) ?? {};
    expect(told).not.toHaveProperty("battery");
  });
  it("gives the limit that the maker sets for what lies beyond it, as an estimate", () => {
    const frame = ofCompany(0x9192, "01b000001700a81900000400f4bbce6e77a00b97d1b5");
    expect(read(inode, frame)).toMatchObject({ temperature: -30, "x_inode_acceleration z": -9 });
    const [temperature] = inode.decode(frame, {})?.observations ?? [];
    expect(temperature).toMatchObject({ quality: "estimated", raw: 6568 - 8192 });
  });

  const care = (model: number, first: string, second: string, third: string, lower = 0x90) =>
    read(
      inode,
      ofCompany((model << 8) | lower, `01b00000${first}${second}${third}00000400f4bbce6e77a00b97`),
    );

  it("reads sixteenths of degrees, also below zero", () => {
    expect(care(0x9a, "0000", "5801", "0000")).toMatchObject({ temperature: 21.5 });
    expect(care(0x92, "0080", "f81f", "0000")).toMatchObject({ temperature: -0.5, moving: true });
  });
  it("reads whole degrees, also below zero", () => {
    expect(care(0x94, "0000", "1500", "0000", 0x98)).toMatchObject({
      temperature: 21,
      input: true,
    });
    expect(care(0x96, "0000", "fb1f", "0000", 0x91)).toMatchObject({
      temperature: -5,
      input: false,
      onoff: true,
    });
  });
  it("reads the barometer, also in the cold", () => {
    expect(care(0x9c, "503f", "d0d5", "0000")).toMatchObject({ pressure: 1013, temperature: 20 });
    expect(care(0x9d, "503f", "8e18", "1911")).toMatchObject({ pressure: 1013 });
  });
  it("reads a magnet", () => {
    expect(care(0x95, "0000", "1500", "0701", 0x98)).toMatchObject({
      x_inode_magnetic_field: 0x107,
      x_inode_magnetic_field_direction: true,
    });
  });
  it("refuses a model that nobody knows", () => {
    expect(care(0x97, "0000", "1500", "0000")).toBeUndefined();
  });
});
