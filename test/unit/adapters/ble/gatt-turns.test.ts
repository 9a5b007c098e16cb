import { afterAll, beforeAll, expect, test } from "vitest";
import { ble } from "../../../../adapters/ble/index.ts";
import { flags } from "../../../../adapters/ble/simulator/advertising-data.ts";
import { attError } from "../../../../adapters/ble/simulator/gatt.ts";
import { World } from "../../../../adapters/ble/simulator/index.ts";
import type { Peripheral } from "../../../../adapters/ble/simulator/peripheral.ts";
import { systemClock } from "../../../../src/clock.ts";
import type { CommandResult } from "../../../../src/model/adapter-event.ts";
import type { Command } from "../../../../src/model/command.ts";
import { AdapterTrial } from "../../../../src/testing/adapter-trial.ts";
import { seeded } from "./simulator/seeded.ts";

const address = "a4c138000001";
const service = "12345678-0000-4000-8000-00805f9b34fb";
const world = new World({ clock: systemClock(), random: seeded() });
let level = 7;
let lamp: Peripheral;
let trial: AdapterTrial;

const point = { service, as: "u8", write: "confirmed" } as const;

beforeAll(async () => {
  await world.open();
  lamp = world.air.add({
    address,
    data: flags(),
    intervalMs: 100,
    services: [
      {
        uuid: service,
        characteristics: [
          {
            uuid: "ff01",
            properties: ["read", "write", "notify"],
            read: () => Buffer.from([level]),
            write: ([value = 0]) => void (level = value),
          },
          { uuid: "ff02", properties: ["write"], write: () => {} },
          { uuid: "ff03", properties: ["write"], write: () => attError.writeNotPermitted },
        ],
      },
    ],
  });
  trial = await AdapterTrial.open({
    kind: ble,
    isolation: "none",
    config: {
      controller: world.address,
      devices: [
        {
          address,
          connect: "stay",
          points: [
            { ...point, is: "x_lamp_level", characteristic: "ff01", subscribe: true },
            { ...point, is: "x_lamp_mode", characteristic: "ff02" },
            { ...point, is: "x_lamp_secret", characteristic: "ff03", read: false },
          ],
        },
      ],
    },
  });
  await trial.until("the lamp is connected to", () => lamp.central !== undefined);
}, 30_000);

afterAll(async () => {
  await trial[Symbol.asyncDispose]();
  await world.close();
});

function set(values: Readonly<Record<string, number>>): Promise<CommandResult> {
  const writes = Object.entries(values).map(([is, value]) => ({ is, value }));
  const command = { type: "set", ref: [["ble", address]], writes } as unknown as Command;
  return trial.adapter.execute(command, new AbortController().signal);
}

test("each of several commands at once gets its own answer", async () => {
  const [refused, done] = await Promise.allSettled([
    set({ x_lamp_secret: 1 }),
    set({ x_lamp_level: 42 }),
  ]);
  expect(refused).toMatchObject({ status: "rejected", reason: { reason: "device_error" } });
  expect(done).toMatchObject({ status: "fulfilled", value: { confirmedBy: "report" } });
  expect(level).toBe(42);
});

test("what was acknowledged and cannot be read back is done", async () => {
  expect(await set({ x_lamp_mode: 3 })).toEqual({ status: "done", confirmedBy: "ack" });
});

test("a command of which one part is refused says which", async () => {
  expect(await set({ x_lamp_secret: 1, x_lamp_level: 9 })).toMatchObject({
    status: "partial",
    errors: [{ is: "x_lamp_secret", code: "device_error" }],
  });
  expect(level).toBe(9);
});

test("what does not fit is refused before anything is written", async () => {
  await expect(set({ x_lamp_level: 5, x_lamp_mode: 256 })).rejects.toMatchObject({
    reason: "out_of_range",
  });
  expect(level).toBe(9);
});

test("a device that leaves a request without an answer is connected to no longer", async () => {
  lamp.ignores = () => true;
  await expect(set({ x_lamp_mode: 1 })).rejects.toMatchObject({ reason: "no_answer" });
  await trial.until("it is let go", () => lamp.central === undefined);
}, 20_000);
