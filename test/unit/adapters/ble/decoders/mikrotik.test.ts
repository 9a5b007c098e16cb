import { describe, expect, it } from "vitest";
import { mikrotik } from "../../../../../adapters/ble/decoders/mikrotik.ts";
import { ofCompany, read, wrongOf } from "./cut-off.ts";

const tag = (temperature: string, flags: string, settings = "00") =>
  ofCompany(0x094f, `01${settings}10a90000fdff0100${temperature}6be86600${flags}62`);

describe("mikrotik", () => {
  it("says nothing wrong of what is cut off", () => {
    expect(wrongOf(mikrotik, /^mikrotik$/)).toEqual([]);
  });
  it("reads the temperature of the tag for outdoors, also below zero", () => {
    expect(read(mikrotik, tag("80fe", "00"))).toMatchObject({ temperature: -1.5 });
    expect(read(mikrotik, tag("5019", "00"))).toMatchObject({ temperature: 25.3125 });
    expect(mikrotik.decode(tag("5019", "00"), {})?.facts.model).toBe("TG-BT5-OUT");
  });
  it("tells no temperature of the tag for rooms", () => {
    expect(read(mikrotik, tag("0080", "00"))).not.toHaveProperty("temperature");
  });
  it("reads axes with their sign", () => {
    expect(read(mikrotik, tag("0080", "00"))).toMatchObject({
      "acceleration x": 0,
      "acceleration y": -3 / 256,
      "acceleration z": 1 / 256,
    });
  });
  it("tells why the frame was sent", () => {
    expect(mikrotik.decode(tag("0080", "3f"), {})?.events).toEqual([
      { name: "action", action: "other", part: "tilt" },
      { name: "action", action: "fall" },
      { name: "action", action: "other", part: "impact_x" },
      { name: "action", action: "other", part: "impact_y" },
      { name: "action", action: "other", part: "impact_z" },
    ]);
    expect(read(mikrotik, tag("0080", "01"))).toMatchObject({ input: true });
  });
  it("says that it cannot read what is encrypted", () => {
    expect(mikrotik.decode(tag("0080", "00", "01"), {})).toMatchObject({
      observations: [],
      problem: "unreadable",
    });
  });
  it("refuses another version", () => {
    expect(
      read(mikrotik, ofCompany(0x094f, "020010a90000fdff010000806be866000062")),
    ).toBeUndefined();
  });
});
