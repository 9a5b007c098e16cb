import { Socket } from "node:net";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { parseScalar, type Clock, type Timer } from "koine/adapter";

/** What every simulated device is given. */
export interface SimulatedWorld {
  /** The broker it connects to: `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Connects in another way than to the URL. */
  readonly connect?: (options: IClientOptions) => MqttClient;
}

const reconnectMs = 2_000;

interface Will {
  readonly topic: string;
  readonly payload: string;
}

/** A simulated device: a real MQTT client with a last will, that reports at an interval. */
export abstract class SimulatedDevice {
  protected readonly world: SimulatedWorld;
  readonly #clientId: string;
  readonly #will: Will;
  readonly #intervalMs: number;
  #client: MqttClient | undefined;
  #reports: Timer | undefined;

  protected constructor(world: SimulatedWorld, clientId: string, will: Will, intervalMs: number) {
    this.world = world;
    this.#clientId = clientId;
    this.#will = will;
    this.#intervalMs = intervalMs;
  }

  /** Switches the device on. */
  start(): void {
    const { url, clock, connect: open = (options) => connect(url, options) } = this.world;
    const client = open({
      clientId: this.#clientId,
      protocolVersion: 4,
      will: { ...this.#will, payload: Buffer.from(this.#will.payload), qos: 1, retain: true },
      reconnectPeriod: 0,
    });
    this.#client = client;
    client.on("connect", () => {
      // A second message must not wait until the broker has acknowledged the first one's bytes.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true);
      client.subscribe(this.commandFilters(), { qos: 0 }, () => this.connected());
    });
    client.on("message", (topic, payload) => this.received(topic, payload.toString()));
    client.on("close", () => {
      clock.after(reconnectMs, () => {
        if (this.#client === client) client.reconnect();
      });
    });
    // It connects again; a device has nobody to tell.
    client.on("error", () => {});
    this.#reports = clock.every(this.#intervalMs, () => {
      this.live(this.#intervalMs / 1_000);
      if (client.connected) this.report();
    });
  }

  /** Pulls the plug: no goodbye, the broker says it with the last will. */
  async stop(): Promise<void> {
    this.#reports?.cancel();
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    client.stream.destroy();
    await client.endAsync(true);
  }

  protected publish(topic: string, payload: string, retain = false): void {
    this.#client?.publish(topic, payload, { qos: 0, retain });
  }

  /** What it listens to. */
  protected abstract commandFilters(): string[];
  /** Says hello. */
  protected abstract connected(): void;
  protected abstract received(topic: string, payload: string): void;
  /** Tells how things are, at each interval. */
  protected abstract report(): void;
  /** Lets the world go on for so many seconds. */
  protected abstract live(seconds: number): void;
}

/** What a command in JSON says; a device does not answer what it cannot read. */
export function parseObject(payload: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseScalar(payload);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A value that wanders around a middle and comes back to it. */
export class Drift {
  value: number;
  readonly #middle: number;
  readonly #step: number;
  readonly #random: () => number;

  constructor(middle: number, step: number, random: () => number) {
    this.value = middle;
    this.#middle = middle;
    this.#step = step;
    this.#random = random;
  }

  /** Moves on, and returns the new value rounded to `decimals`. */
  next(decimals: number): number {
    this.value += (this.#random() - 0.5) * 2 * this.#step + (this.#middle - this.value) * 0.05;
    return Number(this.value.toFixed(decimals));
  }
}
