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
  await queue.taken();
  expect(taken).toEqual(Array.from({ length: 10 }, (_, n) => reading(n, n)));
});

test("under pressure readings of one device are merged, the newest value winning", async () => {
  const { queue, taken, counters, go } = blocked();
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  for (let n = 0; n < 100; n++) queue.push(reading(7, 1_000 + n));
  go();
  await queue.taken();
  expect(taken[7]).toEqual(reading(7, 1_099));
  expect(counters.get("adapter.events_coalesced")).toBe(100);
  expect(counters.get("dropped.adapter_events")).toBe(0);
});

test("under pressure what a broker had kept of one device is merged, but not with what is now", async () => {
  const { queue, taken, go } = blocked();
  const ref = [["wifi", "7"]] as const;
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  for (const value of [1, 2]) {
    queue.push({ type: "readings", ref, values: [{ is: "power", value, quality: "stale" }] });
  }
  go();
  await queue.taken();
  const told = taken.flatMap((event) =>
    event.type === "readings" && event.ref[0]?.[1] === "7" ? [event.values] : [],
  );
  expect(told).toEqual([
    [{ is: "power", value: 7 }],
    [{ is: "power", value: 2, quality: "stale" }],
  ]);
});

test("a reading is not merged over an event of the same device", async () => {
  const { queue, taken, go } = blocked();
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  queue.push({ type: "gone", ref: [["wifi", "7"]] });
  queue.push(reading(7, 1_000));
  go();
  await queue.taken();
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
  await queue.taken();
  expect(taken).toHaveLength(limits.adapterEvents);
  expect(taken[0]).toEqual(press);
  expect(taken[1]).toEqual(reading(51, 51));
  expect(counters.get("dropped.adapter_events")).toBe(51);
});

test("what a device is and where is kept for every device there may be", async () => {
  const { queue, taken, counters, go } = blocked();
  for (let n = 0; n < limits.devices + 10; n++) {
    const ref = [["wifi", `${n}`]] as const;
    queue.push({ type: "device", ref, facts: { name: `Lamp ${n}` } });
    queue.push({ type: "availability", ref, value: "online" });
    queue.push({ type: "availability", ref, value: "offline" });
    queue.push(reading(n, n));
  }
  go();
  await queue.taken();
  const names = taken.flatMap((event) => (event.type === "device" ? event.facts.name : []));
  expect(new Set(names).size).toBeGreaterThanOrEqual(limits.devices);
  const offline = taken.filter(
    (event) => event.type === "availability" && event.value === "offline",
  );
  expect(offline.length).toBeGreaterThanOrEqual(limits.devices);
  expect(taken.length).toBeLessThan(2 * limits.devices + 2 * limits.adapterEvents);
  expect(counters.get("dropped.adapter_events")).toBeGreaterThan(0);
});

test("the newer word about availability comes after what lies between", async () => {
  const { queue, taken, go } = blocked();
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  const ref = [["wifi", "lamp"]] as const;
  queue.push({ type: "availability", ref, value: "offline" });
  queue.push({ type: "readings", ref, values: [{ is: "onoff", value: true }] });
  queue.push({ type: "availability", ref, value: "offline" });
  go();
  await queue.taken();
  expect(taken.slice(-2).map(({ type }) => type)).toEqual(["readings", "availability"]);
});

test("under pressure what is said of a device adds up", async () => {
  const { queue, taken, go } = blocked();
  for (let n = 0; n < limits.adapterEvents / 2 + 1; n++) queue.push(reading(n, n));
  const ref = [["wifi", "lamp"]] as const;
  const onoff = { is: "onoff", source: "POWER" };
  queue.push({ type: "device", ref, facts: { name: "Lamp", properties: [onoff] } });
  const properties = [{ is: "onoff", name: "Light" }, { is: "rssi" }];
  queue.push({ type: "device", ref, facts: { model: "L1", properties } });
  go();
  await queue.taken();
  expect(taken.at(-1)).toEqual({
    type: "device",
    ref,
    facts: {
      name: "Lamp",
      model: "L1",
      properties: [{ is: "onoff", source: "POWER", name: "Light" }, { is: "rssi" }],
    },
  });
});

test("a device does not wait for another one's disk", async () => {
  let release: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const taken: AdapterEvent[] = [];
  const take = async (event: AdapterEvent): Promise<void> => {
    if (event.type === "device") await slow;
    taken.push(event);
  };
  const queue = new EventQueue(take, new Counters());
  queue.push({ type: "device", ref: [["wifi", "new"]], facts: {} });
  queue.push(reading(1, 1));
  queue.push(reading(2, 2));
  await new Promise(setImmediate);
  expect(taken).toEqual([reading(1, 1), reading(2, 2)]);
  release();
  await queue.taken();
  expect(taken).toHaveLength(3);
});

test("everything pushed so far is taken at some time, however much comes after it", async () => {
  const queue = new EventQueue(async () => {
    await new Promise(setImmediate);
    queue.push(reading(1, 1));
  }, new Counters());
  queue.push(reading(1, 0));
  await expect(queue.taken()).resolves.toBeUndefined();
});
