import { describe, expect, test } from "vitest";
import { Counters } from "../../../../adapters/ble/authenticity.ts";
import { limits } from "../../../../adapters/ble/limits.ts";
import {
  bthomeData,
  encryptedBthomeData,
  sensorKey,
} from "../../../../adapters/ble/simulator/devices/bthome.ts";
import { pvvxData } from "../../../../adapters/ble/simulator/devices/thermometer.ts";
import { MemoryStore } from "../../../../src/testing/memory-store.ts";
import { Ear } from "../../../support/ble-ear.ts";

const address = "5448e68f80a5";
const config = { min_interval: 0, devices: [{ address, key: sensorKey }] };

function climate(celsius: number): Buffer {
  const data = Buffer.from([0x02, 0, 0]);
  data.writeInt16LE(celsius * 100, 1);
  return data;
}

/** A frame that only the owner of the key can make. */
function sealed(celsius: number, count: number, key: string = sensorKey): Buffer {
  return encryptedBthomeData(address, key, climate(celsius), count);
}

async function opened(): Promise<Ear> {
  const ear = await Ear.open(config);
  ear.hear({ address, data: sealed(20, 1_000) });
  ear.clear();
  return ear;
}

describe("an encrypting sensor", () => {
  test("without a configured key appears, says why, and tells no number", async () => {
    const ear = await Ear.open();
    ear.hear({ address, data: sealed(20, 1) });
    expect(ear.devices).toEqual([address]);
    expect(ear.diagnostics()).toEqual(["key_needed"]);
    expect(ear.told("x_ble_reception", address)).toEqual(["key_needed"]);
    expect(ear.told("problem", address)).toEqual([true]);
    expect(ear.told("temperature", address)).toEqual([]);
  });

  test("with its key tells what it says, and that its reception is good", async () => {
    const ear = await Ear.open(config);
    ear.hear({ address, data: sealed(20, 1) });
    expect(ear.told("temperature", address)).toEqual([20]);
    expect(ear.told("x_ble_reception", address)).toEqual(["good"]);
    expect(ear.told("problem", address)).toEqual([false]);
  });

  test("with another key tells no number", async () => {
    const ear = await Ear.open(config);
    ear.hear({ address, data: sealed(20, 1, "00112233445566778899aabbccddeeff") });
    expect(ear.diagnostics()).toEqual(["key_wrong"]);
    expect(ear.told("temperature", address)).toEqual([]);
  });

  test("is good again after one frame was spoiled on the way", async () => {
    const ear = await opened();
    const spoiled = sealed(21, 1_001);
    spoiled.writeUInt8(spoiled.readUInt8(8) ^ 1, 8);
    ear.hear({ address, data: spoiled });
    ear.hear({ address, data: sealed(22, 1_002) });
    expect(ear.told("temperature", address)).toEqual([22]);
    expect(ear.told("x_ble_reception", address)).toEqual(["key_wrong", "good"]);
  });

  test("tells no number of a frame of which any bit was changed", async () => {
    const whole = sealed(21, 1_001);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const ear = await opened();
      const changed = Buffer.from(whole);
      const at = bit >> 3;
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << (bit & 7)), at);
      ear.hear({ address, data: changed });
      expect(ear.told("temperature", address), `with bit ${bit} changed`).toEqual([]);
    }
  });

  test("tells no number of a frame that is cut off anywhere", async () => {
    const whole = sealed(21, 1_001);
    for (let length = 0; length < whole.length; length++) {
      const ear = await opened();
      const cut = Buffer.from(whole.subarray(0, length));
      // As a sender would cut it: the structure itself is whole.
      if (length > 0) cut.writeUInt8(length - 1, 0);
      ear.hear({ address, data: cut });
      expect(ear.told("temperature", address), `of ${length} bytes`).toEqual([]);
    }
  });
});

describe("a recording", () => {
  test("is refused", async () => {
    const ear = await opened();
    ear.hear({ address, data: sealed(99, 500) });
    expect(ear.diagnostics()).toEqual(["replayed"]);
    expect(ear.told("temperature", address)).toEqual([]);
    expect(ear.told("x_ble_reception", address)).toEqual(["replayed"]);
  });

  test("of one frame is refused for ever, however often it comes", async () => {
    const ear = await opened();
    for (let n = 0; n < 50; n++) {
      ear.hear({ address, data: sealed(99, 500) });
      await ear.pass(20);
    }
    expect(ear.told("temperature", address)).toEqual([]);
  });

  test("is refused after a restart, too", async () => {
    const store = new MemoryStore();
    const before = await Ear.open(config, store);
    before.hear({ address, data: sealed(20, 1_000) });
    await before.pass(limits.seenMs / 1_000 + 1);
    const after = await Ear.open(config, store);
    after.hear({ address, data: sealed(99, 500) });
    expect(after.diagnostics()).toEqual(["replayed"]);
    expect(after.told("temperature", address)).toEqual([]);
  });

  test("of a forgotten device is not compared with what was forgotten", async () => {
    const store = new MemoryStore();
    const key = { devices: [] };
    const ear = await Ear.open(key, store);
    ear.hear({ address, data: sealed(20, 1) });
    ear.receiver.forget([["ble", address]]);
    expect(await store.entries("counter/")).toEqual([]);
  });
});

describe("a counter", () => {
  test("that is full starts again without a word", async () => {
    const ear = await Ear.open(config);
    for (const [n, count] of [2 ** 32 - 2, 2 ** 32 - 1, 0, 1].entries()) {
      ear.hear({ address, data: sealed(20 + n, count) });
    }
    expect(ear.told("temperature", address)).toEqual([20, 21, 22, 23]);
    expect(ear.diagnostics()).toEqual([]);
  });

  test("that starts again after new batteries is believed after some frames", async () => {
    const ear = await opened();
    for (let count = 0; count < 6; count++) {
      ear.hear({ address, data: sealed(30 + count, count) });
    }
    expect(ear.told("temperature", address)).toEqual([33, 34, 35]);
    expect(ear.told("x_ble_reception", address)).toEqual(["replayed", "good"]);
  });

  test("of a frame that was overtaken is a copy, and no alarm", async () => {
    const ear = await opened();
    ear.hear({ address, data: sealed(21, 999) });
    expect(ear.diagnostics()).toEqual([]);
    expect(ear.told("temperature", address)).toEqual([]);
  });

  test.for([
    { bits: 8, counts: [254, 255, 0, 1] },
    { bits: 16, counts: [65_534, 65_535, 0, 3] },
    { bits: 24, counts: [2 ** 24 - 1, 5] },
    { bits: 32, counts: [2 ** 32 - 1, 0] },
  ])("of $bits bits rolls over", ({ bits, counts }) => {
    const counters = new Counters();
    expect(counts.map((value) => counters.judge({ value, bits }))).toEqual(counts.map(() => "new"));
  });

  test("that falls again and again is no restart", () => {
    const counters = new Counters(10_000);
    const verdicts = [50, 40, 30, 20, 10, 5].map((value) => counters.judge({ value, bits: 32 }));
    expect(verdicts).not.toContain("new");
  });

  test("is believed no more for what was suspected before a good frame", () => {
    const counters = new Counters(10_000);
    for (const value of [1, 2, 3]) counters.judge({ value, bits: 32 });
    expect(counters.judge({ value: 10_001, bits: 32 })).toBe("new");
    expect(counters.judge({ value: 4, bits: 32 })).toBe("replayed");
  });
});

describe("a sensor with a key that does not encrypt", () => {
  test("is refused when it is BTHome", async () => {
    const ear = await opened();
    ear.hear({ address, data: bthomeData(climate(99), false) });
    expect(ear.told("temperature", address)).toEqual([]);
    expect(ear.told("problem", address)).toEqual([true]);
  });

  test("is refused by name when its family can do both", async () => {
    const plain = "a4c1385a0b1c";
    const ear = await Ear.open({ devices: [{ address: plain, key: sensorKey }] });
    ear.hear({ data: pvvxData(plain, { celsius: 99, humidityPct: 40, count: 1 }) });
    expect(ear.diagnostics()).toEqual(["unencrypted"]);
    expect(ear.told("temperature", plain)).toEqual([]);
    expect(ear.told("x_ble_reception", plain)).toEqual(["unencrypted"]);
  });

  test("is good again with its next encrypted frame", async () => {
    const ear = await opened();
    ear.hear({ address, data: bthomeData(climate(99), false) });
    ear.hear({ address, data: sealed(21, 1_001) });
    expect(ear.told("temperature", address)).toEqual([21]);
    expect(ear.told("problem", address)).toEqual([true, false]);
  });
});
