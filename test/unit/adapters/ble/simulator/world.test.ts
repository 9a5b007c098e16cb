import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { World } from "../../../../../adapters/ble/simulator/index.ts";
import { ManualClock } from "../../../../support/manual-clock.ts";
import { seeded } from "./seeded.ts";

/** Whether a host can connect: "open", or why not. */
async function tried(port: number): Promise<string> {
  const socket: Socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve("open");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function opened(): Promise<{ readonly clock: ManualClock; readonly world: World }> {
  const clock = new ManualClock();
  const world = new World({ clock, random: seeded() });
  await world.open();
  return { clock, world };
}

it("is down for as long as it was told, and up where it was", async () => {
  const { clock, world } = await opened();
  const { port } = world;
  const up = world.downFor(30_000);
  await clock.advance(29_999);
  expect(await tried(port)).toBe("ECONNREFUSED");
  await clock.advance(1);
  await up;
  expect([await tried(port), world.port]).toEqual(["open", port]);
  await world.close();
});

it("stays closed when it is closed while it is down", async () => {
  const { clock, world } = await opened();
  const { port } = world;
  const up = world.downFor(30_000);
  await clock.advance(1);
  await world.close();
  await clock.advance(30_000);
  await up;
  expect(await tried(port)).toBe("ECONNREFUSED");
});

it("gives the controller to who connects last", async () => {
  const { world } = await opened();
  const first = connect(world.port, "127.0.0.1").on("error", () => {});
  await once(first, "connect");
  const gone = new Promise((resolve) => {
    first.once("close", resolve);
  });
  const second = connect(world.port, "127.0.0.1");
  await gone;
  second.write(Buffer.from("01030c00", "hex"));
  expect(await once(second, "data")).toEqual([Buffer.from("040e0401030c00", "hex")]);
  second.destroy();
  await world.close();
});
