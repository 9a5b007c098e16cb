import { describe, expect, test } from "vitest";
import type { AdapterHost } from "../../../src/core/adapter.ts";
import { CommandError } from "../../../src/errors.ts";
import { limits } from "../../../src/limits.ts";
import type { DeviceFacts } from "../../../src/model/adapter-event.ts";
import type { Ref } from "../../../src/model/identity.ts";
import { TestAdapter } from "../../support/adapter.ts";
import { TestGateway } from "../../support/gateway.ts";

const ref: Ref = [["wifi", "024b4f000001"]];
const id = "wifi-024b4f000001";
const minute = 60_000;

/** A gateway with one adapter that has one device. */
async function started(
  facts: DeviceFacts,
): Promise<{ gateway: TestGateway; adapter: TestAdapter }> {
  const gateway = await TestGateway.open();
  const adapter = new TestAdapter();
  gateway.core.host({ name: "wifi", kind: "test", adapter });
  gateway.core.start();
  await gateway.settle();
  const properties = [{ is: "temperature" }];
  adapter.host?.emit({ type: "device", ref, facts: { properties, ...facts } });
  await gateway.settle();
  return { gateway, adapter };
}

function hear(host: AdapterHost | undefined, value = 21): void {
  host?.emit({ type: "readings", ref, values: [{ is: "temperature", value }] });
}

describe("a device", () => {
  test("is unknown until it is heard, then online", async () => {
    const { gateway, adapter } = await started({});
    expect(gateway.availability(id)).toBe("unknown");
    hear(adapter.host);
    await gateway.settle();
    expect(gateway.availability(id)).toBe("online");
    await gateway[Symbol.asyncDispose]();
  });

  test("that says goodbye is offline, and online when it is heard again", async () => {
    const { gateway, adapter } = await started({});
    adapter.host?.emit({ type: "availability", ref, value: "offline" });
    await gateway.settle();
    expect(gateway.availability(id)).toBe("offline");
    hear(adapter.host);
    await gateway.settle();
    expect(gateway.availability(id)).toBe("online");
    await gateway[Symbol.asyncDispose]();
  });

  test("that still spoke as its link went is not online afterwards", async () => {
    const { gateway, adapter } = await started({});
    hear(adapter.host);
    adapter.lose(new Error("cable cut"));
    await gateway.settle();
    expect(gateway.state(id)).toMatchObject({ temperature: 21, _q: { temperature: "stale" } });
    expect(gateway.availability(id)).toBe("unknown");
    await gateway[Symbol.asyncDispose]();
  });

  test("is unknown with stale values when its adapter has lost the link", async () => {
    const { gateway, adapter } = await started({});
    hear(adapter.host);
    await gateway.settle();
    adapter.lose(new Error("cable cut"));
    await gateway.settle();
    expect(gateway.availability(id)).toBe("unknown");
    expect(gateway.state(id)).toMatchObject({
      temperature: 21,
      _ts: "2026-11-25T12:00:00.000Z",
      _q: { temperature: "stale" },
    });
    await gateway[Symbol.asyncDispose]();
  });
});

describe("silence", () => {
  test("of three intervals makes values stale and a mains device that does not answer offline", async () => {
    const { gateway, adapter } = await started({ intervalS: 60 });
    adapter.answer = async () => ({ status: "timeout", code: "no_answer" });
    hear(adapter.host);
    await gateway.clock.advance(3 * minute - 10_000);
    expect(gateway.availability(id)).toBe("online");
    await gateway.clock.advance(20_000);
    expect(adapter.commands.map(({ type }) => type)).toEqual(["get"]);
    expect(gateway.state(id)?._q).toEqual({ temperature: "stale" });
    expect(gateway.availability(id)).toBe("offline");
    await gateway[Symbol.asyncDispose]();
  });

  test("of a device that cannot be asked counts when it lasts twice as long", async () => {
    const { gateway, adapter } = await started({ intervalS: 60 });
    adapter.answer = () => Promise.reject(new CommandError("unreachable", "Cannot send"));
    hear(adapter.host);
    await gateway.clock.advance(4 * minute);
    expect(gateway.availability(id)).toBe("online");
    expect(adapter.commands.length).toBeGreaterThan(1);
    await gateway.clock.advance(3 * minute);
    expect(gateway.availability(id)).toBe("offline");
    await gateway[Symbol.asyncDispose]();
  });

  test("of many devices is asked about a few at a time", async () => {
    const { gateway, adapter } = await started({ intervalS: 60 });
    const waiting: (() => void)[] = [];
    adapter.answer = () =>
      new Promise((resolve) => waiting.push(() => resolve({ status: "timeout" })));
    for (let n = 0; n < limits.probes + 5; n++) {
      const other: Ref = [["wifi", `device${n}`]];
      const properties = [{ is: "temperature" }];
      adapter.host?.emit({ type: "device", ref: other, facts: { properties, intervalS: 60 } });
      adapter.host?.emit({
        type: "readings",
        ref: other,
        values: [{ is: "temperature", value: n }],
      });
    }
    await gateway.clock.advance(3 * minute + 5_000);
    expect(adapter.commands).toHaveLength(limits.probes);
    for (const answer of waiting) answer();
    await gateway.clock.advance(minute);
    expect(adapter.commands).toHaveLength(limits.probes + 5);
    await gateway[Symbol.asyncDispose]();
  });

  test("of an outage is no rhythm to learn", async () => {
    const { gateway, adapter } = await started({ intervalS: 60 });
    adapter.answer = async () => ({ status: "timeout", code: "no_answer" });
    for (let outage = 0; outage < 4; outage++) {
      hear(adapter.host);
      await gateway.clock.advance(600 * minute);
      expect(gateway.availability(id)).toBe("offline");
    }
    hear(adapter.host);
    await gateway.clock.advance(4 * minute);
    expect(gateway.availability(id)).toBe("offline");
    await gateway[Symbol.asyncDispose]();
  });

  test("is over only when something was understood", async () => {
    const { gateway, adapter } = await started({});
    adapter.host?.emit({ type: "readings", ref, values: [{ is: "voltage", value: 230 }] });
    await gateway.settle();
    expect(gateway.availability(id)).toBe("unknown");
    await gateway[Symbol.asyncDispose]();
  });

  test("is forgiven when the device answers the question", async () => {
    const { gateway, adapter } = await started({ intervalS: 60 });
    adapter.answer = async () => {
      hear(adapter.host, 22);
      return { status: "done", confirmedBy: "report" };
    };
    hear(adapter.host);
    await gateway.clock.advance(4 * minute);
    expect(gateway.availability(id)).toBe("online");
    expect(gateway.state(id)).toMatchObject({ temperature: 22 });
    expect(gateway.state(id)?._q).toBeUndefined();
    await gateway[Symbol.asyncDispose]();
  });

  test("of a sleepy device begins with its goodbye", async () => {
    const { gateway, adapter } = await started({ intervalS: 60, sleepy: true });
    hear(adapter.host);
    adapter.host?.emit({ type: "availability", ref, value: "offline" });
    await gateway.settle();
    expect(gateway.availability(id)).toBe("sleeping");
    await gateway.clock.advance(7 * minute);
    expect(gateway.availability(id)).toBe("offline");
    await gateway[Symbol.asyncDispose]();
  });

  test("lets a sleepy device sleep before it is given up", async () => {
    const { gateway, adapter } = await started({ intervalS: 60, sleepy: true });
    hear(adapter.host);
    await gateway.clock.advance(4 * minute);
    expect(gateway.availability(id)).toBe("sleeping");
    await gateway.clock.advance(3 * minute);
    expect(gateway.availability(id)).toBe("offline");
    expect(adapter.commands).toEqual([]);
    await gateway[Symbol.asyncDispose]();
  });

  test("is measured by the device's own rhythm once that is learned", async () => {
    const { gateway, adapter } = await started({});
    for (let report = 0; report < 8; report++) {
      hear(adapter.host);
      await gateway.clock.advance(10 * minute);
    }
    await gateway.clock.advance(15 * minute);
    expect(gateway.availability(id)).toBe("online");
    await gateway.clock.advance(10 * minute);
    expect(gateway.state(id)?._q).toEqual({ temperature: "stale" });
    await gateway[Symbol.asyncDispose]();
  });

  test("of a day's longest pause is its rhythm, not the busy hours after it", async () => {
    const { gateway, adapter } = await started({});
    for (const pause of [8 * 60, ...Array.from({ length: 100 }, () => 1)]) {
      hear(adapter.host);
      await gateway.clock.advance(pause * minute);
    }
    hear(adapter.host);
    await gateway.clock.advance(20 * 60 * minute);
    expect(gateway.availability(id)).toBe("online");
    await gateway[Symbol.asyncDispose]();
  });

  test("is not taken from a burst of reports", async () => {
    const { gateway, adapter } = await started({});
    for (let report = 0; report < 20; report++) {
      hear(adapter.host, report);
      await gateway.clock.advance(20_000);
    }
    await gateway.clock.advance(30 * minute);
    expect(gateway.availability(id)).toBe("online");
    await gateway[Symbol.asyncDispose]();
  });
});
