import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, rssKib, type Aim, type Broker } from "./brokers.ts";
import { Load } from "./load.ts";

/** What was measured once, by name and unit. */
export type Figures = Readonly<Record<string, number>>;

export interface Round {
  readonly figures: Figures;
  readonly delivered: number;
  readonly expected: number;
}

export interface Scenario {
  readonly title: string;
  readonly aim: Aim;
  /** Whether every round needs a broker that has seen nothing yet; else the first one warms it up. */
  readonly isFresh?: boolean;
  round(broker: Broker): Promise<Round>;
}

/** Publications of 1:1 QoS 0; the others have as many as take about as long. */
export const messages = Number(process.env["KOINE_BENCH_MESSAGES"] ?? 100_000);
const qualities = [0, 1] as const;
const aims = ["cheap", "quick"] as const;

interface Shape {
  readonly publishers: number;
  readonly subscribers: number;
  readonly qos: 0 | 1;
  readonly messages: number;
  /** Publications that not everybody has got yet. */
  readonly window: number;
}

/** As fast as it goes. */
function throughput(shape: Shape): Scenario {
  const { publishers, subscribers, qos, window } = shape;
  const count = Math.max(window, Math.round(shape.messages));
  return {
    title: `${publishers}:${subscribers} QoS ${qos}, ${count} publications, ${window} at once`,
    aim: "cheap",
    async round({ pid, port }) {
      await using load = new Load(port);
      await load.ask("open", { publishers, subscribers, qos });
      const before = cpuMs(pid);
      const asked = { messages: count, qos, window };
      const { delivered, seconds } = await load.ask("stream", asked);
      const figures = {
        "CPU µs per delivery": ((cpuMs(pid) - before) * 1_000) / delivered,
        "deliveries per second": delivered / seconds,
      };
      return { figures, delivered, expected: count * subscribers };
    },
  };
}

const perSecond = 200;

function latency(qos: 0 | 1): Scenario {
  const count = Math.ceil(messages / 100);
  return {
    title: `1:1 QoS ${qos}, ${count} publications, ${perSecond} per second`,
    aim: "quick",
    async round({ port }) {
      await using load = new Load(port);
      await load.ask("open", { publishers: 1, subscribers: 1, qos });
      const asked = { messages: count, perSecond, qos };
      const { delivered, latencies } = await load.ask("trickle", asked);
      const sorted = latencies.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
      return {
        figures: { "latency p50, ms": at(0.5), "latency p99, ms": at(0.99) },
        delivered,
        expected: count,
      };
    },
  };
}

/** Fresh subscribers of one round: the kernel counts too coarsely for a single one. */
const replays = 10;

/** Two scenarios: mosquitto is either at its cheapest or at its quickest. */
function replay(aim: Aim): Scenario {
  const count = Math.ceil(messages / 10);
  return {
    title: `${count} retained messages to a new subscriber of bench/#, ${aim}`,
    aim,
    async round({ pid, port }) {
      await using load = new Load(port);
      await load.ask("retain", { messages: count });
      const before = cpuMs(pid);
      const asked = { filter: "bench/#", messages: count, times: replays };
      const { delivered, ms } = await load.ask("replay", asked);
      const cpu = (cpuMs(pid) - before) / replays;
      return {
        figures: aim === "cheap" ? { "CPU ms": cpu } : { "until all are there, ms": ms },
        delivered,
        expected: count * replays,
      };
    },
  };
}

/** Whatever the first connections cost once and for all. */
const firstClients = 50;
/** So many that what is left to be collected of opening them does not count. */
const idleClients = 2_000;
/** How long memory is given to settle. */
const settleMs = 1_000;

const memory: Scenario = {
  title: `memory of ${idleClients} idle connections`,
  aim: "cheap",
  isFresh: true,
  async round({ pid, port }) {
    await using load = new Load(port);
    await load.ask("idle", { clients: firstClients });
    await sleep(settleMs);
    const before = rssKib(pid);
    await load.ask("idle", { clients: idleClients });
    await sleep(settleMs);
    const figures = { "KiB per connection": (rssKib(pid) - before) / idleClients };
    return { figures, delivered: 0, expected: 0 };
  },
};

const visitors = 200;
const visits = 10;

const connects: Scenario = {
  title: `${visitors} clients connect and leave`,
  aim: "cheap",
  async round({ pid, port }) {
    await using load = new Load(port);
    const before = cpuMs(pid);
    await load.ask("visit", { clients: visitors, times: visits });
    const figures = { "CPU ms": (cpuMs(pid) - before) / visits };
    return { figures, delivered: 0, expected: 0 };
  },
};

const one = { publishers: 1, subscribers: 1 };
const out = { publishers: 1, subscribers: 100, qos: 0, window: 200 } as const;
const gather = { publishers: 100, subscribers: 1, qos: 0, window: 1_000 } as const;

export const scenarios: readonly Scenario[] = [
  throughput({ ...one, qos: 0, messages, window: 1_000 }),
  throughput({ ...one, qos: 1, messages: messages / 2, window: 100 }),
  ...qualities.map(latency),
  throughput({ ...out, messages: messages / 50 }),
  throughput({ ...gather, messages: messages / 2 }),
  ...aims.map(replay),
  memory,
  connects,
];
