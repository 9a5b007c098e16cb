import { setTimeout as sleep } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cluster } from "../../adapters/zigbee/simulator/clusters.ts";
import type { House } from "../../adapters/zigbee/simulator/house.ts";
import type { TestClient } from "../support/broker.ts";
import type { Koine, Running } from "../support/daemon.ts";
import { MemoryWatch } from "../support/memory-watch.ts";
import { ZigbeeDaemon } from "../support/zigbee-daemon.ts";

const noiseSeconds = Number(process.env["KOINE_NOISE_SECONDS"] ?? 60);
const closedSeconds = Number(process.env["KOINE_CLOSED_SECONDS"] ?? 60);
const sensor = "00124b0022aa0002";
const plug = "0015bc001a000001";

let opened: ZigbeeDaemon;
let koine: Koine;
let daemon: Running;
let house: House;
let subscriber: TestClient;

/** The built daemon with a stick, two devices that have joined, and a WiFi device beside. */
beforeEach(async () => {
  opened = await ZigbeeDaemon.open("use: wifi");
  ({ koine, house } = opened);
  daemon = koine.start("run");
  subscriber = await koine.subscriber(daemon);
  await state("online");
  house.radio.open(3_600);
  for (const ieee of [sensor, plug]) {
    house.devices.get(ieee)?.join();
    await subscriber.next(
      ({ topic, payload }) =>
        topic.endsWith("/event/interview") &&
        payload.includes(ieee) &&
        payload.includes("successful"),
    );
  }
}, 60_000);

afterEach(() => opened[Symbol.asyncDispose]());

async function state(word: string): Promise<void> {
  await subscriber.next(
    ({ topic, payload }) =>
      topic === "koine/1/bridge/adapter/zigbee" && payload.includes(`"state":"${word}"`),
  );
}

/** One report leads to one value. */
async function isHeardOnce(celsius: number): Promise<void> {
  const told = ({ topic, payload }: { topic: string; payload: string }): boolean =>
    topic === `koine/1/zigbee-${sensor}/value/temperature` && Number(payload) === celsius;
  const device = house.devices.get(sensor);
  device?.set(1, cluster.temperature, 0, celsius * 100);
  for (let turn = 0; turn < 20 && !subscriber.received.some(told); turn++) {
    device?.report(1, cluster.temperature, [0]);
    await sleep(100);
  }
  await subscriber.next(told);
  expect(subscriber.received.filter(told)).toHaveLength(1);
}

describe("the port of a stick that is closed", () => {
  test.each([1, 10, closedSeconds])(
    "for %i s costs nothing but those seconds",
    { timeout: 300_000 },
    async (seconds) => {
      const wifi = await koine.client(daemon);
      await wifi.publish("tele/shed/SENSOR", '{"DHT11":{"Temperature":10}}');
      await subscriber.next(({ topic }) => topic.endsWith("/tasmota-shed/value/temperature"));
      subscriber.received.length = 0;
      await house.line.close();
      await state("waiting");
      const endsAt = performance.now() + seconds * 1_000;
      for (let turn = 0; performance.now() < endsAt; turn++) {
        const reading = JSON.stringify({ DHT11: { Temperature: 20 + turn / 10 } });
        await wifi.publish("tele/shed/SENSOR", reading);
        await sleep(500);
      }
      const toldMeanwhile = subscriber.received.filter(({ topic }) =>
        /\/tasmota-shed\/value\/temperature/.test(topic),
      );
      expect(toldMeanwhile.length).toBeGreaterThan(seconds);
      subscriber.received.length = 0;
      await house.line.open();
      // The supervisor tries at least once a minute.
      for (let turn = 0; turn < 4; turn++) await state("online").catch(() => {});
      await isHeardOnce(23);
      expect(daemon.child.exitCode).toBeNull();
      expect(daemon.log().filter(({ msg }) => msg === "link gone")).toHaveLength(1);
    },
  );
});

test(
  `${noiseSeconds} s of random bytes from the stick leave the gateway as it was`,
  { timeout: noiseSeconds * 1_000 + 120_000 },
  async () => {
    const makeNoise = async (seconds: number): Promise<void> => {
      const endsAt = performance.now() + seconds * 1_000;
      while (performance.now() < endsAt) {
        // A quarter of what a UART could carry, with as many start bytes as chance would not give.
        house.stick.babble(Buffer.from(randomBytes(60).map((byte) => (byte < 8 ? 0xfe : byte))));
        await sleep(20);
      }
    };
    await makeNoise(noiseSeconds / 3);
    using memory = new MemoryWatch(daemon);
    await makeNoise((noiseSeconds * 2) / 3);
    const { growthMib } = memory;
    process.stdout.write(`RSS grew by ${growthMib.toFixed(1)} MiB in ${noiseSeconds} s of noise\n`);
    expect(growthMib).toBeLessThan(25);
    // Noise can look like a stick that has started anew; then the link was opened again.
    subscriber.received.length = 0;
    await isHeardOnce(24);
    expect(daemon.child.exitCode).toBeNull();
  },
);
