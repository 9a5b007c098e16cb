import { describe, expect, test } from "vitest";
import { Backoff } from "../../../src/core/backoff.ts";
import { ConfigError, LinkError } from "../../../src/errors.ts";
import { TestAdapter } from "../../support/adapter.ts";
import { TestGateway } from "../../support/gateway.ts";

async function started(adapter = new TestAdapter()): Promise<{
  gateway: TestGateway;
  adapter: TestAdapter;
}> {
  const gateway = await TestGateway.open();
  gateway.core.host({ name: "barn", kind: "test", adapter });
  gateway.core.start();
  await gateway.settle();
  return { gateway, adapter };
}

function states(gateway: TestGateway): (string | undefined)[] {
  return gateway.of("bridge_adapter").map(({ body }) => body?.state);
}

describe("the backoff", () => {
  test("doubles from half a second to a minute, half of it random", () => {
    const least = new Backoff(() => 0);
    expect(Array.from({ length: 9 }, () => least.next())).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    const most = new Backoff(() => 1);
    expect([most.next(), most.next()]).toEqual([500, 1_000]);
    most.reset();
    expect(most.next()).toBe(500);
  });
});

describe("an adapter", () => {
  test("goes from stopped over opening to online, and to stopped at the end", async () => {
    const { gateway } = await started();
    expect(states(gateway)).toEqual(["opening", "online"]);
    await gateway.core.stop();
    expect(states(gateway)).toEqual(["opening", "online", "stopped"]);
    expect(gateway.of("bridge_availability").map(({ body }) => body)).toEqual([
      "unknown",
      "online",
      "offline",
    ]);
    await gateway[Symbol.asyncDispose]();
  });

  test("that loses its link waits and is run again", async () => {
    const { gateway, adapter } = await started();
    adapter.lose(new Error("cable cut"));
    await gateway.settle();
    const waiting = gateway.of("bridge_adapter").at(-1)?.body;
    expect(waiting).toMatchObject({ state: "waiting", code: "link", retry_s: 0.375 });
    expect(waiting?.reason).toContain("cable cut");
    expect(adapter.runs).toBe(1);
    await gateway.clock.advance(375);
    expect(adapter.runs).toBe(2);
    expect(states(gateway).slice(-3)).toEqual(["waiting", "opening", "online"]);
    await gateway[Symbol.asyncDispose]();
  });

  test("whose link is cut as soon as it is up is tried ever more slowly", async () => {
    const cut = new TestAdapter();
    cut.run = async (host) => {
      cut.runs += 1;
      host.status({ state: "online" });
      throw new LinkError("The broker closed the connection");
    };
    const { gateway } = await started(cut);
    await gateway.clock.advance(600_000);
    expect(cut.runs).toBeLessThan(30);
    await gateway[Symbol.asyncDispose]();
  });

  test("whose link held is tried at once when it goes again", async () => {
    const { gateway, adapter } = await started();
    for (let time = 0; time < 5; time++) {
      await gateway.clock.advance(20_000);
      adapter.lose(new Error("cable cut"));
      await gateway.settle();
      expect(gateway.of("bridge_adapter").at(-1)?.body).toMatchObject({ retry_s: 0.375 });
    }
    await gateway[Symbol.asyncDispose]();
  });

  test("is logged once when its link goes and once when it is back", async () => {
    const { gateway, adapter } = await started();
    const run = adapter.run.bind(adapter);
    adapter.run = async () => {
      throw new Error("still no cable");
    };
    adapter.lose(new Error("cable cut"));
    await gateway.settle();
    await gateway.clock.advance(120_000);
    expect(gateway.log.messages("warn")).toEqual(["link gone"]);
    expect(gateway.log.messages("error")).toEqual([]);
    adapter.run = run;
    await gateway.clock.advance(120_000);
    expect(gateway.log.messages("info").slice(-1)).toEqual(["link is back"]);
    await gateway[Symbol.asyncDispose]();
  });

  test("that throws is contained: the others go on", async () => {
    const broken = new TestAdapter();
    broken.run = () => {
      throw new TypeError("x is undefined");
    };
    const { gateway } = await started(broken);
    expect(states(gateway)).toEqual(["opening", "waiting"]);
    expect(gateway.log.messages("error")).toEqual(["adapter failed"]);
    await gateway[Symbol.asyncDispose]();
  });

  test("that can never work is not run again", async () => {
    const wrong = new TestAdapter();
    wrong.run = async () => {
      wrong.runs += 1;
      throw new ConfigError("No such broker");
    };
    const { gateway } = await started(wrong);
    await gateway.clock.advance(600_000);
    expect(wrong.runs).toBe(1);
    expect(states(gateway)).toEqual(["opening", "failed"]);
    await gateway[Symbol.asyncDispose]();
  });

  test("that does not stop is abandoned after its time", async () => {
    const stuck = new TestAdapter();
    stuck.run = async (host) => {
      host.status({ state: "online" });
      await new Promise(() => {});
    };
    const { gateway } = await started(stuck);
    const stopping = gateway.core.stop();
    await gateway.clock.advance(3_000);
    await stopping;
    expect(gateway.log.messages("error")).toEqual(["adapter did not stop and is abandoned"]);
    await gateway[Symbol.asyncDispose]();
  });

  test("that does not end when it has failed is not run beside itself", async () => {
    const stuck = new TestAdapter();
    stuck.run = async (host) => {
      stuck.runs += 1;
      host.clock.after(100, () => {
        throw new TypeError("x is undefined");
      });
      await new Promise(() => {});
    };
    const { gateway } = await started(stuck);
    await gateway.clock.advance(600_000);
    expect(stuck.runs).toBe(1);
    expect(states(gateway)).toEqual(["opening", "failed"]);
    expect(gateway.counters.get("adapter.abandoned")).toBe(1);
    await gateway[Symbol.asyncDispose]();
  });

  test("whose timer throws is run again", async () => {
    const { gateway, adapter } = await started();
    adapter.host?.clock.after(100, () => {
      throw new TypeError("x is undefined");
    });
    await gateway.clock.advance(100);
    expect(gateway.log.messages("error")).toEqual(["adapter failed"]);
    expect(gateway.of("bridge_adapter").at(-1)?.body).toMatchObject({
      state: "waiting",
      code: "internal",
    });
    await gateway.clock.advance(375);
    expect(states(gateway).at(-1)).toBe("online");
    await gateway[Symbol.asyncDispose]();
  });

  test("that speaks with the host of an earlier run is not listened to", async () => {
    const { gateway, adapter } = await started();
    const { host } = adapter;
    adapter.lose(new Error("cable cut"));
    await gateway.clock.advance(375);
    host?.emit({ type: "device", ref: [["wifi", "024b4f000001"]], facts: {} });
    host?.status({ state: "degraded" });
    await gateway.settle();
    expect(gateway.of("description")).toEqual([]);
    expect(states(gateway).at(-1)).toBe("online");
    expect(gateway.counters.get("dropped.events_of_ended_adapters")).toBe(1);
    await gateway[Symbol.asyncDispose]();
  });

  test("is told when what it emitted could not be written, and only then", async () => {
    const { gateway, adapter } = await started();
    const ref = [["wifi", "024b4f000001"]] as const;
    gateway.diskRefuses = true;
    adapter.host?.emit({ type: "device", ref, facts: { name: "Lamp" } });
    await expect(adapter.host?.settled()).rejects.toMatchObject({ code: "link" });
    gateway.diskRefuses = false;
    adapter.host?.emit({ type: "device", ref, facts: { model: "L1" } });
    await expect(adapter.host?.settled()).resolves.toBeUndefined();
    await gateway.restart();
    expect(gateway.core.devices.summaries()).toMatchObject([{ name: "Lamp" }]);
    await gateway[Symbol.asyncDispose]();
  });

  test("may ask for attention and stay online", async () => {
    const { gateway, adapter } = await started();
    adapter.host?.status({ state: "attention", code: "pin_needed", reason: "The SIM has a PIN" });
    expect(gateway.of("bridge_adapter").at(-1)?.body).toMatchObject({
      state: "attention",
      code: "pin_needed",
    });
    expect(gateway.core.adapters[0]?.online).toBe(true);
    await gateway[Symbol.asyncDispose]();
  });
});

describe("what an adapter tells", () => {
  test("of a device it never described is refused and counted", async () => {
    const { gateway, adapter } = await started();
    const ref = [["wifi", "nobody"]] as const;
    adapter.host?.emit({ type: "readings", ref, values: [{ is: "onoff", value: true }] });
    adapter.host?.emit({ type: "device", ref: [], facts: {} });
    await gateway.settle();
    expect(gateway.counters.get("refused.adapter_events")).toBe(2);
    await gateway[Symbol.asyncDispose]();
  });

  test("of an event is published once, with a number", async () => {
    const { gateway, adapter } = await started();
    const ref = [["wifi", "024b4f000001"]] as const;
    adapter.host?.emit({ type: "device", ref, facts: {} });
    const data = { name: "action", action: "press", part: "2" };
    adapter.host?.emit({ type: "event", ref, scope: "public", data });
    adapter.host?.emit({ type: "event", ref, scope: "public", data });
    await gateway.settle();
    expect(gateway.of("event").map(({ name, body }) => [name, body])).toEqual([
      ["action", { action: "press", part: "2", _ts: "2026-11-25T12:00:00.000Z", _n: 0 }],
      ["action", { action: "press", part: "2", _ts: "2026-11-25T12:00:00.000Z", _n: 1 }],
    ]);
    await gateway[Symbol.asyncDispose]();
  });

  test.each([
    { name: "action/1", action: "press" },
    { name: "action", action: "press", part: "#" },
  ])("of the event %j, which has no topic, is refused", async (data) => {
    const { gateway, adapter } = await started();
    const ref = [["wifi", "024b4f000001"]] as const;
    adapter.host?.emit({ type: "device", ref, facts: {} });
    adapter.host?.emit({ type: "event", ref, scope: "public", data });
    await gateway.settle();
    expect(gateway.of("event")).toEqual([]);
    expect(gateway.counters.get("refused.adapter_events")).toBe(1);
    await gateway[Symbol.asyncDispose]();
  });

  test("is in the index of devices a moment later", async () => {
    const { gateway, adapter } = await started();
    const ref = [["wifi", "024b4f000001"]] as const;
    adapter.host?.emit({
      type: "device",
      ref,
      facts: { name: "Lamp", properties: [{ is: "onoff" }] },
    });
    await gateway.clock.advance(250);
    expect(gateway.of("bridge_devices").at(-1)?.body).toEqual([
      {
        id: "wifi-024b4f000001",
        name: "Lamp",
        classes: ["switch"],
        availability: "unknown",
        adapter: "barn",
      },
    ]);
    await gateway[Symbol.asyncDispose]();
  });
});
