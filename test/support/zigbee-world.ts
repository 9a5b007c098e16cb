import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zigbee } from "../../adapters/zigbee/index.ts";
import type { Device } from "../../adapters/zigbee/simulator/device.ts";
import { House } from "../../adapters/zigbee/simulator/house.ts";
import { systemClock } from "../../src/clock.ts";
import { Core } from "../../src/core/core.ts";
import { openStore } from "../../src/store/level-store.ts";
import type { Store } from "../../src/store/store.ts";
import { TestBroker, type Received, type TestClient } from "./broker.ts";

type Config = Readonly<Record<string, unknown>>;

export interface ZigbeeWorldOptions {
  /** The stick is a new one, without a network: forming one takes some seconds. */
  readonly isNew?: boolean;
  readonly config?: Config;
  readonly commandTimeoutMs?: number;
  /** Where the stick is, when not at the TCP port of the house. */
  readonly port?: (house: House) => Promise<string>;
}

const network = { panId: 0x4b01, extendedPanId: "4b6f696e65000001", channel: 20 } as const;
const networkKey = "00112233445566778899aabbccddeeff";

/** The whole way: simulated devices, a stick in bytes, the adapter, the core, a broker, a subscriber. */
export class ZigbeeWorld implements AsyncDisposable {
  readonly broker: TestBroker;
  readonly house: House;
  /** Sees everything of the common schema. */
  readonly subscriber: TestClient;
  /** Of the adapter's own files. */
  readonly directory: string;
  core!: Core;
  #store!: Store;
  readonly #options: ZigbeeWorldOptions;
  readonly #root: string;
  #port = "";

  private constructor(
    options: ZigbeeWorldOptions,
    parts: { broker: TestBroker; house: House; subscriber: TestClient; root: string },
  ) {
    this.#options = options;
    this.broker = parts.broker;
    this.house = parts.house;
    this.subscriber = parts.subscriber;
    this.#root = parts.root;
    this.directory = join(parts.root, "zigbee");
  }

  static async open(options: ZigbeeWorldOptions = {}): Promise<ZigbeeWorld> {
    const broker = await TestBroker.open();
    const subscriber = await broker.client();
    await subscriber.subscribe("koine/1/#");
    const house = new House({ clock: systemClock(), random: Math.random });
    await house.line.open();
    const root = await mkdtemp(join(tmpdir(), "koine-zigbee-"));
    const world = new ZigbeeWorld(options, { broker, house, subscriber, root });
    world.#port = (await options.port?.(house)) ?? house.line.address;
    if (options.isNew !== true) await world.#settle();
    await world.start();
    return world;
  }

  /** Starts the gateway; `online` waits for the network. */
  async start(config: Config = {}): Promise<void> {
    const { bus, counters, log } = this.broker;
    this.#store = (await openStore(join(this.#root, "store"), "aside")).store;
    this.core = await Core.load({
      bus,
      store: this.#store,
      counters,
      log,
      clock: systemClock(),
      random: Math.random,
      openMqtt: () => Promise.reject(new Error("No broker for this adapter")),
      directoryOf: () => this.directory,
      values: true,
      refreshMs: 300_000,
      commandTimeoutMs: this.#options.commandTimeoutMs ?? 10_000,
    });
    const adapter = zigbee.create(
      zigbee.configSchema.parse({
        port: this.#port,
        stick: "zstack",
        ...this.#options.config,
        ...config,
      }),
    );
    const { requests = {} } = zigbee;
    this.core.host({ name: "zigbee", kind: "zigbee", adapter, requests });
    this.core.start();
  }

  /** As if the network had been formed in an earlier run. */
  async #settle(): Promise<void> {
    const { panId, extendedPanId, channel } = network;
    this.house.stick.form(network, Buffer.from(networkKey, "hex"));
    await mkdir(this.directory, { recursive: true });
    const file = { pan_id: panId, extended_pan_id: extendedPanId, channel, key: networkKey };
    await writeFile(join(this.directory, "network.json"), JSON.stringify(file));
  }

  /** Stops the gateway; everything on the disk stays. */
  async stop(): Promise<void> {
    await this.core.stop();
    await this.#store.close();
  }

  /** The gateway forgets everything it knew, but for the adapter's own files; it is stopped. */
  async forget(): Promise<void> {
    await rm(join(this.#root, "store"), { recursive: true });
  }

  async restart(config: Config = {}): Promise<void> {
    await this.stop();
    this.subscriber.received.length = 0;
    await this.start(config);
    await this.adapterState("online");
  }

  adapterState(state: string): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/bridge/adapter/zigbee" && payload.includes(`"state":"${state}"`),
    );
  }

  device(ieee: string): Device {
    const device = this.house.devices.get(ieee);
    if (!device) throw new Error(`No simulated device ${ieee}`);
    return device;
  }

  /** Opens the network and lets devices join; resolves when each was interviewed. */
  async join(...ieees: readonly string[]): Promise<void> {
    await this.request("permit-join", { time: 200 });
    for (const ieee of ieees) {
      this.device(ieee).join();
      await this.notice("interview", { ieee, status: "successful" });
    }
  }

  /** Waits for something that happened to the network, with these fields. */
  async notice(name: string, fields: Readonly<Record<string, unknown>>): Promise<Received> {
    return this.subscriber.next(({ topic, payload }) => {
      if (topic !== `koine/1/bridge/event/${name}`) return false;
      const said = JSON.parse(payload) as Record<string, unknown>;
      return Object.entries(fields).every(([key, value]) => said[key] === value);
    });
  }

  /** Asks the adapter something, as the owner of the data. */
  async request(verb: string, params: object = {}): Promise<Record<string, unknown>> {
    return {
      ...(await this.core.requests.ask(`zigbee/${verb}`, JSON.stringify(params), "control")),
    };
  }

  /** Waits until a value has been published. */
  value(device: string, key: string, value: unknown): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) =>
        topic === `koine/1/${device}/value/${key}` && payload === JSON.stringify(value),
    );
  }

  event(device: string, fields: Readonly<Record<string, unknown>>): Promise<Received> {
    return this.subscriber.next(({ topic, payload }) => {
      if (!topic.startsWith(`koine/1/${device}/event/`)) return false;
      const said = JSON.parse(payload) as Record<string, unknown>;
      return Object.entries(fields).every(([key, value]) => said[key] === value);
    });
  }

  availability(device: string, value: string): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${device}/availability` && payload === value,
    );
  }

  async description(device: string): Promise<Record<string, unknown>> {
    const { payload } = await this.subscriber.next(
      ({ topic, payload: text }) => topic === `koine/1/${device}/description` && text !== "",
    );
    return JSON.parse(payload) as Record<string, unknown>;
  }

  /** Sends a command and resolves to its first word that fits, by default the last one. */
  async set(
    device: string,
    document: { readonly _id?: string; readonly [key: string]: unknown },
    status: RegExp = /"status":"(?!accepted|queued)/,
  ): Promise<Record<string, unknown>> {
    const id = document._id ?? `t${Math.random()}`;
    await this.subscriber.publish(
      `koine/1/${device}/set`,
      JSON.stringify({ ...document, _id: id }),
    );
    return this.result(device, id, status);
  }

  async result(device: string, id: string, status: RegExp): Promise<Record<string, unknown>> {
    const { payload } = await this.subscriber.next(
      (message) =>
        message.topic === `koine/1/${device}/result` &&
        message.payload.includes(id) &&
        status.test(message.payload),
    );
    return JSON.parse(payload) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.broker[Symbol.asyncDispose]();
    await this.house.line.close();
    await rm(this.#root, { recursive: true, force: true });
  }
}
