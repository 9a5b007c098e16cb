import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type MqttClient } from "mqtt";
import { cpuMs, rssKib } from "../bus/brokers.ts";
import type { Gateway, Started } from "./gateways.ts";

/** Ms since 1970, in parts of a millisecond: the same in every process. */
export const now = (): number => performance.timeOrigin + performance.now();

type Sent = readonly (readonly [ieee: string, value: number, at: number])[];

/** The process with the simulated devices. */
export class Field implements Disposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async open(): Promise<Field> {
    const child = fork(new URL("house.mjs", import.meta.url));
    await once(child, "message");
    return new Field(child);
  }

  async ask<T>(what: string, params: object = {}): Promise<T> {
    const answer = once(this.#child, "message");
    this.#child.send({ ask: what, ...params });
    const [value] = (await answer) as [T];
    return value;
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerReport: number;
  readonly lost: number;
}

export interface Figures {
  readonly name: string;
  readonly firstCommandMs: number;
  readonly idleMib: number;
  readonly loads: readonly Load[];
  readonly setP50Ms: number;
  readonly setP99Ms: number;
  readonly afterMib: number;
}

export interface Plan {
  readonly idleSeconds: number;
  readonly loadSeconds: number;
  readonly rates: readonly number[];
  readonly commands: number;
  readonly plug: string;
}

/** Everything about one gateway, from its start to its end. */
export async function measure(gateway: Gateway, field: Field, plan: Plan): Promise<Figures> {
  await field.ask("watch");
  const startedAt = now();
  await using started = await gateway.start();
  const firstCommandMs = (await firstCommand(gateway, started, field, plan.plug)) - startedAt;
  await sleep(plan.idleSeconds * 1_000);
  const idleMib = mibOf(started);
  const client = await connected(started.url);
  await client.subscribeAsync(gateway.filter);
  const loads: Load[] = [];
  for (const perSecond of plan.rates) {
    loads.push(await load(gateway, started, field, client, perSecond, plan.loadSeconds));
  }
  const waits = await commands(gateway, field, client, plan);
  const afterMib = mibOf(started);
  await client.endAsync(true);
  return {
    name: gateway.name,
    firstCommandMs,
    idleMib,
    loads,
    setP50Ms: percentile(waits, 0.5),
    setP99Ms: percentile(waits, 0.99),
    afterMib,
  };
}

/** Commands until one reaches the stick, as somebody who waits for the light does. */
async function firstCommand(
  gateway: Gateway,
  started: Started,
  field: Field,
  plug: string,
): Promise<number> {
  const client = await connected(started.url);
  for (let turn = 0; ; turn++) {
    const [topic, payload] = gateway.command(plug, turn % 2 === 0);
    await client.publishAsync(topic, payload, { qos: 0 });
    await sleep(5);
    const at = await field.ask<number | null>("commandAt");
    if (at !== null) {
      await client.endAsync(true);
      return at;
    }
  }
}

async function load(
  gateway: Gateway,
  { pids }: Started,
  field: Field,
  client: MqttClient,
  perSecond: number,
  seconds: number,
): Promise<Load> {
  const heard = new Map<string, number>();
  const listen = (topic: string, payload: Buffer): void => {
    const at = now();
    const told = gateway.temperatureIn(topic, payload.toString());
    if (told) heard.set(told.join(" "), heard.get(told.join(" ")) ?? at);
  };
  client.on("message", listen);
  const cpu = pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
  const first = Math.floor(Math.random() * 6_000);
  const sent = await field.ask<Sent>("report", { perSecond, seconds, first });
  await sleep(500);
  const used = pids.reduce((sum, pid) => sum + cpuMs(pid), 0) - cpu;
  client.off("message", listen);
  const waits = sent.flatMap(([ieee, value, at]) => {
    const heardAt = heard.get(`${ieee} ${value}`);
    return heardAt === undefined ? [] : [heardAt - at];
  });
  return {
    perSecond,
    p50Ms: percentile(waits, 0.5),
    p99Ms: percentile(waits, 0.99),
    cpuMsPerReport: used / sent.length,
    lost: sent.length - waits.length,
  };
}

async function commands(
  gateway: Gateway,
  field: Field,
  client: MqttClient,
  { commands: count, plug }: Plan,
): Promise<number[]> {
  const waits: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    await field.ask("watch");
    const [topic, payload] = gateway.command(plug, turn % 2 === 0);
    const at = now();
    client.publish(topic, payload, { qos: 0 });
    await sleep(80);
    const arrived = await field.ask<number | null>("commandAt");
    if (arrived !== null) waits.push(arrived - at);
  }
  return waits;
}

async function connected(url: string): Promise<MqttClient> {
  for (;;) {
    const client = connect(url, { reconnectPeriod: 0, connectTimeout: 2_000 });
    const isThere = await new Promise<boolean>((resolve) => {
      client.once("connect", () => resolve(true));
      client.once("error", () => resolve(false));
      client.once("close", () => resolve(false));
    });
    if (isThere) return client;
    client.end(true);
    await sleep(10);
  }
}

function mibOf({ pids }: Started): number {
  return pids.reduce((sum, pid) => sum + rssKib(pid), 0) / 1_024;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
