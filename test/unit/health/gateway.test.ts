import { expect, test } from "vitest";
import { gatewayKind } from "../../../src/health/gateway.ts";
import { TestGateway } from "../../support/gateway.ts";
import { heapFigures } from "../../support/heap.ts";

test("the gateway reports its figures at its interval, through the adapter contract", async () => {
  await using gateway = await TestGateway.open();
  let cpuMs = 0;
  const kind = gatewayKind({
    id: "farm",
    version: "0.1.0",
    memoryRssBytes: () => 90_000_000,
    heapTotalBytes: () => 20_000_000,
    restart: () => {},
    cpuMs: () => cpuMs,
    broker: { clientCount: () => 3, figures: () => undefined, isInsecure: () => false },
    counters: () => [["dropped.slow_client", 2]],
    devicesOnline: () => 7,
    counted: (name) => ({ dropped: 2, malformed: 5 })[name] ?? 0,
    adapters: () => [
      { name: "wifi-barn", state: "waiting", heap: undefined },
      {
        name: "stick",
        state: "online",
        heap: heapFigures({ usedBytes: 5_000_000, limitBytes: 9_000_000, totalBytes: 6e6 }),
      },
    ],
  });
  gateway.core.host({
    name: "gateway",
    kind: "gateway",
    adapter: kind.create({ interval: 10, probe: 0, on_critical: "alert" }),
  });
  gateway.core.start();
  await gateway.settle();
  expect(gateway.description("gateway-farm")).toMatchObject({
    classes: ["gateway"],
    firmware: "0.1.0",
    properties: { adapter_state_wifi_barn: { is: "adapter_state", part: "wifi_barn" } },
  });
  expect(gateway.state("gateway-farm")).toMatchObject({
    uptime: 0,
    memory_rss: 90_000_000,
    mqtt_clients: 3,
    devices_online: 7,
    messages_dropped: 2,
    messages_dropped_slow_client: 2,
    insecure: false,
    messages_malformed: 5,
    time_synced: true,
    adapter_state_wifi_barn: "waiting",
    heap_used_stick: 5_000_000,
    heap_limit_stick: 9_000_000,
    // 90 MB, less 20 MB of this heap, and of the stick 6 MB and 2 MB outside it.
    memory_native: expect.toSatisfy((bytes: number) => bytes <= 62e6 && bytes > 20e6) as number,
  });
  expect(gateway.state("gateway-farm")).not.toHaveProperty("heap_used_wifi_barn");
  cpuMs = 2_500;
  await gateway.clock.advance(10_000);
  expect(gateway.state("gateway-farm")).toMatchObject({ uptime: 10, cpu_usage: 25 });
  expect(gateway.availability("gateway-farm")).toBe("online");

  await gateway.core.stop();
  expect(gateway.availability("gateway-farm")).toBe("unknown");
});

test("the gateway can be asked for its figures, and not be set", async () => {
  await using gateway = await TestGateway.open();
  const kind = gatewayKind({
    id: "farm",
    version: "0.1.0",
    memoryRssBytes: () => 1,
    heapTotalBytes: () => 1,
    restart: () => {},
    cpuMs: () => 0,
    broker: { clientCount: () => 0, figures: () => undefined, isInsecure: () => false },
    counters: () => [],
    devicesOnline: () => 0,
    counted: () => 0,
    adapters: () => [],
  });
  gateway.core.host({
    name: "gateway",
    kind: "gateway",
    adapter: kind.create({ interval: 10, probe: 0, on_critical: "alert" }),
  });
  gateway.core.start();
  await gateway.settle();
  const body = { text: '{"properties":["uptime"]}', retained: false };
  gateway.bus.publish({ kind: "get", device: "gateway-farm", body });
  await gateway.settle();
  expect(gateway.results("gateway-farm").at(-1)).toMatchObject({
    status: "done",
    values: { uptime: 0 },
  });
  await gateway.set("gateway-farm", { uptime: 5 });
  expect(gateway.results("gateway-farm").at(-1)).toMatchObject({ code: "read_only" });
});

test("what is thought of a heap is unknown when its thread is gone", async () => {
  await using gateway = await TestGateway.open();
  const stick = { name: "stick", state: "online" as const };
  let heap: ReturnType<typeof heapFigures> | undefined = heapFigures();
  const kind = gatewayKind({
    id: "farm",
    version: "0.1.0",
    memoryRssBytes: () => 1,
    heapTotalBytes: () => 1,
    restart: () => {},
    cpuMs: () => 0,
    broker: { clientCount: () => 0, figures: () => undefined, isInsecure: () => false },
    counters: () => [],
    devicesOnline: () => 0,
    counted: () => 0,
    adapters: () => [{ ...stick, heap }],
  });
  const adapter = kind.create({ interval: 300, probe: 0, on_critical: "alert" });
  gateway.core.host({ name: "gateway", kind: "gateway", adapter });
  gateway.core.start();
  await gateway.settle();
  expect(gateway.state("gateway-farm")).toMatchObject({ heap_verdict_stick: "learning" });
  heap = undefined;
  await gateway.clock.advance(300_000);
  expect(gateway.state("gateway-farm")).toMatchObject({
    heap_verdict_stick: null,
    heap_used_stick: null,
    heap_verdict: "learning",
  });
});
