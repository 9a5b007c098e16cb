import { createDecipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Air } from "../../../../../adapters/ble/simulator/air.ts";
import {
  encryptedBthomeData,
  press,
  sensorKey,
} from "../../../../../adapters/ble/simulator/devices/bthome.ts";
import { goveeData } from "../../../../../adapters/ble/simulator/devices/govee.ts";
import { iBeaconData } from "../../../../../adapters/ble/simulator/devices/ibeacon.ts";
import { moveIn, type Farm } from "../../../../../adapters/ble/simulator/devices/index.ts";
import {
  ah,
  phoneIrk,
  resolvableAddress,
} from "../../../../../adapters/ble/simulator/devices/phone.ts";
import { ruuviData } from "../../../../../adapters/ble/simulator/devices/ruuvi-tag.ts";
import { pvvxData } from "../../../../../adapters/ble/simulator/devices/thermometer.ts";
import type { Frame } from "../../../../../adapters/ble/simulator/peripheral.ts";
import { ManualClock } from "../../../../support/manual-clock.ts";
import { seeded } from "./seeded.ts";

const hourMs = 3_600_000;

interface Heard {
  readonly farm: Farm;
  readonly clock: ManualClock;
  readonly frames: Frame[];
  /** The data of one address since it was asked last, in hexadecimal. */
  readonly of: (address: string) => readonly string[];
}

function farm(): Heard {
  const clock = new ManualClock();
  clock.settle = () => Promise.resolve();
  const random = seeded();
  const air = new Air({ clock, random });
  const frames: Frame[] = [];
  air.listen({ heard: (frame) => frames.push(frame) });
  const of = (address: string): readonly string[] =>
    frames
      .splice(0)
      .filter((frame) => frame.address === address)
      .map(({ data }) => data.toString("hex"));
  return { farm: moveIn({ air, clock, random }), clock, frames, of };
}

describe("frames are those of the makers", () => {
  it("pvvx: 25.20 °C, 48.31 %, 2984 mV, 87 %", () => {
    const data = pvvxData("a4c1388d18b2", { celsius: 25.2, humidityPct: 48.31, count: 0x1a5 });
    expect(data.toString("hex")).toBe(
      "020106 12 16 1a18 b2188d38c1a4 d809 df12 a80b 57 a5 00".replaceAll(" ", ""),
    );
  });

  it("pvvx: below zero", () => {
    const data = pvvxData("a4c1388d18b2", { celsius: -3.5, humidityPct: 90, count: 0 });
    expect(data.readInt16LE(13)).toBe(-350);
  });

  it("Ruuvi: the valid case of the documentation of data format 5", () => {
    const data = ruuviData("cbb8334c884f", {
      celsius: 24.3,
      humidityPct: 53.49,
      pascal: 100_044,
      acceleration: [4, -4, 1_036],
      millivolts: 2_977,
      txPowerDbm: 4,
      movements: 66,
      count: 205,
    });
    expect(data.toString("hex")).toBe(
      "0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f",
    );
  });

  it("Govee H5075: 26.8 °C, 42.3 %, 97 %", () => {
    const data = goveeData("GVH5075_AE36", { celsius: 26.8, humidityPct: 42.3, batteryPct: 97 });
    expect(data.toString("hex")).toBe(
      `0d09${Buffer.from("GVH5075_AE36").toString("hex")}030388ec02010509ff88ec000418876100`,
    );
  });

  it("Govee H5075: below zero", () => {
    const data = goveeData("GVH5075_AE36", { celsius: -1.2, humidityPct: 50, batteryPct: 97 });
    expect(data.subarray(-5).toString("hex")).toBe("8030d46100");
  });

  it("iBeacon: type, UUID, major, minor and power", () => {
    const uuid = "f7826da6-4fa2-4e98-8024-bc5b71e0893e";
    expect(iBeaconData({ uuid, major: 27, minor: 4, txPowerDbm: -59 }).toString("hex")).toBe(
      "1aff4c000215f7826da64fa24e988024bc5b71e0893e001b0004c5",
    );
  });

  it("BTHome encrypted: the example of the documentation", () => {
    const objects = Buffer.from("02ca0903bf13", "hex");
    const count = Buffer.from("00112233", "hex").readUInt32LE(0);
    expect(encryptedBthomeData("5448e68f80a5", sensorKey, objects, count).toString("hex")).toBe(
      "1216d2fc41a47266c95f730011223378237214",
    );
  });

  it("private addresses: the sample data of the specification", () => {
    const irk = "ec0234a357c8ad05341010a60a397d9b";
    expect(ah(irk, Buffer.from("708194", "hex")).toString("hex")).toBe("0dfbaa");
    const address = Buffer.from(resolvableAddress(irk, seeded()), "hex");
    expect((address[0] ?? 0) >> 6).toBe(0b01);
    expect(ah(irk, address.subarray(0, 3))).toEqual(address.subarray(3));
  });
});

describe("the farm", () => {
  it("hears everybody within ten minutes, in frames that a PDU can carry", async () => {
    const { farm: all, clock, frames } = farm();
    await clock.advance(600_000);
    const senders = new Set(frames.map(({ address }) => address));
    const peripherals = [
      all.thermometer,
      all.ruuviTag,
      all.govee,
      all.doorContact.peripheral,
      all.button.peripheral,
      all.encryptedSensor,
      all.iBeacon,
      all.phone,
      all.switchBot.peripheral,
      all.lamp.peripheral,
    ];
    expect(peripherals.map(({ address }) => senders.has(address))).toEqual(
      peripherals.map(() => true),
    );
    expect(senders.size).toBe(10);
    const lengths = frames.map(({ data }) => data.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(31);
  });

  it("is warmer in the afternoon than before dawn", () => {
    const { farm: all, clock } = farm();
    const celsius = (hour: number): number => {
      clock.wallMs = Date.UTC(2026, 10, 25, hour);
      const data = all.thermometer.frame(() => 0.5)?.data;
      return (data?.readInt16LE(13) ?? 0) / 100;
    };
    expect(celsius(15) - celsius(4)).toBeGreaterThan(2);
    expect(celsius(15)).toBeLessThan(25);
  });

  it("has a cold store that freezes at night", () => {
    const { farm: all, clock } = farm();
    clock.wallMs = Date.UTC(2026, 10, 25, 3);
    const data = all.govee.frame(() => 0.5)?.data ?? Buffer.alloc(31);
    expect((data[26] ?? 0) & 0x80).toBe(0x80);
  });

  it("repeats each press under one packet id, four times", async () => {
    const { farm: all, clock, of } = farm();
    all.button.press(press.short);
    await clock.advance(1_000);
    const first = "0201060a16d2fc44000101643a01";
    expect(of(all.button.peripheral.address)).toEqual([first, first, first, first]);
    all.button.press(press.double);
    await clock.advance(1_000);
    const second = "0201060a16d2fc44000201643a02";
    expect(of(all.button.peripheral.address)).toEqual([second, second, second, second]);
  });

  it("says that a button lives without a press", async () => {
    const { farm: all, clock, of } = farm();
    await clock.advance(60_000);
    const [alive] = of(all.button.peripheral.address);
    expect(alive).toBe("0201060816d2fc4400010164");
  });

  it("opens and closes a door, and tells each under a new packet id", async () => {
    const { farm: all, clock, of } = farm();
    all.doorContact.set(true);
    expect(of(all.doorContact.peripheral.address)).toEqual(["0201060a16d2fc44000101601101"]);
    all.doorContact.set(false);
    expect(of(all.doorContact.peripheral.address)).toEqual(["0201060a16d2fc44000201601100"]);
    await clock.advance(hourMs);
    const states = new Set(of(all.doorContact.peripheral.address).map((hex) => hex.slice(-2)));
    expect(states).toEqual(new Set(["00", "01"]));
  });

  it("encrypts each measurement with a higher counter", async () => {
    const { farm: all, clock, of } = farm();
    await clock.advance(60_000);
    const opened = of(all.encryptedSensor.address).map((hex) => decrypted(Buffer.from(hex, "hex")));
    const counts = opened.map(({ count }) => count);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(10);
    for (const { objects } of opened) expect([objects[0], objects[3]]).toEqual([0x02, 0x03]);
  });

  it("gives the phone another address each quarter of an hour, which its key resolves", async () => {
    const { farm: all, clock } = farm();
    const seen = new Set([all.phone.address]);
    for (let quarter = 0; quarter < 4; quarter++) {
      await clock.advance(hourMs / 4);
      seen.add(all.phone.address);
    }
    expect(seen.size).toBe(5);
    for (const address of seen) {
      const bytes = Buffer.from(address, "hex");
      expect(ah(phoneIrk, bytes.subarray(0, 3))).toEqual(bytes.subarray(3));
    }
  });

  it("shows the state of the bot in its scan response", () => {
    const { farm: all } = farm();
    const frame = all.switchBot.peripheral.frame(() => 0.5);
    expect(frame?.data.toString("hex")).toBe("02010609ff6909d0c84e1b7a92");
    expect(frame?.scanResponse?.toString("hex")).toBe(
      "11071bc5d5a50200b89fe6114d22000da2cb06163dfd48c058",
    );
  });

  it("has no life once the air is closed", async () => {
    const clock = new ManualClock();
    const air = new Air({ clock, random: seeded() });
    moveIn({ air, clock, random: seeded() });
    air.close();
    expect(clock.waiting).toBe(0);
    await clock.advance(hourMs);
    expect(clock.waiting).toBe(0);
  });
});

/** Opens a frame of the encrypted sensor, by the documentation of BTHome. */
function decrypted(frame: Buffer): { readonly count: number; readonly objects: Buffer } {
  const data = frame.subarray(7, 3 + 1 + (frame[3] ?? 0));
  const counter = data.subarray(-8, -4);
  const nonce = Buffer.concat([Buffer.from("5448e68f80a5d2fc41", "hex"), counter]);
  const options = { authTagLength: 4 };
  const key = Buffer.from(sensorKey, "hex");
  const decipher = createDecipheriv("aes-128-ccm", key, nonce, options);
  decipher.setAuthTag(data.subarray(-4));
  const objects = decipher.update(data.subarray(1, -8));
  decipher.final();
  return { count: counter.readUInt32LE(0), objects };
}
