import { randomBytes } from "node:crypto";
import { reasonOf, type AdapterHost } from "koine/adapter";
import { Link } from "../../mqtt/link.ts";
import type { RelayConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { ownReceiver, type Report } from "../radio/radio.ts";
import { reportsIn } from "./advertisements.ts";

export interface BrokerPlace {
  readonly source: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Connects to a broker as a client.
 * @throws LinkError when there is none, or it refuses
 */
export async function openLink(
  host: AdapterHost,
  { source, username, password }: BrokerPlace,
  signal: AbortSignal,
): Promise<Link> {
  const stream = await host.openMqtt(source === "own" ? "own" : new URL(source), signal);
  // Two clients of one name would drive each other away, for ever.
  const clientId = `koine-ble-${randomBytes(6).toString("hex")}`;
  return new Link(stream, { clientId, username, password });
}

export interface RelayOptions {
  readonly host: AdapterHost;
  readonly relay: RelayConfig;
  /** Aborts when the adapter stops. */
  readonly signal: AbortSignal;
  readonly received: (report: Report) => void;
  /** The connection is there. */
  readonly opened: () => void;
}

/**
 * Listens to what other receivers tell over a broker, until the signal aborts.
 * @throws LinkError when the connection cannot be made, or goes
 */
export async function hearRelay(options: RelayOptions): Promise<void> {
  const { host, relay, signal, received } = options;
  const link = await openLink(host, relay, signal);
  const over = new AbortController();
  try {
    await link.open(relay.topics, ({ topic, payload, retained }) => {
      // Kept by the broker since nobody knows when.
      if (retained) return;
      const name = receiverOf(relay.topics, topic);
      // Whatever a relay is called, it is not our own radio, which can connect.
      const receiver = name === ownReceiver ? `${name}-relay` : name;
      const { reports, refused } = reportsIn(payload, receiver);
      if (refused > 0) host.count("relayed_refused", refused);
      for (const report of reports) received(report);
    });
    options.opened();
    const lost = await Promise.race([link.gone, aborted(signal, over.signal)]);
    if (lost) throw lost;
  } finally {
    over.abort();
    await link.close();
  }
}

/** Keeps a relay connected beside a radio that must not suffer from it. */
export async function keepRelay(options: RelayOptions): Promise<void> {
  const { host, signal } = options;
  for (let failures = 0; !signal.aborted;) {
    try {
      await hearRelay({
        ...options,
        opened: () => {
          failures = 0;
          options.opened();
        },
      });
    } catch (err) {
      if (signal.aborted) return;
      host.count("relay_lost");
      if (failures === 0) host.log.warn({ reason: reasonOf(err) }, "relay gone");
      failures += 1;
    }
    const waitMs = Math.min(limits.relayRetryMs * 2 ** failures, limits.relayRetryCeilingMs);
    await host.clock.sleep(waitMs, signal).catch(() => {});
  }
}

/** The level that differs from relay to relay; of several, the last before what is the sender's. */
export function receiverOf(filters: readonly string[], topic: string): string {
  const levels = topic.split("/");
  const filter = filters.find((one) => fits(one.split("/"), levels)) ?? "";
  const places = filter.split("/").flatMap((level, at) => (level === "+" ? [at] : []));
  return levels[places.at(-1) ?? 0] ?? topic;
}

function fits(filter: readonly string[], levels: readonly string[]): boolean {
  const isOpen = filter.at(-1) === "#";
  const fixed = isOpen ? filter.slice(0, -1) : filter;
  const hasLength = isOpen ? levels.length >= fixed.length : levels.length === fixed.length;
  return hasLength && fixed.every((level, at) => level === "+" || level === levels[at]);
}

/** @param over ends the listening, as a signal outlives many connections */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true, signal: over });
  });
}
