import { describe, expect, test } from "vitest";
import {
  isDeviceId,
  mintId,
  mintKey,
  partOf,
  slug,
  vendorProperty,
} from "../../../src/model/identity.ts";

describe("id", () => {
  test.each([
    [["wifi", "00000049a3bc"], "wifi-00000049a3bc"],
    [["tasmota", "tasmota_switch"], "tasmota-tasmota-switch"],
    [["tasmota", "Außenlampe Süd"], "tasmota-aussenlampe-sud"],
    [["gateway", "8d868bf9"], "gateway-8d868bf9"],
    [["id", "openEVSE"], "openevse"],
  ] as const)("of %j is %s", (identifier, id) => {
    expect(mintId(identifier)).toBe(id);
  });

  test("of a long name is cut and told apart by a hash", () => {
    const long = "Hof/Lager/Tasmota/Relais/RFresv/Beleuchtung/UV/Beleuchtungsstaerke/Lampe";
    const [first, second] = [mintId(["tasmota", `${long}1`]), mintId(["tasmota", `${long}2`])];
    expect(first).not.toBe(second);
    expect(first).toBe(mintId(["tasmota", `${long}1`]));
    expect(isDeviceId(first)).toBe(true);
    expect(first.length).toBeLessThanOrEqual(63);
  });

  test("of a name without a letter or digit is a hash", () => {
    expect(mintId(["tasmota", "日本"])).toMatch(/^tasmota-[0-9a-f]{8}$/);
  });

  test("is never the segment of the bridge", () => {
    expect(isDeviceId("bridge")).toBe(false);
    expect(isDeviceId("-lamp")).toBe(false);
    expect(isDeviceId("Lamp")).toBe(false);
  });
});

describe("key", () => {
  test.each([
    [{ is: "onoff" }, "onoff"],
    [{ is: "onoff", part: "1" }, "onoff"],
    [{ is: "onoff", part: "2" }, "onoff_2"],
    [{ is: "power", part: "a" }, "power_a"],
    [{ is: "temperature", part: "dht11", optionalPart: true }, "temperature"],
  ])("of the first %j is %s", (property, key) => {
    expect(mintKey(property, () => false)).toBe(key);
  });

  test("of a second sensor has the sensor's name", () => {
    const taken = new Set(["temperature"]);
    const property = { is: "temperature", part: "sht3x", optionalPart: true };
    expect(mintKey(property, (key) => taken.has(key))).toBe("temperature_sht3x");
  });

  test("counts on where everything else is taken", () => {
    const taken = new Set(["onoff", "onoff_2"]);
    expect(mintKey({ is: "onoff" }, (key) => taken.has(key))).toBe("onoff_3");
  });
});

test("vendor names become words", () => {
  expect(vendorProperty("tasmota", "Wifi_LinkCount")).toBe("x_tasmota_wifi_link_count");
  expect(vendorProperty("shelly", "3rd party")).toBe("x_shelly_n3rd_party");
  expect(partOf("SI7021-02")).toBe("si7021_02");
  expect(partOf("Süd Außen °C")).toBe("sud_aussen_c");
  expect(partOf("温度")).toMatch(/^n[0-9a-f]{8}$/);
  expect(vendorProperty("tasmota", "SML_温度")).not.toBe(vendorProperty("tasmota", "SML_湿度"));
  expect(vendorProperty("a", `${"x".repeat(60)}1`)).not.toBe(
    vendorProperty("a", `${"x".repeat(60)}2`),
  );
  expect(slug("  Ünïcode -- Name ")).toBe("unicode-name");
});
