import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type * as Wifi from "../../adapters/wifi/index.ts";
import type { AdapterKind, Isolation } from "../../src/core/adapter.ts";
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
const { wifi } = await built<typeof Wifi>("adapters/wifi/index.js");
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

const subjects: Readonly<Record<string, () => Promise<ContractSubject>>> = {
  wifi: async () => ({ kind: wifi, world: wifiWorld }),
  "the adapter of the tutorial": weatherBox,
};

for (const [name, make] of Object.entries(subjects)) {
  const subject = await make();
  describe.each<Isolation>(["none", "worker"])(`${name} in isolation %s`, (isolation) => {
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
