import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { House } from "../../adapters/zigbee/simulator/house.ts";
import { systemClock } from "../../src/clock.ts";
import type { TestClient } from "../support/broker.ts";
import { Koine, type Running } from "../support/daemon.ts";

const plug = "0015bc001a000001";
const sensor = "00124b0022aa0002";
const key = "00112233445566778899aabbccddeeff";
const network = { panId: 0x4b05, extendedPanId: "4b6f696e65000005", channel: 20 };

let koine: Koine;
let house: House;

beforeEach(async () => {
  house = new House({ clock: systemClock(), random: Math.random });
  house.stick.form(network, Buffer.from(key, "hex"));
  await house.line.open();
  const adapter = `{ use: zigbee, port: "${house.line.address}", stick: zstack }`;
  koine = await Koine.open(`bus: { listen: [tcp://127.0.0.1:0] }\nadapters: [${adapter}]\n`);
  const folder = join(koine.directory, "koine-data/adapters/zigbee");
  await mkdir(folder, { recursive: true });
  const { panId, extendedPanId, channel } = network;
  const file = { pan_id: panId, extended_pan_id: extendedPanId, channel, key };
  await writeFile(join(folder, "network.json"), JSON.stringify(file));
});

afterEach(async () => {
  await koine[Symbol.asyncDispose]();
  await house.line.close();
});

async function online(): Promise<{ daemon: Running; subscriber: TestClient }> {
  const daemon = koine.start("run");
  const subscriber = await koine.subscriber(daemon);
  await subscriber.next(
    ({ topic, payload }) =>
      topic === "koine/1/bridge/adapter/zigbee" && payload.includes('"state":"online"'),
  );
  return { daemon, subscriber };
}

async function letIn(subscriber: TestClient, ieee: string): Promise<void> {
  house.devices.get(ieee)?.join();
  await subscriber.next(
    ({ topic, payload }) =>
      topic.endsWith("/event/interview") &&
      payload.includes(ieee) &&
      payload.includes("successful"),
  );
}

describe("koine zigbee", () => {
  test("asks the running gateway, and says what it answers", async () => {
    const { subscriber } = await online();
    expect(await koine.run("zigbee", "permit-join", "--time", "60")).toMatchObject({
      code: 0,
      out: '{"seconds":60}\n',
    });
    await letIn(subscriber, plug);
    const removed = await koine.run("zigbee", "remove", "nobody");
    expect(removed).toMatchObject({ code: 1 });
    expect(removed.err).toContain('There is no device "nobody"');
    const wrong = await koine.run("zigbee", "permit-join", "--time", "1000");
    expect(wrong.code).toBe(1);
    const { out } = await koine.run("zigbee", "map", "--format", "svg");
    expect(out).toMatch(/^<svg/);
  });

  test("has every request and tool in its help", async () => {
    const { out } = await koine.run("zigbee", "--help");
    for (const verb of ["permit-join", "ota-update", "group-create", "restore", "import"]) {
      expect(out).toContain(verb);
    }
  });

  test("keeps its hands off the files of a gateway that runs", async () => {
    const { daemon, subscriber } = await online();
    await koine.run("zigbee", "permit-join");
    await letIn(subscriber, plug);
    const { out } = await koine.run("zigbee", "backup");
    await koine.write("backup.json", out);
    const refused = await koine.run("zigbee", "restore", "backup.json", "--force");
    expect(refused.err).toContain("stop it first");
    daemon.signal("SIGTERM");
    await daemon.exit();
    const restored = await koine.run("zigbee", "restore", "backup.json", "--force");
    expect(restored).toMatchObject({ code: 0 });
    expect(restored.out).toContain("database.db");
  });
});

test(
  "a gateway that is killed at any moment comes back with its network",
  { timeout: 120_000 },
  async () => {
    for (const afterMs of [0, 30, 150, 400]) {
      const { daemon, subscriber } = await online();
      await koine.run("zigbee", "permit-join");
      const device = house.devices.get(afterMs % 100 === 0 ? plug : sensor);
      if (device && !house.radio.named(device.ieee)) device.join();
      await new Promise((resolve) => {
        setTimeout(resolve, afterMs);
      });
      await subscriber.mqtt.endAsync(true);
      await daemon.leave();
      daemon.signal("SIGKILL");
      await daemon.exit();
    }
    const { subscriber } = await online();
    await koine.run("zigbee", "permit-join");
    for (const ieee of [plug, sensor]) {
      // What was killed in the middle of its interview is asked anew when it is heard again.
      if (!house.radio.named(ieee)) house.devices.get(ieee)?.join();
      else house.devices.get(ieee)?.rejoin();
    }
    await subscriber.next(({ topic }) => topic === `koine/1/zigbee-${plug}/description`);
    const id = "after-kills";
    await subscriber.publish(
      `koine/1/zigbee-${plug}/set`,
      JSON.stringify({ onoff: true, _id: id }),
    );
    const { payload } = await subscriber.next(
      ({ topic, payload: text }) =>
        topic === `koine/1/zigbee-${plug}/result` &&
        text.includes(id) &&
        !text.includes("accepted"),
    );
    expect(JSON.parse(payload)).toMatchObject({ status: "done" });
  },
);
