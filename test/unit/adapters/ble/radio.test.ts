import { describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/ble/limits.ts";
import { completeName, flags } from "../../../../adapters/ble/simulator/advertising-data.ts";
import { goveeData } from "../../../../adapters/ble/simulator/devices/govee.ts";
import { moveIn, type Farm } from "../../../../adapters/ble/simulator/devices/index.ts";
import { pvvxData } from "../../../../adapters/ble/simulator/devices/thermometer.ts";
import type { Peripheral } from "../../../../adapters/ble/simulator/peripheral.ts";
import { BleWorld, type BleWorldOptions } from "../../../support/ble-world.ts";

const address = "a4c1385a0b1c";
const device = `ble-${address}`;

/** A thermometer that is a hundredth of a degree warmer each time. */
function thermometer({ world }: BleWorld, intervalMs = 2_000): Peripheral {
  let count = 0;
  return world.air.add({
    address,
    intervalMs,
    rssiNoiseDb: 0,
    data: () => {
      count += 1;
      return pvvxData(address, { celsius: 20 + count / 100, humidityPct: 40, count });
    },
  });
}

/** A scanning adapter that hears one thermometer. */
async function hearing(options: BleWorldOptions = {}): Promise<BleWorld> {
  const ble = await BleWorld.open(options);
  thermometer(ble);
  await ble.until("online");
  await ble.pass(5);
  return ble;
}

const heard = (ble: BleWorld): number => ble.values(device, "temperature").length;

describe("a scan", () => {
  test("brings what every kind of device says", async () => {
    await using ble = await BleWorld.open();
    const farm: Farm = moveIn({
      air: ble.world.air,
      clock: ble.gateway.clock,
      random: () => 0.5,
    });
    await ble.until("online");
    farm.doorContact.set(true);
    await ble.pass(10);
    expect(ble.values(device, "temperature")).not.toEqual([]);
    expect(ble.values("ble-a4c138d07f3e", "humidity")).not.toEqual([]);
    expect(ble.values("ble-b4e3f9210a55", "open")).toEqual([true]);
    expect(ble.values("ble-5448e68f80a5", "problem_reception")).toEqual([true]);
    const devices = new Set(ble.gateway.of("description").map((message) => message.device));
    expect([...devices]).not.toContain(`ble-${farm.phone.address}`);
    expect([...devices]).not.toContain(`ble-${farm.iBeacon.address}`);
  });

  test("gives a frame and the answer to a scan apart, and loses neither", async () => {
    await using ble = await BleWorld.open();
    await ble.until("online");
    const govee = "a4c138d07f3e";
    const data = goveeData("GVH5075_7F3E", { celsius: -2.3, humidityPct: 71, batteryPct: 91 });
    const scanResponse = completeName("Another");
    ble.world.air.add({ address: govee, data, scanResponse, isConnectable: true, intervalMs: 500 });
    await ble.pass(2);
    expect(ble.values(`ble-${govee}`, "temperature")).toEqual([-2.3]);
    expect(ble.count("reports")).toBeGreaterThanOrEqual(6);
  });

  test("of Bluetooth 5 hears the longer frames, put together", async () => {
    await using ble = await BleWorld.open({ config: { extended: true }, fragmentLength: 10 });
    await ble.until("online");
    const data = Buffer.concat([
      flags(),
      completeName("A name that is longer than a frame was before version five"),
      pvvxData(address, { celsius: 20, humidityPct: 40, count: 1 }),
    ]);
    ble.world.air.add({ address, data, isExtended: true, intervalMs: 500 });
    await ble.pass(2);
    expect(ble.values(device, "temperature")).toEqual([20]);
  });

  test("lives through events that are cut, too long or noise", async () => {
    await using ble = await hearing();
    ble.world.controller.faults.spoilReports(0.5);
    await ble.pass(120);
    const before = heard(ble);
    ble.world.controller.faults.spoilReports(0);
    await ble.pass(10);
    expect(heard(ble)).toBeGreaterThan(before);
    expect(ble.state).toBe("online");
    for (const value of ble.values(device, "temperature")) expect(value).toBeLessThan(25);
  });

  test("makes no device of whoever walks by", async () => {
    await using ble = await hearing();
    const end = ble.world.air.flood(100, flags());
    await ble.pass(20);
    end();
    expect(ble.count("reports")).toBeGreaterThan(1_900);
    expect(ble.gateway.of("description").length).toBeLessThan(10);
  });
});

describe("a radio that has fallen silent", () => {
  test("hears again within 90 s, by a new scan", async () => {
    await using ble = await hearing();
    ble.world.controller.faults.fallSilent("scan");
    const before = heard(ble);
    const tookS = await ble.passUntil(() => heard(ble) > before, 200);
    expect(tookS).toBeLessThanOrEqual(90);
    await ble.pass(10);
    expect(ble.count("watchdog_scan")).toBe(1);
    expect(ble.count("watchdog_cured_scan")).toBe(1);
    expect(ble.count("watchdog_process")).toBe(0);
    expect(ble.state).toBe("online");
  });

  test("is looked after again each time", async () => {
    await using ble = await hearing();
    for (let death = 1; death <= 3; death++) {
      ble.world.controller.faults.fallSilent("scan");
      const before = heard(ble);
      expect(await ble.passUntil(() => heard(ble) > before, 200)).toBeLessThanOrEqual(90);
      await ble.pass(10);
      expect(ble.count("watchdog_cured_scan")).toBe(death);
    }
  });

  test("and refuses to scan is started anew, and hears again", async () => {
    await using ble = await hearing();
    ble.world.controller.faults.fallSilent("scan");
    ble.world.controller.faults.refuseScan(0x0c, 1);
    const before = heard(ble);
    await ble.passUntil(() => ble.state !== "online", 200);
    expect(ble.count("watchdog_failed")).toBe(1);
    expect(ble.count("watchdog_process")).toBe(1);
    await ble.pass(3);
    await ble.until("online");
    await ble.pass(10);
    expect(heard(ble)).toBeGreaterThan(before);
    expect(ble.count("watchdog_cured_process")).toBe(1);
  });

  test("and answers nothing is given up in time, and comes back with the controller", async () => {
    await using ble = await hearing();
    ble.world.controller.faults.isHung = true;
    const tookS = await ble.passUntil(() => ble.state === "waiting", 300);
    expect(tookS).toBeLessThanOrEqual(120);
    ble.world.controller.faults.isHung = false;
    await ble.pass(65);
    await ble.until("online");
    const before = heard(ble);
    await ble.pass(10);
    expect(heard(ble)).toBeGreaterThan(before);
  });
});

describe("a controller", () => {
  test("that refuses to scan at the start is asked again", async () => {
    const ble = await BleWorld.open();
    await using _ = ble;
    ble.world.controller.faults.refuseScan(0x0c, 1);
    thermometer(ble);
    await ble.until("waiting");
    expect(ble.reason).toContain("refuses to scan: status 0x0c");
    await ble.pass(2);
    await ble.until("online");
    await ble.pass(5);
    expect(heard(ble)).toBeGreaterThan(0);
  });

  test("that is switched off and on scans again by itself", async () => {
    await using ble = await hearing();
    await ble.world.down();
    await ble.until("degraded");
    expect(ble.reason).toContain("switched off");
    await ble.world.up();
    await ble.pass(2);
    await ble.until("online");
    const before = heard(ble);
    await ble.pass(10);
    expect(heard(ble)).toBeGreaterThan(before);
    expect(ble.count("switched_off")).toBe(1);
    expect(ble.count("switched_on")).toBe(1);
  });

  test("that is off for long is not taken for silent", async () => {
    await using ble = await hearing();
    await ble.world.down();
    await ble.until("degraded");
    await ble.pass(600);
    expect(ble.count("watchdog_scan")).toBe(0);
    expect(ble.state).toBe("degraded");
  });

  test("whose connection is cut in the middle of an event hears again", async () => {
    await using ble = await hearing();
    ble.world.controller.say(Buffer.of(0x04, 0x3e, 0x20, 0x02, 0x01));
    ble.world.drop();
    await ble.until("degraded");
    await ble.pass(2);
    await ble.until("online");
    const before = heard(ble);
    await ble.pass(10);
    expect(heard(ble)).toBeGreaterThan(before);
  });

  test("that is not there is waited for, and the reason says so", async () => {
    const ble = await BleWorld.open();
    await using _ = ble;
    await ble.world.down();
    await ble.passUntil(() => ble.state === "waiting", 60);
    expect(ble.reason).toBe("The Bluetooth controller did not become ready within 15 s");
  });

  test("is left alone when the adapter stops", async () => {
    const ble = await hearing();
    await ble[Symbol.asyncDispose]();
    expect(ble.world.controller.isScanning).toBe(false);
  });
});

test("limits leave room for a cure within 90 s", () => {
  expect(limits.silentMs + limits.watchMs + limits.commandMs * 3).toBeLessThanOrEqual(90_000);
});
