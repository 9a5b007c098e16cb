import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VitalSigns, type Vitals } from "../../../src/health/vital-signs.ts";
import type { AdapterState } from "../../../src/model/bridge.ts";
import { TestBroker } from "../../support/broker.ts";
import { FragileStore } from "../../support/fragile-store.ts";
import { ManualClock, turns } from "../../support/manual-clock.ts";

const never = (): Promise<never> => new Promise<never>(() => {});

/** A daemon's vital signs on a real store, with a clock that is moved by hand. */
class Daemon implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly looks: Vitals[] = [];
  adapter: AdapterState = "online";
  echo: () => Promise<void> = async () => {};
  readonly store: FragileStore;
  readonly #directory: string;
  readonly #stop: () => void;

  private constructor(
    store: FragileStore,
    directory: string,
    answer: (key: string) => Promise<string | undefined> = (key) => store.get(key),
  ) {
    this.store = store;
    this.#directory = directory;
    const signs = new VitalSigns({
      clock: this.clock,
      store: { get: answer, write: (changes) => store.write(changes) },
      echo: () => this.echo(),
      adapters: () => [{ name: "wifi", state: this.adapter }],
    });
    signs.onLook((vitals) => void this.looks.push(vitals));
    this.#stop = signs.start();
  }

  static async open(answer?: () => Promise<undefined>): Promise<Daemon> {
    const directory = await mkdtemp(join(tmpdir(), "koine-vitals-"));
    return new Daemon(await FragileStore.open(directory), directory, answer);
  }

  /** Moves time on, and waits for the disk wherever it is asked. */
  async advance(seconds: number): Promise<void> {
    this.clock.settle = async () => {
      do await turns();
      while (this.store.waiting > 0);
    };
    await this.clock.advance(seconds * 1_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.store.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

test("a daemon that works is looked at every ten seconds, and is healthy", async () => {
  await using daemon = await Daemon.open();
  await daemon.advance(60);
  expect(daemon.looks).toHaveLength(7);
  for (const look of daemon.looks) {
    expect(look).toMatchObject({ healthy: true, troubles: [], warnings: [], loopLagMs: 0 });
  }
});

test("an event loop that stood still is told once", async () => {
  await using daemon = await Daemon.open();
  await daemon.advance(10);
  const { clock } = daemon;
  // Nothing runs meanwhile: all timers are late together.
  const real = clock.monotonic.bind(clock);
  clock.monotonic = () => real() + 12_000;
  await daemon.advance(20);
  expect(daemon.looks.map(({ healthy }) => healthy)).toEqual([true, true, false, true]);
  expect(daemon.looks[2]?.troubles).toEqual(["the event loop stood still for 12.0 s"]);
});

test("a broker that hands nothing out any more is told", async () => {
  await using daemon = await Daemon.open();
  await daemon.advance(1);
  let asked = 0;
  let answer: () => void = () => {};
  daemon.echo = () => {
    asked += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  await daemon.advance(40);
  expect(daemon.looks.at(-1)).toMatchObject({
    healthy: false,
    troubles: ["the broker did not answer within 5 s"],
    busMs: null,
  });
  expect(asked, "a broker that hangs is not asked again and again").toBe(1);
  answer();
  daemon.echo = async () => {};
  await daemon.advance(20);
  expect(daemon.looks.at(-1)).toMatchObject({ healthy: true });
});

test("a store that does not answer is told", async () => {
  await using daemon = await Daemon.open(never);
  await daemon.advance(20);
  expect(daemon.looks.at(-1)).toMatchObject({
    healthy: false,
    troubles: ["the store did not answer within 5 s"],
    storeMs: null,
  });
});

test("a full disk and an adapter that is down are warnings: a new start would not help", async () => {
  await using daemon = await Daemon.open();
  daemon.store.refuses = true;
  daemon.adapter = "waiting";
  await daemon.advance(610);
  expect(daemon.looks.at(-1)).toMatchObject({
    healthy: true,
    warnings: [
      "adapter wifi is waiting",
      "the disk refuses: Cannot write: no space left on device",
    ],
  });
});

test("the disk is written to only now and then", async () => {
  await using daemon = await Daemon.open();
  let writes = 0;
  const write = daemon.store.write.bind(daemon.store);
  daemon.store.write = (changes) => {
    writes += 1;
    return write(changes);
  };
  await daemon.advance(3_600);
  expect([5, 6]).toContain(writes);
});

test("a message goes through the real broker and back", async () => {
  await using broker = await TestBroker.open();
  const client = await broker.client();
  await client.subscribe("#");
  await expect(broker.bus.echo()).resolves.toBeUndefined();
  await Promise.all([broker.bus.echo(), broker.bus.echo()]);
  expect(client.received.filter(({ topic }) => topic.includes("echo"))).toEqual([]);
});
