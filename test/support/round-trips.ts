import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestClient } from "./broker.ts";

/** From one message to the next, in ms. */
const paceMs = 20;
const probe = "probe/one";
const wifiValue = "koine/1/tasmota-probe/value/temperature";

/** How long messages took, there and back. */
export interface Trips {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Sends messages through the broker, and readings of a WiFi device through its adapter, one of each
 * at a time, and measures how long each takes to come back.
 */
export class RoundTrips {
  readonly #client: TestClient;
  readonly #heard = new Set<string>();
  #broker: number[] = [];
  #wifi: number[] = [];
  #acknowledged = 0;
  #isOver = false;
  #running: Promise<void> | undefined;

  private constructor(client: TestClient) {
    this.#client = client;
  }

  /** @param client of its own */
  static async start(client: TestClient): Promise<RoundTrips> {
    const { stream } = client.mqtt;
    if (stream instanceof Socket) stream.setNoDelay(true);
    await client.subscribe("probe/#");
    await client.subscribe(wifiValue);
    const trips = new RoundTrips(client);
    client.mqtt.on("message", (topic, payload) => trips.#heard.add(`${topic} ${String(payload)}`));
    trips.#running = trips.#run();
    trips.#running.catch(() => {});
    return trips;
  }

  /** Resolves when so many more have come back. */
  async more(count: number): Promise<void> {
    const wanted = this.#acknowledged + count;
    await Promise.race([
      this.#client.until(() => this.#acknowledged >= wanted, "round trips"),
      this.#running,
    ]);
  }

  /** What was measured since this was asked last. */
  take(): { readonly broker: Trips; readonly wifi: Trips } {
    const figures = { broker: tripsOf(this.#broker), wifi: tripsOf(this.#wifi) };
    [this.#broker, this.#wifi] = [[], []];
    return figures;
  }

  /**
   * Stops sending.
   * @throws when one that was acknowledged did not come back
   */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let turn = 1; !this.#isOver; turn++) {
      const celsius = (turn % 1_000) / 10;
      const reading = JSON.stringify({ DHT11: { Temperature: celsius } });
      await Promise.all([
        this.#trip(this.#broker, [probe, String(turn)], [probe, String(turn)]),
        this.#trip(this.#wifi, ["tele/probe/SENSOR", reading], [wifiValue, String(celsius)]),
      ]);
      await sleep(paceMs);
    }
  }

  async #trip(
    waits: number[],
    [topic, payload]: readonly [string, string],
    [backTopic, backPayload]: readonly [string, string],
  ): Promise<void> {
    const back = `${backTopic} ${backPayload}`;
    this.#heard.delete(back);
    const sentAt = performance.now();
    await this.#client.publish(topic, payload);
    await this.#client.until(() => this.#heard.has(back), back);
    this.#acknowledged += 1;
    waits.push(performance.now() - sentAt);
  }
}

function tripsOf(waits: readonly number[]): Trips {
  const sorted = waits.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { count: waits.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** For a line of output. */
export function tripsText({ count, p50Ms, p99Ms }: Trips): string {
  return `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms of ${count}`;
}
