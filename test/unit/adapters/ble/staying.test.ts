import { describe, expect, test } from "vitest";
import { attError } from "../../../../adapters/ble/simulator/gatt.ts";
import {
  botDevice,
  botRef,
  home,
  lampAddress,
  lampDevice,
  lampRef,
  level,
  note,
  thing,
  thingAddress,
  thingRef,
  type Home,
} from "../../../support/ble-home.ts";

describe("a connection that stays", () => {
  const staying = { ...lampDevice, connect: "stay" };

  async function connected(devices: readonly object[] = [staying]): Promise<Home> {
    const made = await home(devices);
    await made.ble.passUntil(() => made.ble.world.controller.connections === 1, 200);
    await made.ble.pass(5);
    expect(made.ble.world.controller.connections).toBe(1);
    return made;
  }

  test("brings what the device tells by itself", async () => {
    const { ble, lamp: bulb } = await connected();
    await using _ = ble;
    for (const value of [10, 20, 30]) {
      bulb.set(value);
      await ble.pass(1);
    }
    expect(ble.values(`ble-${lampAddress}`, level.is)).toEqual([10, 20, 30]);
  });

  test("lets the scan go on", async () => {
    const { ble } = await connected();
    await using _ = ble;
    const before = ble.count("reports");
    await ble.pass(10);
    expect(ble.count("reports")).toBeGreaterThan(before);
  });

  test("is used by commands", async () => {
    const { ble, lamp: bulb } = await connected();
    await using _ = ble;
    const before = ble.count("connections");
    await ble.execute({ type: "set", ref: lampRef, writes: [{ ...level, value: 5 }] });
    expect(bulb.level).toBe(5);
    expect(ble.count("connections")).toBe(before);
  });

  test("leaves others room to connect", async () => {
    const { ble, bot } = await connected([staying, botDevice]);
    await using _ = ble;
    await ble.execute({ type: "set", ref: botRef, writes: [{ is: "onoff", value: true }] });
    expect(bot.isOn).toBe(true);
    expect(ble.world.controller.connections).toBe(1);
  });

  test("is made again when the link was lost", async () => {
    const { ble, lamp: bulb } = await connected();
    await using _ = ble;
    bulb.peripheral.central?.lose();
    await ble.passUntil(() => ble.world.controller.connections === 0, 60);
    await ble.passUntil(() => ble.world.controller.connections === 1, 200);
    await ble.pass(5);
    bulb.set(99);
    await ble.pass(1);
    expect(ble.values(`ble-${lampAddress}`, level.is)).toEqual([99]);
  });

  test("is made again when the controller was switched off and on", async () => {
    const { ble, lamp: bulb } = await connected();
    await using _ = ble;
    await ble.world.down();
    await ble.until("degraded");
    await ble.world.up();
    await ble.pass(2);
    await ble.until("online");
    await ble.passUntil(() => ble.world.controller.connections === 1, 400);
    await ble.pass(5);
    bulb.set(99);
    await ble.pass(1);
    expect(ble.values(`ble-${lampAddress}`, level.is)).toEqual([99]);
  });

  test("gives each of two commands at a time its own answer", async () => {
    const other = { is: "x_thing_other" };
    const point = { service: "ff00", write: "confirmed", subscribe: true };
    const points = [
      { ...note, ...point, characteristic: "ff01" },
      { ...other, ...point, characteristic: "ff02", read: false },
    ];
    const { ble } = await home([{ address: thingAddress, connect: "stay", points }]);
    await using _ = ble;
    thing(ble, {}, { write: () => attError.writeNotPermitted });
    await ble.passUntil(() => ble.world.controller.connections === 1, 200);
    await ble.pass(5);
    const from = ble.gateway.clock.monotonic();
    const [refused, done] = await ble.during(
      Promise.allSettled(
        [other, note].map(({ is }) =>
          ble.execute({ type: "set", ref: thingRef, writes: [{ is, value: 7 }] }),
        ),
      ),
    );
    expect(refused).toMatchObject({ status: "rejected", reason: { reason: "device_error" } });
    expect(done).toMatchObject({ status: "fulfilled", value: { status: "done" } });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThan(4_000);
  });

  test("waits for the answer to each of many commands, and gathers no listeners", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    const { ble, bot } = await connected([{ ...botDevice, connect: "stay" }]);
    await using _ = ble;
    for (let n = 0; n < 15; n++) {
      await ble.execute({
        type: "set",
        ref: botRef,
        writes: [{ is: "onoff", value: n % 2 === 0 }],
      });
    }
    await ble.settle();
    process.off("warning", warn);
    expect(bot.moves).toBe(15);
    expect(warnings.map(({ name }) => name)).toEqual([]);
  });

  test("goes without what the device does not tell by itself", async () => {
    const mute = {
      ...staying,
      points: [
        { is: "x_lamp_text", service: "180a", characteristic: "2a26", as: "text", subscribe: true },
        ...lampDevice.points,
      ],
    };
    const { ble, lamp: bulb } = await connected([mute]);
    await using _ = ble;
    await ble.pass(10);
    bulb.set(12);
    await ble.pass(1);
    expect(ble.values(`ble-${lampAddress}`, level.is)).toEqual([12]);
  });

  test("ends with the adapter", async () => {
    const { ble } = await connected();
    await ble[Symbol.asyncDispose]();
    expect(ble.world.controller.connections).toBe(0);
  });
});
