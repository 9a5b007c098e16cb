import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wifi } from "../../adapters/wifi/index.ts";
import type { SimulatedDevice, SimulatedWorld } from "../../adapters/wifi/simulator/client.ts";
import { systemClock } from "../../src/clock.ts";
import { Core } from "../../src/core/core.ts";
import { openMqttStream } from "../../src/core/mqtt-stream.ts";
import { openStore } from "../../src/store/level-store.ts";
import type { Store } from "../../src/store/store.ts";
import { TestBroker, type Received, type TestClient } from "./broker.ts";

export interface WorldOptions {
  /** Devices talk to a second broker, which the adapter reaches over TCP. */
  readonly foreign?: boolean;
  readonly commandTimeoutMs?: number;
  /** Published before the adapter connects. */
  readonly before?: (client: TestClient) => Promise<void>;
}

/** The whole way: a device's MQTT client, a real broker, the wifi adapter, the core, a subscriber. */
export class WifiWorld implements AsyncDisposable {
  readonly broker: TestBroker;
  readonly foreign: TestBroker | undefined;
  /** Sees everything of the common schema. */
  readonly subscriber: TestClient;
  /** A client where the devices are. */
  readonly field: TestClient;
  readonly core: Core;
  readonly #store: Store;
  readonly #directory: string;
  readonly #devices: SimulatedDevice[] = [];

  private constructor(parts: {
    broker: TestBroker;
    foreign: TestBroker | undefined;
    subscriber: TestClient;
    field: TestClient;
    core: Core;
    store: Store;
    directory: string;
  }) {
    this.broker = parts.broker;
    this.foreign = parts.foreign;
    this.subscriber = parts.subscriber;
    this.field = parts.field;
    this.core = parts.core;
    this.#store = parts.store;
    this.#directory = parts.directory;
  }

  static async open(options: WorldOptions = {}): Promise<WifiWorld> {
    const broker = await TestBroker.open();
    const foreign = options.foreign === true ? await TestBroker.open() : undefined;
    const subscriber = await broker.client();
    await subscriber.subscribe("koine/1/#");
    const field = await (foreign ?? broker).client();
    await options.before?.(field);
    const directory = await mkdtemp(join(tmpdir(), "koine-world-"));
    const { store } = await openStore(directory, "aside");
    const { bus, counters, log } = broker;
    const core = await Core.load({
      bus,
      store,
      counters,
      log,
      clock: systemClock(),
      random: Math.random,
      openMqtt: async (source, signal) =>
        source === "own" ? bus.openMqtt() : openMqttStream(source, signal),
      directoryOf: () => "/nonexistent",
      values: true,
      refreshMs: 300_000,
      commandTimeoutMs: options.commandTimeoutMs ?? 10_000,
    });
    const source = foreign ? foreign.url() : "own";
    const adapter = wifi.create(wifi.configSchema.parse({ source }));
    core.host({ name: "wifi", kind: "wifi", adapter });
    core.start();
    const world = new WifiWorld({ broker, foreign, subscriber, field, core, store, directory });
    await world.adapterState("online");
    return world;
  }

  /** Switches a simulated device on. */
  add<T extends SimulatedDevice>(make: (world: SimulatedWorld) => T): T {
    const url = (this.foreign ?? this.broker).url();
    const device = make({ url, clock: systemClock(), random: Math.random });
    this.#devices.push(device);
    device.start();
    return device;
  }

  adapterState(state: string): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/bridge/adapter/wifi" && payload.includes(`"state":"${state}"`),
    );
  }

  /** Waits until a value has been published. */
  value(device: string, key: string, value: unknown): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) =>
        topic === `koine/1/${device}/value/${key}` && payload === JSON.stringify(value),
    );
  }

  availability(device: string, value: string): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${device}/availability` && payload === value,
    );
  }

  /** Sends a command and resolves to its last word. */
  async set(device: string, document: object): Promise<Record<string, unknown>> {
    const id = `t${Math.random()}`;
    await this.command(device, JSON.stringify({ ...document, _id: id }));
    const { payload } = await this.subscriber.next(
      (message) =>
        message.topic === `koine/1/${device}/result` &&
        message.payload.includes(id) &&
        !message.payload.includes('"accepted"'),
    );
    return JSON.parse(payload) as Record<string, unknown>;
  }

  async command(device: string, payload: string): Promise<void> {
    await this.subscriber.publish(`koine/1/${device}/set`, payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.stop()));
    await this.core.stop();
    await this.broker[Symbol.asyncDispose]();
    await this.foreign?.[Symbol.asyncDispose]();
    await this.#store.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
