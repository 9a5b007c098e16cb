import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { press } from "../../adapters/ble/simulator/devices/bthome.ts";
import type { Farm } from "../../adapters/ble/simulator/devices/index.ts";
import type { Result } from "../../src/model/result.ts";
import { BleDaemon, bleState, radioPid } from "../support/ble-daemon.ts";
import type { TestClient } from "../support/broker.ts";
import { Koine, type Running } from "../support/daemon.ts";
import { InstalledTree } from "../support/installed-tree.ts";
import { isAlive } from "../support/processes.ts";
import { RoundTrips, tripsText } from "../support/round-trips.ts";

const lamp = "koine/1/ble-f0f5bd0c41aa";
const kettle = "koine/1/ble-d0c84e1b7a92";
const door = "koine/1/ble-b4e3f9210a55/value/open";
const button = "koine/1/ble-b4e3f9477c01/event/action";

/** Far above anything a machine with other work to do needs, and far below a stall. */
const generousMs = 500;

interface Opened {
  readonly daemon: Running;
  readonly subscriber: TestClient;
}

async function online({ koine }: BleDaemon): Promise<Opened> {
  const daemon = koine.start("run");
  const subscriber = await koine.subscriber(daemon);
  await bleState(subscriber, "online");
  return { daemon, subscriber };
}

/** The first value of a device's property, from the `after`th message on. */
async function valueOf(subscriber: TestClient, topic: string, after = 0): Promise<unknown> {
  const found = (): { readonly payload: string } | undefined =>
    subscriber.received.slice(after).find((one) => one.topic === topic);
  await subscriber.until(() => found() !== undefined, topic);
  return JSON.parse(found()?.payload ?? "") as unknown;
}

/** What a command leads to in the end. */
async function outcome(
  subscriber: TestClient,
  device: string,
  command: Readonly<Record<string, unknown>>,
): Promise<Result> {
  await subscriber.publish(`${device}/set`, JSON.stringify(command));
  const { payload } = await subscriber.next(
    (one) => one.topic === `${device}/result` && isFinal(one.payload, command["_id"]),
  );
  return JSON.parse(payload) as Result;
}

function isFinal(payload: string, id: unknown): boolean {
  const { _id, status } = JSON.parse(payload) as { _id?: string; status: string };
  return _id === id && status !== "accepted";
}

describe("the devices of a farm", () => {
  let opened: BleDaemon;
  let farm: Farm;
  let subscriber: TestClient;

  beforeAll(async () => {
    opened = await BleDaemon.open({ config: ["commands: { timeout: 5 }"] });
    ({ subscriber } = await online(opened));
    if (!opened.farm) throw new Error("There is no farm");
    ({ farm } = opened);
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  test.each([
    ["an unencrypted thermometer", "ble-a4c1385a0b1c/value/temperature", 10, 30],
    ["a RuuviTag", "ble-d4f01a2b3c4d/value/pressure", 800, 900],
    ["a Govee behind its scan response", "ble-a4c138d07f3e/value/humidity", 50, 100],
    ["a sensor that encrypts", "ble-5448e68f80a5/value/temperature", 10, 30],
  ])("%s appears, with what it measures", async (_, topic, least, most) => {
    const value = await valueOf(subscriber, `koine/1/${topic}`);
    expect(value).toBeGreaterThan(least);
    expect(value).toBeLessThan(most);
  });

  test.each([
    ["a phone behind changing addresses", "ble-phone-ae80e6835ddc"],
    ["a beacon", "ble-beacon-f7826da64fa24e988024bc5b71e0893e-27-4"],
  ])("%s is present", async (_, device) => {
    expect(await valueOf(subscriber, `koine/1/${device}/value/presence`)).toBe(true);
  });

  test("a door that opens is told", async () => {
    const after = subscriber.received.length;
    farm.doorContact.set(true);
    expect(await valueOf(subscriber, door, after)).toBe(true);
  });

  test("a button that is pressed is one event, however often it is sent", async () => {
    farm.button.press(press.double);
    const isPress = ({ topic }: { topic: string }): boolean => topic === button;
    const { payload } = await subscriber.next(isPress);
    expect(JSON.parse(payload)).toMatchObject({ action: "double_press" });
    // Everything it sent was heard when a later press is told.
    farm.button.press(press.long);
    await subscriber.next((one) => isPress(one) && one.payload.includes("long"));
    expect(subscriber.received.filter(isPress)).toHaveLength(2);
  });

  test("a lamp takes a level, and is read back", async () => {
    const after = subscriber.received.length;
    const result = await outcome(subscriber, lamp, { brightness: 40, _id: "lamp" });
    expect(result).toMatchObject({ status: "done", confirmed_by: "report" });
    expect(farm.lamp.level).toBe(102);
    expect(await valueOf(subscriber, `${lamp}/value/brightness`, after)).toBe(40);
  });

  test("a SwitchBot moves its arm, and answers that it has", async () => {
    const moves = farm.switchBot.moves;
    const result = await outcome(subscriber, kettle, { onoff: true, _id: "bot" });
    expect(result).toMatchObject({ status: "done", confirmed_by: "ack" });
    expect(farm.switchBot).toMatchObject({ isOn: true, moves: moves + 1 });
  });

  test("a device that went away has not answered by the deadline, and takes the next command", async () => {
    const { peripheral, level } = farm.lamp;
    peripheral.isPresent = false;
    const result = await outcome(subscriber, lamp, { brightness: 1, _id: "away" });
    expect(result).toMatchObject({ status: "timeout", code: "no_answer" });
    expect(farm.lamp.level).toBe(level);
    peripheral.isPresent = true;
    const next = await outcome(subscriber, lamp, { brightness: 60, _id: "back" });
    expect(next).toMatchObject({ status: "done" });
  });
});

const hasBluetooth = existsSync("/sys/class/bluetooth");

describe("where there is no Bluetooth", () => {
  test.skipIf(hasBluetooth)("one line says why, and the others go on", async () => {
    await using koine = await Koine.open(bleAlone);
    const { reason, lines } = await goOnWithout(koine);
    // On another version of Node than it was installed with, the library does not get so far.
    expect(reason).toMatch(
      /^Bluetooth is not available: (?:this system has no Bluetooth|its library was built for another)/,
    );
    expect(lines).toMatchObject([{ level: 40, msg: "link gone" }]);
  });

  test("the same goes for where its library is not installed", async () => {
    await using tree = await InstalledTree.make();
    await tree.linkPackages("@abandonware");
    await using koine = await Koine.open(bleAlone, tree.main);
    const { reason, lines } = await goOnWithout(koine);
    expect(reason).toMatch(/^Bluetooth is not available: its library is not installed/);
    expect(lines).toMatchObject([{ level: 40, msg: "link gone" }]);
  });
});

const bleAlone = `
bus: { listen: [tcp://127.0.0.1:0] }
adapters:
  - use: wifi
  - use: ble
`;

/**
 * Lets it try twice, and others be heard meanwhile.
 * @returns why it waits, and the lines of the log about it
 */
async function goOnWithout(
  koine: Koine,
): Promise<{ readonly reason: string | undefined; readonly lines: readonly object[] }> {
  const daemon = koine.start("run");
  const subscriber = await koine.subscriber(daemon);
  await bleState(subscriber, "waiting");
  await subscriber.publish("tele/shed/SENSOR", '{"DHT11":{"Temperature":10}}');
  expect(await valueOf(subscriber, "koine/1/tasmota-shed/value/temperature")).toBe(10);
  await bleState(subscriber, "waiting", subscriber.received.length);
  const told = subscriber.received.findLast(
    ({ topic, payload }) =>
      topic === "koine/1/bridge/adapter/ble" && payload.includes('"state":"waiting"'),
  );
  const { reason } = JSON.parse(told?.payload ?? "{}") as { reason?: string };
  daemon.signal("SIGTERM");
  expect(await daemon.exit()).toBe(0);
  return { reason, lines: daemon.log().filter(({ adapter }) => adapter === "ble") };
}

describe("the process of the radio", () => {
  test("is replaced after 5 s in which it does not react, while the others go on", async () => {
    await using opened = await BleDaemon.open();
    const { koine, farm } = opened;
    const { daemon, subscriber } = await online(opened);
    const trips = await RoundTrips.start(await koine.client(daemon));
    await valueOf(subscriber, `${lamp}/value/rssi`);
    await trips.more(300);
    const before = trips.take();
    const pid = radioPid(daemon);
    let after = subscriber.received.length;
    const frozenAt = performance.now();
    process.kill(pid, "SIGSTOP");
    const lost = outcome(subscriber, lamp, { brightness: 10, _id: "lost" });
    await bleState(subscriber, "waiting", after);
    const foundMs = performance.now() - frozenAt;
    after = subscriber.received.length;
    await bleState(subscriber, "online", after);
    const onlineMs = performance.now() - frozenAt;
    const during = trips.take();
    await trips.end();
    process.stdout.write(
      [
        `frozen: found after ${seconds(foundMs)}, online again after ${seconds(onlineMs)}`,
        `broker before: ${tripsText(before.broker)}; meanwhile: ${tripsText(during.broker)}`,
        `WiFi before: ${tripsText(before.wifi)}; meanwhile: ${tripsText(during.wifi)}`,
        "",
      ].join("\n"),
    );
    expect(isAlive(pid)).toBe(false);
    expect(radioPid(daemon)).not.toBe(pid);
    expect(daemon.err).toContain("did not react for 5 s");
    expect(during.broker.p99Ms).toBeLessThan(generousMs);
    expect(during.wifi.p99Ms).toBeLessThan(generousMs);
    expect(await lost).toMatchObject({ status: "failed", code: "unreachable" });
    const result = await outcome(subscriber, lamp, { brightness: 20, _id: "found" });
    expect(result).toMatchObject({ status: "done" });
    expect(farm?.lamp.level).toBe(51);
  });

  test("that is killed is started again, and hears again", async () => {
    await using opened = await BleDaemon.open();
    const { daemon, subscriber } = await online(opened);
    const pid = radioPid(daemon);
    let after = subscriber.received.length;
    process.kill(pid, "SIGKILL");
    await bleState(subscriber, "waiting", after);
    after = subscriber.received.length;
    await bleState(subscriber, "online", after);
    expect(daemon.err).toContain("The adapter's process ended: SIGKILL");
    opened.farm?.doorContact.set(true);
    expect(await valueOf(subscriber, door, after)).toBe(true);
  });

  test("ends by itself when the daemon is killed", async () => {
    await using opened = await BleDaemon.open({ hasFarm: false });
    const { daemon } = await online(opened);
    const pid = radioPid(daemon);
    await daemon.leave();
    daemon.signal("SIGKILL");
    await daemon.exit();
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });
});

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
