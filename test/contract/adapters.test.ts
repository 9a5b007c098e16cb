import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type * as Ble from "../../adapters/ble/index.ts";
import { World } from "../../adapters/ble/simulator/index.ts";
import { pvvxData } from "../../adapters/ble/simulator/devices/thermometer.ts";
import type * as Wifi from "../../adapters/wifi/index.ts";
import type * as Zigbee from "../../adapters/zigbee/index.ts";
import { House } from "../../adapters/zigbee/simulator/house.ts";
import { systemClock } from "../../src/clock.ts";
import { isolations, type AdapterKind, type Isolation } from "../../src/core/adapter.ts";
import type * as Testing from "../../src/testing/index.ts";
import type { ContractSubject, ContractWorld } from "../../src/testing/index.ts";
import { TestBroker } from "../support/broker.ts";
import { Cable } from "../support/cable.ts";
import { openTutorial, tutorialFiles } from "../support/tutorial.ts";

/** A module of the built program: workers load nothing else. */
async function built<T>(path: string): Promise<T> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as T;
}

const { adapterContract } = await built<typeof Testing>("src/testing/index.js");
const { ble } = await built<typeof Ble>("adapters/ble/index.js");
const { wifi } = await built<typeof Wifi>("adapters/wifi/index.js");
const { zigbee } = await built<typeof Zigbee>("adapters/zigbee/index.js");
const tutorial = openTutorial();
afterAll(() => tutorial.remove());

interface Box {
  readonly port: number;
  warm(): void;
  cut(): void;
  close(): Promise<void>;
}

async function weatherBox(): Promise<ContractSubject> {
  const file = (name: string): string => pathToFileURL(`${tutorial.directory}/${name}`).href;
  const { weatherBox: kind } = (await import(file("weather-box.mjs"))) as {
    weatherBox: AdapterKind<unknown>;
  };
  const { startBox } = (await import(file("simulator.mjs"))) as {
    startBox: () => Promise<Box>;
  };
  const world = async (): Promise<ContractWorld> => {
    const box = await startBox();
    return {
      config: { port: box.port },
      report: () => box.warm(),
      cut: () => box.cut(),
      close: () => box.close(),
    };
  };
  return { kind, world };
}

/** Tasmota devices on a broker that the adapter reaches over a cable which can be cut. */
async function wifiWorld(): Promise<ContractWorld> {
  const broker = await TestBroker.open();
  const cable = await Cable.open(Number(new URL(broker.url()).port));
  const field = await broker.client();
  let celsius = 20;
  const report = async (): Promise<void> => {
    celsius += 0.5;
    await field.publish("tele/shed/SENSOR", JSON.stringify({ DHT11: { Temperature: celsius } }));
  };
  await field.publish("tele/shed/LWT", "Online", { retain: true });
  return {
    config: { source: `mqtt://127.0.0.1:${cable.port}` },
    report,
    async cut() {
      cable.cutWithinNext();
      await report();
    },
    async close() {
      await cable[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** A formed network, and a sensor that joins when it has something to report. */
async function zigbeeWorld(): Promise<ContractWorld> {
  const house = new House({ clock: systemClock(), random: Math.random });
  const network = { panId: 0x4b03, extendedPanId: "4b6f696e65000003", channel: 20 };
  const key = "0f0e0d0c0b0a09080706050403020100";
  house.stick.form(network, Buffer.from(key, "hex"));
  await house.line.open();
  house.radio.open(3_600);
  const sensor = house.devices.get("00124b0022aa0002");
  let celsius = 2_000;
  return {
    config: {
      port: house.line.address,
      stick: "zstack",
      channel: network.channel,
      network: { pan_id: network.panId, extended_pan_id: network.extendedPanId, key },
    },
    report() {
      celsius += 50;
      sensor?.set(1, 0x0402, 0, celsius);
      if (sensor && !house.radio.named(sensor.ieee)) sensor.join();
      else sensor?.report(1, 0x0402, [0]);
    },
    cut() {
      house.stick.babble(Buffer.from([0xfe, 0x20, 0x44, 0x81]));
      house.line.drop();
    },
    close: () => house.line.close(),
  };
}

/** A controller behind a socket that hears a thermometer. */
async function bleWorld(): Promise<ContractWorld> {
  const world = new World({ clock: systemClock(), random: Math.random });
  await world.open();
  const address = "a4c1385a0b1c";
  let celsius = 20;
  let count = 0;
  const thermometer = world.air.add({
    address,
    intervalMs: 100,
    data: () => pvvxData(address, { celsius, humidityPct: 40, count }),
  });
  return {
    config: { controller: world.address, min_interval: 0 },
    report() {
      celsius += 0.5;
      count += 1;
      world.air.advertise(thermometer);
    },
    cut() {
      world.controller.say(Buffer.of(0x04, 0x3e, 0x20, 0x02, 0x01));
      world.drop();
    },
    close: () => world.close(),
  };
}

const subjects: Readonly<Record<string, () => Promise<ContractSubject>>> = {
  ble: async () => ({ kind: ble, world: bleWorld }),
  wifi: async () => ({ kind: wifi, world: wifiWorld }),
  zigbee: async () => ({ kind: zigbee, world: zigbeeWorld }),
  "the adapter of the tutorial": weatherBox,
};

for (const [name, make] of Object.entries(subjects)) {
  const subject = await make();
  // One that asks for a thread never runs without.
  const offered = isolations.slice(isolations.indexOf(subject.kind.isolation));
  describe.each<Isolation>(offered)(`${name} in isolation %s`, (isolation) => {
    test.each(adapterContract(subject, isolation))(
      "$name",
      { timeout: 60_000 },
      async ({ run }) => {
        await expect(run()).resolves.toBeUndefined();
      },
    );
  });
}

test("the tutorial's adapter and simulator together have fewer than a hundred lines", () => {
  const files = ["weather-box.mjs", "simulator.mjs"].map((name) => tutorialFiles().get(name) ?? "");
  expect(files.join("").trim().split("\n").length).toBeLessThan(100);
});
