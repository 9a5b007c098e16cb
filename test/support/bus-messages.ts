import type { Bus } from "../../src/core/bus.ts";
import { wishKinds, type Message } from "../../src/model/message.ts";
import type { Result } from "../../src/model/result.ts";
import type { Received } from "./broker.ts";
import type { BrokerWorld } from "./bus-subjects.ts";
import { until } from "./external.ts";

export const device = "wifi-024b4f000001";
const _ts = "2026-11-25T12:00:00.000Z";

/** QoS 1, not retained. */
export function result(n: number): Message {
  const body: Result = { _id: String(n), _ts, status: "accepted" };
  return { kind: "result", device, body };
}

/** QoS 0, retained. */
export function value(property: string, body: number | string | undefined): Message {
  return { kind: "value", device, property, body };
}

/** What the bus hands over from now on. */
export function wishesOf(bus: Bus): readonly Message[] {
  const wishes: Message[] = [];
  bus.subscribe([...wishKinds], (wish) => wishes.push(wish));
  return wishes;
}

export async function counted(wishes: readonly Message[], wanted: number): Promise<void> {
  await until(() => wishes.length >= wanted);
}

/** Resolves when the broker has all that was published. */
export async function delivered({ bus, client }: BrokerWorld): Promise<void> {
  const probe = await client();
  await probe.subscribe("koine/1/+/event/probe");
  bus.publish({ kind: "event", device, name: "probe", body: { action: "done", _ts } });
  await probe.count(1);
}

export const idsOf = (messages: readonly Received[]): number[] =>
  messages
    .filter(({ topic }) => topic.endsWith("/result"))
    .map(({ payload }) => Number((JSON.parse(payload) as Result)._id));

export const payloadsOf = (messages: readonly Received[], end: string): string[] =>
  messages.filter(({ topic }) => topic.endsWith(end)).map(({ payload }) => payload);

/** What is retained for a client that comes now, by the end of the topic. */
export async function retainedAt(world: BrokerWorld, filter: string): Promise<Map<string, string>> {
  const client = await world.client();
  await client.subscribe(filter);
  await client.subscribe("koine/1/+/result");
  world.bus.publish(result(0));
  await client.next(({ topic }) => topic.endsWith("/result"));
  const replayed = client.received.filter(({ retain }) => retain);
  return new Map(replayed.map(({ topic, payload }) => [topic.split("/").at(-1) ?? "", payload]));
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
