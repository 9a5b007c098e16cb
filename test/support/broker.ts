import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { Users } from "../../src/bus/access/users.ts";
import { EmbeddedBus, type EmbeddedBusOptions } from "../../src/bus/embedded/embedded-bus.ts";
import { addressText, type ListenerAddress } from "../../src/bus/embedded/listener.ts";
import { systemClock } from "../../src/clock.ts";
import { Counters } from "../../src/counters.ts";
import { FragileStore } from "./fragile-store.ts";
import { MemoryLog } from "./log.ts";
import { PayloadCheck } from "./payload-check.ts";

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: number;
}

/** How a test may want its broker, beside where it listens. */
type BrokerOptions = Partial<
  Pick<EmbeddedBusOptions, "rules" | "isInsecure" | "isHeld" | "clock" | "listen" | "secureContext">
>;

const anyPort = [
  { protocol: "tcp", host: "127.0.0.1", port: 0 },
  { protocol: "ws", host: "127.0.0.1", port: 0 },
] as const;

/** The embedded bus on free ports, and clients to try it with. */
export class TestBroker implements AsyncDisposable {
  readonly counters = new Counters();
  readonly log = new MemoryLog();
  bus!: EmbeddedBus;
  store!: FragileStore;
  users!: Users;
  readonly #options: BrokerOptions;
  readonly #directory: string;
  readonly #clients: MqttClient[] = [];

  private constructor(options: BrokerOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
  }

  static async open(options: BrokerOptions = {}): Promise<TestBroker> {
    const directory = await mkdtemp(join(tmpdir(), "koine-broker-"));
    const broker = new TestBroker(options, directory);
    await broker.#start(options.listen ?? anyPort);
    return broker;
  }

  /** Ends the broker and starts it again on the same ports, with what it kept. */
  async restart(): Promise<void> {
    const { addresses } = this.bus;
    await this.#stop();
    await this.#start(addresses);
  }

  /** As `kill -9`, and started again: what is on the disk stays, nothing else does. */
  async crash(): Promise<void> {
    this.store.refuses = true;
    await this.restart();
  }

  async #start(listen: readonly ListenerAddress[]): Promise<void> {
    const { counters, log } = this;
    this.store = await FragileStore.open(this.#directory);
    this.users = await Users.load(this.store);
    this.bus = await EmbeddedBus.open({
      clock: systemClock(),
      ...this.#options,
      root: "koine",
      listen,
      store: this.store,
      users: this.users,
      counters,
      log,
    });
  }

  async #stop(): Promise<void> {
    await this.bus.close();
    await this.store.close();
  }

  /** `mqtt://127.0.0.1:…` or `ws://…` */
  url(protocol: "tcp" | "ws" = "tcp"): string {
    const address = this.bus.addresses.find((one) => one.protocol === protocol);
    if (!address) throw new Error(`No ${protocol} listener`);
    return addressText(address).replace("tcp:", "mqtt:");
  }

  async client(options: IClientOptions = {}, protocol: "tcp" | "ws" = "tcp"): Promise<TestClient> {
    const mqtt = connect(this.url(protocol), {
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    this.#clients.push(mqtt);
    const client = new TestClient(mqtt);
    await new Promise<void>((resolve, reject) => {
      mqtt.once("connect", () => resolve());
      mqtt.once("error", reject);
    });
    if (mqtt.stream instanceof Socket) mqtt.stream.setNoDelay(true);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
    await this.#stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** How long a client waits for a message before it says what came instead, in ms. */
const patienceMs = 25_000;

/** A real MQTT client that keeps what it receives. */
export class TestClient {
  readonly received: Received[] = [];
  readonly mqtt: MqttClient;
  /** Everybody who waits for the next message. */
  #waiting: (() => void)[] = [];

  /** @param isOrdered whether the broker keeps the order of messages whatever their QoS */
  constructor(mqtt: MqttClient, isOrdered = true) {
    this.mqtt = mqtt;
    const check = new PayloadCheck(isOrdered);
    mqtt.on("message", (topic, data, { retain, qos }) => {
      const payload = data.toString();
      check.take(topic, payload, retain);
      this.received.push({ topic, payload, retain, qos });
      for (const look of this.#waiting.splice(0)) look();
    });
  }

  async subscribe(filter: string, qos: 0 | 1 | 2 = 1): Promise<void> {
    await this.mqtt.subscribeAsync(filter, { qos });
  }

  async publish(
    topic: string,
    payload: string,
    options: { qos?: 0 | 1 | 2; retain?: boolean } = {},
  ): Promise<void> {
    await this.mqtt.publishAsync(topic, payload, { qos: 1, ...options });
  }

  /** Resolves when so many messages have come, or all of `until`. */
  async count(wanted: number): Promise<readonly Received[]> {
    await this.until(() => this.received.length >= wanted);
    return this.received;
  }

  async until(isEnough: () => boolean, wanted = String(isEnough)): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!isEnough()) {
      await new Promise<void>((look, giveUp) => {
        const late = setTimeout(
          () => giveUp(this.#waitedInVain(wanted)),
          deadline - performance.now(),
        );
        this.#waiting.push(() => {
          clearTimeout(late);
          look();
        });
      });
    }
  }

  /** What a test needs to know to see why nothing came. */
  #waitedInVain(wanted: string): Error {
    const last = this.received.slice(-20).map(({ topic, payload }) => `${topic} ${payload}`);
    const state = this.mqtt.connected ? "still connected" : "no longer connected";
    const seen = `${this.received.length} received, ${state}, the last of them:\n${last.join("\n")}`;
    return new Error(`Waited in vain for ${wanted}; ${seen}`);
  }

  /** The first message, come or to come, that fits. */
  async next(fits: (message: Received) => boolean): Promise<Received> {
    let found = this.received.find(fits);
    await this.until(() => (found ??= this.received.find(fits)) !== undefined, String(fits));
    if (!found) throw new Error(`Lost a message: ${String(fits)}`);
    return found;
  }
}
