import { expect, test } from "vitest";
import { EventQueue } from "../../../src/core/event-queue.ts";
import { Counters } from "../../../src/counters.ts";
import { limits } from "../../../src/limits.ts";
import type { AdapterEvent } from "../../../src/model/adapter-event.ts";

function reading(device: number, value: number): AdapterEvent {
  return { type: "readings", ref: [["wifi", `${device}`]], values: [{ is: "power", value }] };
}

/** A queue whose taker waits until it is let go. */
function blocked(): {
  queue: EventQueue;
  taken: AdapterEvent[];
  counters: Counters;
  go: () => void;
} {
  const taken: AdapterEvent[] = [];
  const counters = new Counters();
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const take = async (event: AdapterEvent): Promise<void> => {
    await gate;
    taken.push(event);
  };
  return { queue: new EventQueue(take, counters), taken, counters, go };
}

test("events are taken one after the other, in order", async () => {
  const { queue, taken, go } = blocked();
  for (let n = 0; n < 10; n++) queue.push(reading(n, n));
  expect(taken).toEqual([]);
  go();
  await queue.settled();
  expect(taken).toEqual(Array.from({ length: 10 }, (_, n) => reading(n, n)));
});

test("under pressure readings of one device are merged, the newest value winning", async () => {
  const { queue, taken, counters, go } = blocked();
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  for (let n = 0; n < 100; n++) queue.push(reading(7, 1_000 + n));
  go();
  await queue.settled();
  expect(taken[7]).toEqual(reading(7, 1_099));
  expect(counters.get("adapter.events_coalesced")).toBe(100);
  expect(counters.get("dropped.adapter_events")).toBe(0);
});

test("a reading is not merged over an event of the same device", async () => {
  const { queue, taken, go } = blocked();
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  queue.push({ type: "gone", ref: [["wifi", "7"]] });
  queue.push(reading(7, 1_000));
  go();
  await queue.settled();
  expect(taken[7]).toEqual(reading(7, 7));
  expect(taken.at(-1)).toEqual(reading(7, 1_000));
});

test("at the limit the oldest readings are dropped and counted, never an event", async () => {
  const { queue, taken, counters, go } = blocked();
  const press: AdapterEvent = {
    type: "event",
    ref: [["wifi", "button"]],
    scope: "public",
    data: { name: "action", action: "press" },
  };
  queue.push(press);
  for (let n = 0; n < limits.adapterEvents + 50; n++) queue.push(reading(n, n));
  go();
  await queue.settled();
  expect(taken).toHaveLength(limits.adapterEvents);
  expect(taken[0]).toEqual(press);
  expect(taken[1]).toEqual(reading(51, 51));
  expect(counters.get("dropped.adapter_events")).toBe(51);
});
