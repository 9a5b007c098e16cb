import { describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/ble/limits.ts";
import {
  completeName,
  flags,
  manufacturerData,
  serviceData,
} from "../../../../adapters/ble/simulator/advertising-data.ts";
import { bthomeData, press } from "../../../../adapters/ble/simulator/devices/bthome.ts";
import { goveeData } from "../../../../adapters/ble/simulator/devices/govee.ts";
import { pvvxData } from "../../../../adapters/ble/simulator/devices/thermometer.ts";
import { MemoryStore } from "../../../../src/testing/memory-store.ts";
import { Ear, sensorAddress } from "../../../support/ble-ear.ts";

const buttonAddress = "b4e3f9477c01";

/** A thermometer's frame; the same temperature and count are the same bytes. */
function warm(celsius: number, count = 1, address = sensorAddress): Buffer {
  return pvvxData(address, { celsius, humidityPct: 40, count });
}

/** A button without packet ids. */
function pressed(kind: number = press.short): Buffer {
  return Buffer.concat([flags(), bthomeData(Buffer.of(0x3a, kind), true)]);
}

/** A contact with a packet id. */
function contact(packetId: number, isOpen: boolean): Buffer {
  return Buffer.concat([
    flags(),
    bthomeData(Buffer.of(0x00, packetId, 0x11, Number(isOpen)), true),
  ]);
}

describe("a sensor", () => {
  test("appears with what its first frame says", async () => {
    const ear = await Ear.open();
    ear.hear({ data: warm(21.5) });
    expect(ear.facts()).toMatchObject({ model: "ATC_MiThermometer", sleepy: true });
    expect(ear.told("temperature")).toEqual([21.5]);
    expect(ear.told("humidity")).toEqual([40]);
  });

  test("is called what it calls itself in another frame, once", async () => {
    const ear = await Ear.open();
    ear.hear({ data: warm(21.5, 1) });
    expect(ear.facts()?.name).toBe("ATC_MiThermometer 0B1C");
    ear.hear({ data: completeName("ATC_5A0B1C"), isResponse: true });
    ear.hear({ data: warm(21.5, 2) });
    expect(ear.facts()?.name).toBe("ATC_5A0B1C");
    ear.hear({ data: completeName("ATC_OTHER"), isResponse: true });
    ear.hear({ data: warm(21.5, 3) });
    expect(ear.facts()?.name).toBe("ATC_5A0B1C");
  });

  test("keeps the name of the configuration", async () => {
    const ear = await Ear.open({ devices: [{ address: sensorAddress, name: "Cellar" }] });
    ear.hear({ data: completeName("ATC_5A0B1C"), isResponse: true });
    ear.hear({ data: warm(9) });
    expect(ear.facts()?.name).toBe("Cellar");
  });

  test("is read by the name of another of its frames", async () => {
    const ear = await Ear.open();
    const govee = "a4c138d07f3e";
    const whole = goveeData("GVH5075_7F3E", { celsius: -2.3, humidityPct: 71, batteryPct: 91 });
    const name = whole.subarray(0, 1 + (whole[0] ?? 0));
    ear.hear({ address: govee, data: name, isResponse: true });
    ear.hear({ address: govee, data: whole.subarray(name.length) });
    expect(ear.told("temperature", govee)).toEqual([-2.3]);
  });

  test("whose state and kind come in two frames is read when both were heard", async () => {
    const ear = await Ear.open();
    const state = manufacturerData(0x0969, Buffer.from("aabbccddeeff940b039a5000", "hex"));
    const kind = serviceData("fd3d", Buffer.from("7700e4", "hex"));
    ear.hear({ data: Buffer.concat([flags(), state]) });
    ear.hear({ data: kind, isResponse: true });
    expect(ear.told("temperature")).toEqual([26.3]);
    expect(ear.told("battery")).toEqual([100]);
    expect(ear.facts()?.model).toMatch(/Outdoor/);
  });

  test("with a private address that changes is no device", async () => {
    const ear = await Ear.open();
    ear.hear({ address: "5a112233aabb", addressType: "random", data: contact(1, true) });
    ear.hear({ address: "1a112233aabb", addressType: "random", data: contact(1, true) });
    expect(ear.devices).toEqual([]);
  });

  test("with a static random address is a device", async () => {
    const ear = await Ear.open();
    ear.hear({ address: "da112233aabb", addressType: "random", data: contact(1, true) });
    expect(ear.devices).toEqual(["da112233aabb"]);
  });
});

describe("adoption", () => {
  const addresses = Array.from({ length: limits.adopted + 1 }, (_, n) =>
    (0xb00000000000 + n).toString(16),
  );

  test("takes no more sensors than its limit, whatever comes", async () => {
    const ear = await Ear.open();
    for (const address of addresses) ear.hear({ address, data: contact(1, true) });
    expect(ear.devices).toEqual(addresses.slice(0, limits.adopted));
    await ear.pass(1);
    expect(ear.seen).toMatchObject({ devices: limits.adopted, strangers: 1 });
  });

  test("leaves room for a configured sensor when it is full", async () => {
    const last = addresses.at(-1) ?? "";
    const ear = await Ear.open({ devices: [{ address: last }] });
    for (const address of addresses) ear.hear({ address, data: contact(1, true) });
    expect(ear.told("open", last)).toEqual([true]);
  });

  test("makes room when a sensor is forgotten", async () => {
    const ear = await Ear.open();
    for (const address of addresses) ear.hear({ address, data: contact(1, true) });
    ear.receiver.forget([["ble", addresses[0] ?? ""]]);
    ear.clear();
    ear.hear({ address: addresses.at(-1) ?? "", data: contact(2, false) });
    expect(ear.devices).toEqual([addresses.at(-1)]);
  });

  test("takes the same sensors after a restart, whoever is heard first", async () => {
    const store = new MemoryStore();
    const before = await Ear.open({}, store);
    for (const address of addresses.slice(0, limits.adopted)) {
      before.hear({ address, data: contact(1, true) });
    }
    const after = await Ear.open({}, store);
    after.hear({ address: addresses.at(-1) ?? "", data: contact(1, true) });
    after.hear({ address: addresses[0] ?? "", data: contact(1, true) });
    expect(after.devices).toEqual([addresses[0]]);
  });

  test("by hand takes configured sensors alone", async () => {
    const ear = await Ear.open({ adopt: "manual", devices: [{ address: sensorAddress }] });
    ear.hear({ data: warm(20) });
    ear.hear({ address: buttonAddress, data: contact(1, true) });
    expect(ear.devices).toEqual([sensorAddress]);
  });
});

describe("a forgotten device", () => {
  test("is described again when it is heard", async () => {
    const ear = await Ear.open();
    ear.hear({ data: warm(20, 1) });
    ear.receiver.forget([["ble", sensorAddress]]);
    ear.clear();
    ear.hear({ data: warm(20, 2) });
    expect(ear.facts()).toMatchObject({ model: "ATC_MiThermometer" });
    expect(ear.facts()?.properties?.map(({ is }) => is)).toContain("temperature");
    expect(ear.told("temperature")).toEqual([20]);
  });

  test("that is configured is described again with its name", async () => {
    const ear = await Ear.open({ devices: [{ address: sensorAddress, name: "Cellar" }] });
    ear.hear({ data: warm(20, 1) });
    ear.receiver.forget([["ble", sensorAddress]]);
    ear.clear();
    ear.hear({ data: warm(20, 2) });
    expect(ear.facts()).toMatchObject({ name: "Cellar" });
    expect(ear.told("temperature")).toEqual([20]);
  });
});

describe("a value", () => {
  test("that did not change is told again after the refresh time alone", async () => {
    const ear = await Ear.open({ refresh: 60 });
    for (let count = 0; count < 13; count++) {
      ear.hear({ data: warm(20, count) });
      await ear.pass(10);
    }
    expect(ear.told("temperature")).toEqual([20, 20, 20]);
  });

  test("that changes quickly is told at most once per interval, the last one at the end", async () => {
    const ear = await Ear.open({ min_interval: 5 });
    for (let count = 0; count < 4; count++) {
      ear.hear({ data: warm(20 + count, count) });
      await ear.pass(1);
    }
    expect(ear.told("temperature")).toEqual([20]);
    await ear.pass(1);
    expect(ear.told("temperature")).toEqual([20, 23]);
    await ear.pass(10);
    expect(ear.told("temperature")).toEqual([20, 23]);
  });

  test("that went and came back within the interval is no news", async () => {
    const ear = await Ear.open({ min_interval: 5 });
    for (const [count, celsius] of [20, 25, 20].entries()) ear.hear({ data: warm(celsius, count) });
    await ear.pass(10);
    expect(ear.told("temperature")).toEqual([20]);
  });

  test("that is no number is told at once", async () => {
    const ear = await Ear.open({ min_interval: 3_600 });
    for (const [id, isOpen] of [true, false, true].entries())
      ear.hear({ data: contact(id, isOpen) });
    expect(ear.told("open")).toEqual([true, false, true]);
  });

  test("of a frame that says less stays as it was", async () => {
    const ear = await Ear.open();
    ear.hear({ data: contact(1, true) });
    ear.hear({ data: Buffer.concat([flags(), bthomeData(Buffer.of(0x00, 2, 0x01, 77), true)]) });
    expect(ear.told("open")).toEqual([true]);
    expect(ear.told("battery")).toEqual([77]);
  });
});

describe("a copy", () => {
  test("of a frame is told once", async () => {
    const ear = await Ear.open({ refresh: 5, min_interval: 0 });
    for (let n = 0; n < 5; n++) ear.hear({ data: contact(1, true) });
    expect(ear.told("open")).toEqual([true]);
  });

  test("of a numbered frame is none any more when the number is another one", async () => {
    const ear = await Ear.open();
    for (const id of [7, 7, 8]) ear.hear({ data: contact(id, id === 8) });
    expect(ear.told("open")).toEqual([false, true]);
  });

  test("of a frame between others is known as one", async () => {
    const ear = await Ear.open({ min_interval: 0 });
    const frames = [warm(20, 1), completeName("ATC_5A0B1C"), warm(21, 2)];
    for (const data of [...frames, ...frames]) ear.hear({ data });
    expect(ear.told("temperature")).toEqual([20, 21]);
  });

  test("with a number that was heard is counted when its bytes differ", async () => {
    const ear = await Ear.open();
    ear.hear({ data: contact(7, true) });
    ear.hear({ data: contact(7, false) });
    expect(ear.told("open")).toEqual([true]);
    expect(ear.count("copies")).toBe(1);
  });
});

describe("a press", () => {
  test("that is sent several times in a row happens once", async () => {
    const ear = await Ear.open();
    for (let n = 0; n < 30; n++) {
      ear.hear({ address: buttonAddress, data: pressed() });
      await ear.pass(1);
    }
    expect(ear.happened(buttonAddress)).toEqual([{ name: "action", action: "press" }]);
  });

  test("happens again after a pause", async () => {
    const ear = await Ear.open();
    ear.hear({ address: buttonAddress, data: pressed() });
    await ear.pass(4);
    ear.hear({ address: buttonAddress, data: pressed() });
    expect(ear.happened(buttonAddress)).toHaveLength(2);
  });

  test("of another kind happens at once", async () => {
    const ear = await Ear.open();
    ear.hear({ address: buttonAddress, data: pressed(press.short) });
    ear.hear({ address: buttonAddress, data: pressed(press.long) });
    expect(ear.happened(buttonAddress).map(({ action }) => action)).toEqual([
      "press",
      "long_press",
    ]);
  });

  test("that several receivers hear happens once", async () => {
    const ear = await Ear.open();
    for (const receiver of ["radio", "barn", "attic"]) {
      ear.hear({ address: buttonAddress, data: pressed(), receiver });
    }
    expect(ear.happened(buttonAddress)).toHaveLength(1);
  });

  test("is described before it happens", async () => {
    const ear = await Ear.open();
    ear.hear({ address: buttonAddress, data: pressed() });
    const at = ear.events.findIndex(({ type }) => type === "event");
    const known = ear.events
      .slice(0, at)
      .flatMap((one) => (one.type === "device" ? (one.facts.properties ?? []) : []));
    expect(known.map(({ is }) => is)).toContain("action");
  });
});

describe("several receivers", () => {
  test("tell a value once", async () => {
    const ear = await Ear.open({ min_interval: 0 });
    ear.hear({ data: warm(20), rssi: -60 });
    ear.hear({ data: warm(20), rssi: -50, receiver: "barn" });
    expect(ear.told("temperature")).toEqual([20]);
  });

  test("tell what only the farther one hears once the best one was silent", async () => {
    const ear = await Ear.open({ min_interval: 0 });
    ear.hear({ data: contact(1, false), rssi: -50 });
    await ear.pass(limits.takeoverMs / 1_000 + 1);
    ear.hear({ data: contact(2, true), rssi: -80, receiver: "barn" });
    expect(ear.told("open")).toEqual([false, true]);
  });

  test("tell a value that the farther one has heard first", async () => {
    const ear = await Ear.open({ min_interval: 0 });
    ear.hear({ data: warm(20, 1), rssi: -50 });
    ear.hear({ data: warm(21, 2), rssi: -80, receiver: "barn" });
    ear.hear({ data: warm(21, 2), rssi: -50 });
    expect(ear.told("temperature")).toEqual([20, 21]);
  });

  test("show the strength at the best one", async () => {
    const ear = await Ear.open();
    ear.hear({ data: warm(20, 1), rssi: -50 });
    ear.hear({ data: warm(20, 2), rssi: -80, receiver: "barn" });
    await ear.pass(1);
    ear.hear({ data: warm(20, 3), rssi: -50 });
    expect(ear.told("rssi")).toEqual([-50]);
  });
});

describe("the strength", () => {
  test("that hardly moves is told now and then", async () => {
    const ear = await Ear.open({ refresh: 3_600 });
    for (let count = 0; count <= 60; count++) {
      ear.hear({ data: warm(20, count), rssi: -60 - (count % 3) });
      await ear.pass(10);
    }
    expect(ear.told("rssi")).toHaveLength(2);
  });

  test("that moves far is told, and not more often than its limit", async () => {
    const ear = await Ear.open({ refresh: 3_600 });
    for (let count = 0; count <= 60; count++) {
      ear.hear({ data: warm(20, count), rssi: count < 10 ? -40 : -90 });
      await ear.pass(1);
    }
    const told = ear.told("rssi");
    expect(told[0]).toBe(-40);
    expect(told.at(-1)).toBeLessThan(-80);
    expect(told).toHaveLength(2);
  });

  test("that a receiver does not say is not told", async () => {
    const ear = await Ear.open();
    for (const count of [1, 2]) ear.hear({ data: warm(20, count), rssi: undefined });
    expect(ear.told("rssi")).toEqual([]);
    expect(ear.told("temperature")).toEqual([20]);
  });
});

describe("a frame", () => {
  test("that is longer than any on the air is dropped and counted", async () => {
    const ear = await Ear.open();
    const filled = Buffer.concat([warm(20), Buffer.alloc(limits.frameBytes)]);
    ear.hear({ data: filled });
    expect(ear.count("frames_too_long")).toBe(1);
    expect(ear.devices).toEqual([]);
  });

  test("that is cut off anywhere tells no number that was not sent", async () => {
    const whole = warm(20);
    for (let length = 0; length < whole.length; length++) {
      const ear = await Ear.open();
      ear.hear({ data: whole.subarray(0, length) });
      expect(ear.told("temperature"), `of ${length} bytes`).toEqual([]);
    }
  });
});
