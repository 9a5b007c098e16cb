import { Socket } from "node:net";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { EmbeddedBus } from "../../src/bus/embedded/embedded-bus.ts";
import { addressText, type ListenerAddress } from "../../src/bus/embedded/listener.ts";
import { systemClock } from "../../src/clock.ts";
import { Counters } from "../../src/counters.ts";
import { MemoryLog } from "./log.ts";
import { PayloadCheck } from "./payload-check.ts";

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: number;
}

/** The embedded bus on free ports, and clients to try it with. */
export class TestBroker implements AsyncDisposable {
  readonly counters = new Counters();
  readonly log = new MemoryLog();
  bus!: EmbeddedBus;
  readonly #clients: MqttClient[] = [];

  static async open(): Promise<TestBroker> {
    const broker = new TestBroker();
    broker.bus = await broker.#listen([
      { protocol: "tcp", host: "127.0.0.1", port: 0 },
      { protocol: "ws", host: "127.0.0.1", port: 0 },
    ]);
    return broker;
  }

  /** Ends the broker and starts an empty one on the same ports. */
  async restart(): Promise<void> {
    const { addresses } = this.bus;
    await this.bus.close();
    this.bus = await this.#listen(addresses);
  }

  #listen(addresses: readonly ListenerAddress[]): Promise<EmbeddedBus> {
    const { counters, log } = this;
    return EmbeddedBus.open({
      root: "koine",
      listen: addresses,
      clock: systemClock(),
      counters,
      log,
    });
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
    await this.bus.close();
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

  constructor(mqtt: MqttClient) {
    this.mqtt = mqtt;
    const check = new PayloadCheck();
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
