import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { House } from "../../adapters/zigbee/simulator/house.ts";
import type { TestClient } from "../support/broker.ts";
import type { Koine, Running } from "../support/daemon.ts";
import { ZigbeeDaemon } from "../support/zigbee-daemon.ts";

const plug = "0015bc001a000001";
const sensor = "00124b0022aa0002";

let koine: Koine;
let house: House;
let opened: ZigbeeDaemon;

beforeEach(async () => {
  opened = await ZigbeeDaemon.open();
  ({ koine, house } = opened);
});

afterEach(() => opened[Symbol.asyncDispose]());

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
