import { createCipheriv } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import { Ear } from "../../../../support/ble-ear.ts";
import { frameOf, framesOf, inventedByCutting, valuesOf } from "./cut-frames.ts";

const company = 0x04_99;

function ruuvi(hex: string, key?: Buffer): ReturnType<typeof decode> {
  return decode(frameOf({ [company]: hex }), { key });
}

describe("a Ruuvi sensor", () => {
  // An address of the web that is cut off is a shorter one: it has no length of its own.
  test.for(framesOf(/^ruuvi-(?!df-url)/).map((frame, n) => [n, frame] as const))(
    "says nothing that is not so when frame %i of the collection is cut",
    ([, frame]) => {
      expect(inventedByCutting(frame)).toEqual([]);
    },
  );

  test("is read in the form for other makers' gateways", () => {
    const found = ruuvi("c512fc5394c37cac364200cdcbb8334c884f");
    expect(valuesOf(found)).toEqual({
      temperature: 24.3,
      humidity: 53.49,
      pressure: 1000.44,
      battery_voltage: 2.977,
      x_ruuvi_tx_power: 4,
      count: 66,
    });
    expect(found).toMatchObject({
      facts: { manufacturer: "Ruuvi", model: "RuuviTag", sleepy: true },
      sequence: { value: 205, bits: 16 },
    });
  });

  test("counts its measurements", () => {
    const found = ruuvi("0512fc5394c37c0004fffc040cac364200cdcbb8334c884f");
    expect(found?.sequence).toEqual({ value: 205, bits: 16 });
  });

  test("has no number of the measurement that says it has none", () => {
    const found = ruuvi("058000ffffffff800080008000ffffffffffffffffffffff");
    expect(found?.sequence).toBeUndefined();
    expect(Object.values(valuesOf(found)).every((value) => value === null)).toBe(true);
  });

  test("with mains has no battery, and its last number of a measurement is one", () => {
    const found = ruuvi("068000ffffffffffffffffffffffffffffffffff");
    expect(found?.facts).toEqual({ manufacturer: "Ruuvi", model: "Ruuvi Air" });
    expect(found?.sequence).toEqual({ value: 255, bits: 8 });
  });

  test("tells how strong an acceleration is, whatever its direction", () => {
    const { acceleration } = valuesOf(ruuvi("03291a1ece1e000003e800000b53".padEnd(28, "0")));
    expect(acceleration).toBeCloseTo(9.80665, 5);
  });

  test("has no temperature whose hundredths are more than 99", () => {
    expect(valuesOf(ruuvi("03291a64ce1efc18f94202ca0b53"))["temperature"]).toBeNull();
  });

  test.for([
    ["a byte too many", "03291a1ece1efc18f94202ca0b5300"],
    ["a form that nobody described", "07291a1ece1efc18f94202ca0b53"],
    ["nothing", ""],
  ] as const)("is not read with %s", ([, hex]) => {
    expect(ruuvi(hex)).toBeUndefined();
  });
});

describe("the link of an old RuuviTag", () => {
  function link(fragment: string, start = "ruu.vi/#"): ReturnType<typeof decode> {
    const hex = `10f603${Buffer.from(start + fragment).toString("hex")}`;
    return decode(frameOf({}, { feaa: hex }));
  }

  test("is read without the letter that tells tags apart", () => {
    const fragment = Buffer.from([2, 100, 24, 0, 0xca, 0xbc]).toString("base64");
    expect(valuesOf(link(fragment))).toEqual({ humidity: 50, temperature: 24, pressure: 1019 });
  });

  test("may be below zero", () => {
    const fragment = `${Buffer.from([4, 100, 0x85, 0, 0xca, 0xbc]).toString("base64")}w`;
    expect(valuesOf(link(fragment))["temperature"]).toBe(-5);
  });

  test.for([
    ["BGQYAMq8w", "ruuvi.com"],
    ["BGQYAMq8", "ruu.vi/#"],
    ["AmQYAMq8w", "ruu.vi/#"],
    ["BmQYAMq8w", "ruu.vi/#"],
    ["BGQY!Mq8w", "ruu.vi/#"],
  ] as const)("is somebody else's with %s after %s", ([fragment, start]) => {
    const found = link(fragment, start);
    expect(found?.decoder.family).not.toBe("ruuvi");
  });
});

describe("the encrypted form", () => {
  const key = Buffer.from("526457452d36091a5275757669546167", "hex");
  const plaintext = Buffer.from("13343f58c51548e6000f18d100000000", "hex");
  const checksum = "ae";
  const address = "aabbccddeedd";
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const block = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const hex = `08${block.toString("hex")}${checksum}${address}`;

  test("is read with the key", () => {
    const found = ruuvi(hex, key);
    expect(valuesOf(found)).toMatchObject({ battery_voltage: 2.183, count: 15, pressure: 1004.53 });
    expect(found?.sequence).toEqual({ value: 6353, bits: 16 });
    expect(found?.isAuthentic).toBe(true);
  });

  test("is believed by the gateway, as of a sensor that encrypts", async () => {
    const ear = await Ear.open({ devices: [{ address, key: key.toString("hex") }] });
    const data = Buffer.from(`1bff9904${hex}`, "hex");
    ear.hear({ address, data });
    expect(ear.told("pressure", address)).toEqual([1004.53]);
    expect(ear.told("x_ble_reception", address)).toEqual(["good"]);
  });

  test("asks for the key", () => {
    expect(ruuvi(hex)).toMatchObject({ observations: [], problem: "key_needed" });
  });

  test("says that a key is another one, or too short", () => {
    const wrong = { observations: [], problem: "key_wrong" };
    expect(ruuvi(hex, Buffer.alloc(16))).toMatchObject(wrong);
    expect(ruuvi(hex, key.subarray(1))).toMatchObject(wrong);
  });

  test("says nothing when a bit of it is another one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 18 * 8 - 1 }), (bit) => {
        const bytes = Buffer.from(hex, "hex");
        const at = bit >> 3;
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit & 7)), at);
        expect(ruuvi(bytes.toString("hex"), key)).toMatchObject({
          observations: [],
          problem: "key_wrong",
        });
      }),
    );
  });
});
