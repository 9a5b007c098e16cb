import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cluster } from "../../../../adapters/zigbee/simulator/clusters.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

const plug = "0015bc001a000001";
const sensor = "00124b0022aa0002";
const hasSocat = existsSync("/usr/bin/socat");

async function after(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

describe("a link that is lost", { timeout: 60_000 }, () => {
  let world: ZigbeeWorld;

  beforeEach(async () => {
    world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(sensor, plug);
    world.device(sensor).report(1, cluster.temperature, [0]);
    await world.value(`zigbee-${sensor}`, "temperature", 18.7);
    world.subscriber.received.length = 0;
  });

  afterEach(() => world[Symbol.asyncDispose]());

  /** One report leads to one value: nothing is heard twice. */
  async function isBackWhole(): Promise<void> {
    await world.adapterState("online");
    world.device(sensor).set(1, cluster.temperature, 0, 2_345);
    world.device(sensor).report(1, cluster.temperature, [0]);
    await world.value(`zigbee-${sensor}`, "temperature", 23.45);
    expect(await world.set(`zigbee-${plug}`, { onoff: true })).toMatchObject({ status: "done" });
    const values = world.subscriber.received.filter(
      ({ topic, payload }) => topic.endsWith("/value/temperature") && payload === "23.45",
    );
    expect(values).toHaveLength(1);
    const lost = world.broker.log.lines.filter(({ message }) => message === "link gone");
    expect(lost).toHaveLength(1);
  }

  test("by a reset of the connection is opened again", async () => {
    world.house.line.drop();
    await world.adapterState("waiting");
    await isBackWhole();
  });

  test("for a second comes back, and meanwhile says what is not known", async () => {
    await world.house.line.close();
    await world.adapterState("waiting");
    await world.availability(`zigbee-${sensor}`, "unknown");
    const { payload } = await world.subscriber.next(
      ({ topic, payload: text }) =>
        topic === `koine/1/zigbee-${sensor}/state` && text.includes('"stale"'),
    );
    expect(payload).toContain('"temperature":18.7');
    expect(await world.set(`zigbee-${plug}`, { onoff: true })).toMatchObject({
      status: "failed",
      code: "unreachable",
    });
    await after(1_000);
    await world.house.line.open();
    await isBackWhole();
  });

  test("by a power cut of the stick comes back", async () => {
    await world.house.powerCycle(300);
    await isBackWhole();
  });

  test("by a stick that starts anew by itself is opened again", async () => {
    world.house.stick.powerOff();
    world.house.stick.powerOn();
    await world.adapterState("waiting");
    await isBackWhole();
  });

  test("and comes back with another stick has all devices", async () => {
    await world.house.line.close();
    await world.adapterState("waiting");
    world.house.replaceStick("00124b00ffff0007");
    await world.house.line.open();
    await isBackWhole();
  });

  test("in the middle of a message loses that message alone", async () => {
    world.house.stick.babble(Buffer.from([0xfe, 0x20, 0x44, 0x81, 0x00]));
    world.house.line.drop();
    await world.adapterState("waiting");
    await isBackWhole();
  });
});

test.skipIf(!hasSocat)(
  "a serial port is as good as a network one",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "koine-pty-"));
    const path = join(folder, "stick");
    const bridges: ReturnType<typeof spawn>[] = [];
    try {
      await using world = await ZigbeeWorld.open({
        port: async ({ line }) => {
          const target = `tcp:127.0.0.1:${line.port}`;
          bridges.push(spawn("socat", [`pty,link=${path},raw,echo=0`, target]));
          while (!existsSync(path)) await after(20);
          return path;
        },
      });
      await world.adapterState("online");
      await world.join(plug);
      expect(await world.set(`zigbee-${plug}`, { onoff: true })).toMatchObject({
        status: "done",
        confirmed_by: "report",
      });
    } finally {
      for (const bridge of bridges) bridge.kill();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
