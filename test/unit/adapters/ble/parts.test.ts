import { describe, expect, test } from "vitest";
import { Device } from "../../../../adapters/ble/device.ts";
import { limits } from "../../../../adapters/ble/limits.ts";
import type { Report } from "../../../../adapters/ble/radio/radio.ts";
import { Senders } from "../../../../adapters/ble/senders.ts";
import { Sources } from "../../../../adapters/ble/sources.ts";
import type { AdapterEvent, Reading } from "../../../../src/model/adapter-event.ts";

describe("the sources of a sender", () => {
  test("keep the best one until another is clearly better", () => {
    const sources = new Sources();
    sources.hear("radio", -70, 0);
    sources.hear("barn", -65, 0);
    expect(sources.best).toBe("radio");
    sources.hear("attic", -63, 0);
    expect(sources.best).toBe("attic");
  });

  test("do not flutter between two that are about as good", () => {
    const sources = new Sources();
    let changes = 0;
    let best: string | undefined;
    for (let n = 0; n < 200; n++) {
      sources.hear("radio", -70 + (n % 4), n * 500);
      sources.hear("barn", -70 + ((n + 2) % 4), n * 500);
      if (sources.best !== best) changes += 1;
      best = sources.best;
    }
    expect(changes).toBe(1);
  });

  test("take another when the best one was silent for a while", () => {
    const sources = new Sources();
    sources.hear("radio", -40, 0);
    sources.hear("barn", -90, limits.takeoverMs);
    expect(sources.best).toBe("radio");
    sources.hear("barn", -90, limits.takeoverMs + 1);
    expect(sources.best).toBe("barn");
  });

  test("are bounded, and do not forget the best one", () => {
    const sources = new Sources();
    sources.hear("radio", -40, 0);
    for (let n = 0; n < 100; n++) sources.hear(`relay-${n}`, -90, 1);
    expect(sources.names).toHaveLength(limits.receivers);
    expect(sources.best).toBe("radio");
    expect(sources.names[0]).toBe("radio");
  });

  test("smooth what one frame says of the strength", () => {
    const sources = new Sources();
    sources.hear("radio", -60, 0);
    sources.hear("radio", -90, 1);
    expect(sources.rssi).toBeCloseTo(-69);
  });
});

describe("senders", () => {
  const report = (n: number): Report => ({
    receiver: "radio",
    address: n.toString(16).padStart(12, "0"),
    addressType: "random",
    isResponse: false,
    isConnectable: false,
    rssi: -60,
    data: Buffer.alloc(0),
  });
  const counted = (): { senders: Senders; forgotten: () => number } => {
    let count = 0;
    return { senders: new Senders(() => (count += 1)), forgotten: () => count };
  };

  test("are bounded, whoever walks by", () => {
    const { senders, forgotten } = counted();
    for (let n = 0; n < limits.senders + 5_000; n++) senders.heard(report(n), n);
    expect(senders.size).toBe(limits.senders);
    expect(forgotten()).toBe(5_000);
  });

  test("forget who was not heard for longest", () => {
    const { senders } = counted();
    for (let n = 0; n < limits.senders; n++) senders.heard(report(n), n);
    senders.heard(report(0), limits.senders);
    senders.heard(report(limits.senders), limits.senders + 1);
    expect(senders.get(report(0).address)).toBeDefined();
    expect(senders.get(report(1).address)).toBeUndefined();
  });

  test("keep devices whatever number of strangers there is", () => {
    const { senders } = counted();
    senders.keep(senders.heard(report(0), 0));
    for (let n = 1; n < limits.senders * 2; n++) senders.heard(report(n), n);
    expect(senders.get(report(0).address)).toBeDefined();
  });

  test("that are kept are bounded, too", () => {
    const { senders, forgotten } = counted();
    for (let n = 0; n < limits.devices + 10; n++) senders.keep(senders.heard(report(n), n));
    expect(senders.size).toBe(limits.devices);
    expect(forgotten()).toBe(10);
  });

  test("stay connectable when they answer a scan", () => {
    const { senders } = counted();
    senders.heard({ ...report(1), isConnectable: true }, 0);
    const sender = senders.heard({ ...report(1), isResponse: true }, 1);
    expect(sender.isConnectable).toBe(true);
  });

  test("keep their type of address when a relay does not know it", () => {
    const { senders } = counted();
    senders.heard(report(1), 0);
    const sender = senders.heard({ ...report(1), addressType: "unknown" }, 1);
    expect(sender.addressType).toBe("random");
  });
});

describe("a device", () => {
  const open = (options: { minIntervalMs?: number; refreshMs?: number } = {}) => {
    const events: AdapterEvent[] = [];
    const counts: string[] = [];
    const device = new Device({
      ref: [["ble", "a4c1385a0b1c"]],
      emit: (event) => events.push(event),
      count: (name) => counts.push(name),
      minIntervalMs: 5_000,
      refreshMs: 60_000,
      ...options,
    });
    const readings = (): Reading[] =>
      events.flatMap((event) => (event.type === "readings" ? [...event.values] : []));
    const descriptions = (): AdapterEvent[] => events.filter(({ type }) => type === "device");
    return { device, events, counts, readings, descriptions };
  };
  const motion = { facts: { is: "motion" }, value: true } as const;

  test("has a state that passes when nothing more is heard of it, and says how it is known", () => {
    const { device, readings } = open();
    device.tell([motion], 0);
    device.passes([{ is: "motion", afterS: 60 }], 0);
    device.sweep(59_999);
    expect(readings().map(({ value }) => value)).toEqual([true]);
    device.sweep(60_000);
    expect(readings().at(-1)).toMatchObject({ is: "motion", value: false, quality: "assumed" });
  });

  test("has a state that lasts for as long as it is heard of", () => {
    const { device, readings } = open();
    for (let at = 0; at <= 300_000; at += 30_000) {
      device.tell([motion], at);
      device.passes([{ is: "motion", afterS: 60 }], at);
      device.sweep(at);
    }
    expect(readings().every(({ value }) => value === true)).toBe(true);
  });

  test("has a state that is over once, when it said so itself", () => {
    const { device, readings } = open();
    device.tell([motion], 0);
    device.passes([{ is: "motion", afterS: 60 }], 0);
    device.tell([{ ...motion, value: false }], 10_000);
    device.sweep(60_000);
    expect(readings().map(({ value }) => value)).toEqual([true, false]);
  });

  test("is described before its first value, and again for each new property alone", () => {
    const { device, events, descriptions } = open();
    device.tell([motion], 0);
    device.tell([motion, { facts: { is: "battery" }, value: 50 }], 1_000);
    expect(events.map(({ type }) => type)).toEqual(["device", "readings", "device", "readings"]);
    expect(descriptions().at(-1)).toMatchObject({ facts: { properties: [{ is: "battery" }] } });
  });

  test("is not described again by facts that are known", () => {
    const { device, descriptions } = open();
    for (let n = 0; n < 5; n++) device.describe({ name: "Cellar", model: "X" });
    expect(descriptions()).toHaveLength(1);
  });

  test("whose frames name its model in turn is not renamed for ever", () => {
    const { device, descriptions } = open();
    for (let n = 0; n < 50; n++) device.describe({ model: n % 2 === 0 ? "A" : "B" });
    expect(descriptions().length).toBeLessThan(6);
  });

  test("has a bounded number of properties", () => {
    const { device, counts, readings } = open();
    for (let n = 0; n < limits.properties + 7; n++) {
      device.tell([{ facts: { is: `x_test_${n}`, type: "number" }, value: n }], 1_000 * n);
    }
    expect(readings()).toHaveLength(limits.properties);
    expect(counts).toEqual(Array.from({ length: 7 }, () => "properties_refused"));
  });

  test("tells no difference that the schema rounds away", () => {
    const { device, readings } = open({ minIntervalMs: 0 });
    device.tell([{ facts: { is: "temperature" }, value: 20.001 }], 0);
    device.tell([{ facts: { is: "temperature" }, value: 20.002 }], 1);
    expect(readings()).toHaveLength(1);
  });

  test("tells that a value is not known any more, and that it is again", () => {
    const { device, readings } = open();
    for (const value of [20, null, 21]) {
      device.tell([{ facts: { is: "temperature" }, value }], 0);
    }
    expect(readings().map(({ value }) => value)).toEqual([20, null, 21]);
  });

  test("that was forgotten is described whole", () => {
    const { device, descriptions } = open();
    device.describe({ name: "Cellar" });
    device.tell([motion], 0);
    device.forgotten();
    device.tell([motion], 1_000);
    expect(descriptions().at(-1)).toMatchObject({
      facts: { name: "Cellar", properties: [{ is: "motion" }] },
    });
  });
});
