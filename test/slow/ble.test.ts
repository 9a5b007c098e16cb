import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { opcode } from "../../adapters/ble/simulator/hci.ts";
import type { World } from "../../adapters/ble/simulator/index.ts";
import { systemClock } from "../../src/clock.ts";
import { addThermometers, walkBy } from "../support/ble-crowd.ts";
import { BleDaemon, bleState, heapFloorOf, radioPid } from "../support/ble-daemon.ts";
import type { TestClient } from "../support/broker.ts";
import { residentMibOf } from "../support/processes.ts";
import { RoundTrips, tripsText } from "../support/round-trips.ts";

/** As long as a blocking connect of the system may last: what the adapter announces. */
const stallSeconds = Number(process.env["KOINE_BLE_STALL_SECONDS"] ?? 45);

/** How many senders walk by, and how many in a second of simulated time: 50,000 in ten minutes. */
const addresses = Number(process.env["KOINE_BLE_ADDRESSES"] ?? 50_000);
const perSecond = 50_000 / 600;
const timeScale = 10;
/** What noise in a floor may be: twenty bytes for each address of a full run. */
const flatBytes = 2 ** 20;

const lamp = "koine/1/ble-f0f5bd0c41aa";
const door = "koine/1/ble-b4e3f9210a55/value/open";

/** Far above anything a machine with other work to do needs, and far below a stall. */
const generousMs = 500;

test(
  `a process that stands still for ${stallSeconds} s in a connect is kept, and hears again`,
  { timeout: stallSeconds * 1_000 + 60_000 },
  async () => {
    await using opened = await BleDaemon.open();
    const { koine, world, farm } = opened;
    const daemon = koine.start("run");
    const subscriber = await koine.subscriber(daemon);
    await bleState(subscriber, "online");
    const trips = await RoundTrips.start(await koine.client(daemon));
    await subscriber.next(({ topic }) => topic === `${lamp}/value/rssi`);
    await trips.more(300);
    const before = trips.take();
    const pid = radioPid(daemon);
    const stopped = connecting(world).then(() => process.kill(pid, "SIGSTOP"));
    await subscriber.publish(`${lamp}/set`, JSON.stringify({ brightness: 40, _id: "first" }));
    await stopped;
    const untilMs = performance.now() + stallSeconds * 1_000;
    await subscriber.publish(`${lamp}/set`, JSON.stringify({ brightness: 50, _id: "second" }));
    await sleep(untilMs - performance.now());
    const during = trips.take();
    const after = subscriber.received.length;
    process.kill(pid, "SIGCONT");
    await finalOf(subscriber, "first");
    await finalOf(subscriber, "second");
    farm?.doorContact.set(true);
    await subscriber.until(() => hasTold(subscriber, after, door, "true"), "the door");
    await subscriber.publish(`${lamp}/set`, JSON.stringify({ brightness: 60, _id: "third" }));
    const third = await finalOf(subscriber, "third");
    await trips.end();
    process.stdout.write(
      [
        `${stallSeconds} s in a connect:`,
        `broker before: ${tripsText(before.broker)}; meanwhile: ${tripsText(during.broker)}`,
        `WiFi before: ${tripsText(before.wifi)}; meanwhile: ${tripsText(during.wifi)}`,
        ...["first", "second"].flatMap((id) => finalsOf(subscriber, id)),
        "",
      ].join("\n"),
    );
    expect(radioPid(daemon)).toBe(pid);
    expect(world.controller.isScanning).toBe(true);
    expect(daemon.err).not.toContain("did not react");
    expect(during.broker.p99Ms).toBeLessThan(generousMs);
    expect(during.wifi.p99Ms).toBeLessThan(generousMs);
    expect(finalsOf(subscriber, "first")).toHaveLength(1);
    expect(finalsOf(subscriber, "second")).toHaveLength(1);
    expect(JSON.parse(third)).toMatchObject({ status: "done" });
    expect(farm?.lamp.level).toBe(153);
  },
);

test(
  `${addresses} random addresses in ${addresses / perSecond} s of simulated time leave the heaps as they are`,
  { timeout: (addresses / perSecond / timeScale) * 1_000 + 120_000 },
  async () => {
    const clock = systemClock(timeScale);
    await using opened = await BleDaemon.open({ hasFarm: false, world: { clock } });
    const { koine, world } = opened;
    const daemon = koine.start("run", "--time-scale", String(timeScale));
    const subscriber = await koine.subscriber(daemon);
    await bleState(subscriber, "online");
    const devices = addThermometers(world.air, clock, { count: 20, everyMs: 5_000 });
    await subscriber.until(() => areHeard(devices, subscriber, 0), "all thermometers");
    const daemonPid = daemon.child.pid ?? 0;
    const pid = radioPid(daemon);
    const isFull = addresses >= 50_000;
    // To look into the daemon takes seconds.
    const processes = [
      ["radio", pid] as const,
      ...(isFull ? [["daemon", daemonPid] as const] : []),
    ];
    const look = async (when: string): Promise<readonly number[]> => {
      const floors: number[] = [];
      for (const [name, one] of processes) {
        const bytes = await heapFloorOf(koine, one);
        floors.push(bytes);
        const figures = `${(bytes / 2 ** 20).toFixed(2)} MiB, RSS ${residentMibOf(one).toFixed(0)} MiB`;
        process.stdout.write(`heap of the ${name} ${when}: ${figures}\n`);
      }
      return floors;
    };
    if (isFull) await look("before");
    // By then everything that is bounded is full.
    const first = Math.max(addresses / 5, 5_000);
    await walkBy(world.air, perSecond, first);
    const full = await look(`after ${first}`);
    const after = subscriber.received.length;
    await walkBy(world.air, perSecond, addresses - first);
    await subscriber.until(() => areHeard(devices, subscriber, after), "all thermometers again");
    const end = await look(`after ${addresses}`);
    expect(radioPid(daemon)).toBe(pid);
    const grown = end.map((bytes, n) => bytes - (full[n] ?? 0));
    expect(Math.max(...grown)).toBeLessThan(flatBytes);
  },
);

/** Each of them has told a temperature since then. */
function areHeard(devices: readonly string[], { received }: TestClient, after: number): boolean {
  const topics = new Set(received.slice(after).map(({ topic }) => topic));
  return devices.every((id) => topics.has(`koine/1/${id}/value/temperature`));
}

/** Resolves when the controller is asked to connect. */
function connecting({ controller }: World): Promise<void> {
  return new Promise((resolve) => {
    controller.onPacket = (packet) => {
      if (packet.type === "command" && packet.opcode === opcode.leCreateConnection) resolve();
    };
  });
}

function hasTold({ received }: TestClient, after: number, topic: string, payload: string): boolean {
  return received.slice(after).some((one) => one.topic === topic && one.payload === payload);
}

/** The last words on a command of the lamp, of which there is to be one. */
function finalsOf({ received }: TestClient, id: string): readonly string[] {
  return received
    .filter(({ topic, payload }) => topic === `${lamp}/result` && payload.includes(`"${id}"`))
    .map(({ payload }) => payload)
    .filter((payload) => !payload.includes('"accepted"'));
}

async function finalOf(subscriber: TestClient, id: string): Promise<string> {
  await subscriber.until(() => finalsOf(subscriber, id).length > 0, `the end of "${id}"`);
  return finalsOf(subscriber, id)[0] ?? "";
}
