import type { Reading } from "../model/adapter-event.ts";

/** What the gateway device reports of its MQTT broker. */
export interface BrokerProbes {
  readonly clientCount: () => number;
  /** Of the embedded broker. */
  readonly figures: () => BrokerFigures | undefined;
  /** Whether other machines are let in without encryption or password. */
  readonly isInsecure: () => boolean;
}

/** How the embedded broker does. */
export interface BrokerFigures {
  readonly sessions: number;
  /** Messages that wait for sessions. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** How long the disk takes to take a batch, in ms: half of them, and 99 of 100. */
  readonly commitMs: number;
  readonly commitSlowMs: number;
}

/** Most reasons for drops that are told apart. */
const reasonsMost = 60;

export function brokerReadings({ clientCount, figures, isInsecure }: BrokerProbes): Reading[] {
  const told: Reading[] = [
    { is: "mqtt_clients", value: clientCount() },
    { is: "insecure", value: isInsecure() },
  ];
  const now = figures();
  if (now) {
    told.push(
      { is: "mqtt_sessions", value: now.sessions },
      { is: "messages_queued", value: now.queuedMessages },
      { is: "messages_queued_size", value: now.queuedBytes },
      { is: "commit_time", part: "p50", value: now.commitMs },
      { is: "commit_time", part: "p99", value: now.commitSlowMs },
    );
  }
  return told;
}

/** How many messages went in and out, in all and per second since it was last asked. */
export function trafficReadings(
  counted: (name: string) => number,
  monotonic: () => number,
): () => Reading[] {
  const now = (): Traffic => ({
    atMs: monotonic(),
    received: counted("messages.received"),
    sent: counted("messages.sent"),
  });
  let last = now();
  return () => {
    const { received, sent, atMs } = now();
    const perSecond = (count: number): number =>
      atMs > last.atMs ? (count * 1_000) / (atMs - last.atMs) : 0;
    const told: Reading[] = [
      { is: "messages_received", value: received },
      { is: "messages_sent", value: sent },
      { is: "messages_in_rate", value: perSecond(received - last.received) },
      { is: "messages_out_rate", value: perSecond(sent - last.sent) },
    ];
    last = { received, sent, atMs };
    return told;
  };
}

interface Traffic {
  readonly atMs: number;
  readonly received: number;
  readonly sent: number;
}

/** What was given up, by the limit at which it was. */
export function droppedReadings(counts: Iterable<readonly [string, number]>): Reading[] {
  const byPart = new Map<string, number>();
  for (const [name, count] of counts) {
    const [, reason] = /^dropped\.(.+)$/.exec(name) ?? [];
    const part = reason
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9_]/g, "_")
      .slice(0, 30);
    if (part === undefined || (byPart.size >= reasonsMost && !byPart.has(part))) continue;
    byPart.set(part, (byPart.get(part) ?? 0) + count);
  }
  return [...byPart].map(([part, value]) => ({ is: "messages_dropped", part, value }));
}
