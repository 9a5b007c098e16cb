import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { radioPid } from "../../support/ble-daemon.ts";
import { Koine } from "../../support/daemon.ts";
import { cpuMsOf, residentMibOf } from "../../support/processes.ts";
import { now } from "../zigbee/measure.ts";

type Sent = readonly (readonly [device: string, value: number, at: number])[];

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  /** How many senders there are. */
  readonly devices: number;
}

export interface Figures extends Load {
  readonly sent: number;
  /** How many a second were sent, where the controller could not keep up with what it was told. */
  readonly reached: number;
  /** Of these, how many were told to the subscriber. */
  readonly told: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly daemonCpuPct: number;
  readonly radioCpuPct: number;
  readonly daemonMib: number;
  readonly radioMib: number;
}

const warmUp = { perSecond: 400, seconds: 4 } as const;
/** How long is waited for what is still on its way, in ms. */
const lateMs = 1_000;

/** A virtual controller in a process, and the built daemon that listens to it. */
export class BleGateway implements AsyncDisposable {
  readonly #air: ChildProcess;
  readonly #koine: Koine;
  readonly #client: MqttClient;
  readonly #pids: readonly [daemon: number, radio: number];

  private constructor(
    air: ChildProcess,
    koine: Koine,
    client: MqttClient,
    pids: readonly [daemon: number, radio: number],
  ) {
    this.#air = air;
    this.#koine = koine;
    this.#client = client;
    this.#pids = pids;
  }

  /** @param minIntervalS seconds between two values of a number */
  static async open(minIntervalS: number, devices: number): Promise<BleGateway> {
    const air = fork(new URL("air.mjs", import.meta.url));
    await once(air, "message");
    const address = await ask<string>(air, { ask: "address" });
    const koine = await Koine.open(
      [
        "bus: { listen: [tcp://127.0.0.1:0] }",
        "adapters:",
        "  - use: ble",
        `    controller: "${address}"`,
        `    min_interval: ${minIntervalS}`,
        "    devices:",
        // More than there may be without being named.
        ...Array.from({ length: devices }, (_, n) => `      - { address: "${addressOf(n)}" }`),
      ].join("\n"),
    );
    const running = koine.start("run");
    const [, host] = await running.says(/MQTT +tcp:\/\/(\S+)/);
    const client = await connectAsync(`mqtt://${host}`, { reconnectPeriod: 0 });
    const online = new Promise<void>((resolve) => {
      client.on("message", (topic, payload) => {
        if (topic.endsWith("/adapter/ble") && String(payload).includes('"online"')) resolve();
      });
    });
    await client.subscribeAsync(["koine/1/bridge/adapter/ble", "koine/1/+/value/temperature"]);
    await online;
    const pids = [running.child.pid ?? 0, radioPid(running)] as const;
    const gateway = new BleGateway(air, koine, client, pids);
    // All of them are new, and everything is compiled, before anything is measured.
    await gateway.carry({ perSecond: warmUp.perSecond, seconds: warmUp.seconds, devices });
    return gateway;
  }

  async carry(load: Load): Promise<Figures> {
    const heard = new Map<string, number>();
    const listen = (topic: string, payload: Buffer): void => {
      const device = topic.split("/")[2] ?? "";
      heard.set(`${device} ${String(payload)}`, now());
    };
    this.#client.on("message", listen);
    const before = this.#pids.map(cpuMsOf);
    const startedAt = performance.now();
    const sent = await ask<Sent>(this.#air, { ask: "advertise", ...load });
    const passedMs = performance.now() - startedAt;
    const [daemonCpuPct = 0, radioCpuPct = 0] = this.#pids.map(
      (pid, n) => ((cpuMsOf(pid) - (before[n] ?? 0)) / passedMs) * 100,
    );
    await sleep(lateMs);
    this.#client.off("message", listen);
    const waits = sent.flatMap(([device, value, at]) => {
      const heardAt = heard.get(`${device} ${value}`);
      return heardAt === undefined ? [] : [heardAt - at];
    });
    const [daemonPid, pid] = this.#pids;
    return {
      ...load,
      sent: sent.length,
      reached: sent.length / (passedMs / 1_000),
      told: waits.length,
      p50Ms: percentile(waits, 0.5),
      p99Ms: percentile(waits, 0.99),
      daemonCpuPct,
      radioCpuPct,
      daemonMib: residentMibOf(daemonPid),
      radioMib: residentMibOf(pid),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
    await this.#koine[Symbol.asyncDispose]();
    this.#air.disconnect();
  }
}

/** The address of a sensor, as the other process has it. */
function addressOf(n: number): string {
  return `a4c138${(0x200000 + n).toString(16)}`;
}

async function ask<T>(child: ChildProcess, what: object): Promise<T> {
  const answer = once(child, "message");
  child.send(what);
  const [value] = (await answer) as [T];
  return value;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
