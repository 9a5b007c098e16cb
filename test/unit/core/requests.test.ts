import { describe, expect, test } from "vitest";
import { z } from "zod";
import { LinkError } from "../../../src/errors.ts";
import { limits } from "../../../src/limits.ts";
import type { Ref } from "../../../src/model/identity.ts";
import { TestAdapter } from "../../support/adapter.ts";
import { TestGateway } from "../../support/gateway.ts";

const plug: Ref = [["wifi", "024b4f000001"]];
const pump: Ref = [["wifi", "024b4f000002"]];

async function farm(): Promise<{ gateway: TestGateway; adapter: TestAdapter }> {
  const gateway = await TestGateway.open();
  const adapter = new TestAdapter();
  const params = z.strictObject({ seconds: z.number().max(254) });
  const requests = { pair: { description: "Let devices join", params } };
  gateway.core.host({ name: "stick", kind: "test", adapter, requests });
  gateway.core.start();
  const properties = [{ is: "energy", source: "total" }];
  adapter.host?.emit({ type: "device", ref: plug, facts: { name: "Plug", properties } });
  adapter.host?.emit({ type: "device", ref: pump, facts: { name: "Pump", properties } });
  const own: Ref = [["gateway", "farm"]];
  adapter.host?.emit({ type: "device", ref: own, facts: { name: "Own", classes: ["gateway"] } });
  await gateway.settle();
  return { gateway, adapter };
}

describe("a request", () => {
  test("is answered with its _id", async () => {
    const { gateway } = await farm();
    await using _ = gateway;
    expect(await gateway.ask("rename", { device: "plug", name: "Lamp", _id: "a1" })).toEqual({
      _id: "a1",
      _ts: "2026-11-25T12:00:00.000Z",
      status: "ok",
      data: { device: "wifi-024b4f000001", name: "Lamp" },
    });
    expect(gateway.description("wifi-024b4f000001")?.name).toBe("Lamp");
  });

  test.each([
    ["rename", { device: "Plgu", name: "x" }, "unknown_device", 'did you mean "Plug"?'],
    ["rename", { device: "Plug", name: "Pump" }, "not_allowed", "belongs to wifi-024b4f000002"],
    ["rename", { device: "Plug", name: "WIFI-024b4f000002" }, "not_allowed", "wifi-024b4f000002"],
    ["remove", { device: "Own" }, "not_allowed", "is the gateway itself"],
    ["replace", { device: "Plug", with: "Own" }, "not_allowed", "is the gateway itself"],
    ["rename", { device: "Plug" }, "bad_payload", "name"],
    ["rename", { device: "Plug", name: "x", nmae: "y" }, "bad_payload", "nmae"],
    ["rename", "{", "bad_payload", "Cannot read request"],
    ["rename", "[]", "bad_payload", "expected object"],
    ["renam", "", "unsupported", 'did you mean "rename"?'],
    ["stick/pair", { seconds: 255 }, "bad_payload", "seconds"],
    ["explain", "x".repeat(limits.commandLength + 1), "too_large", "65536"],
  ])("%s with %j is refused: %s", async (verb, params, code, reason) => {
    const { gateway } = await farm();
    await using _ = gateway;
    const response = await gateway.ask(verb, params);
    expect(response).toMatchObject({ status: "error", code });
    expect(response?.message).toContain(reason);
  });

  test("must not be retained", async () => {
    const { gateway } = await farm();
    await using _ = gateway;
    const body = { text: '{"device":"Plug"}', retained: true };
    gateway.bus.publish({ kind: "bridge_request", verb: "remove", body });
    await gateway.settle();
    expect(gateway.of("bridge_response")).toMatchObject([{ body: { code: "retained" } }]);
    expect(gateway.core.devices.summaries()).toHaveLength(3);
  });

  test("to remove a device takes everything of it off the bus", async () => {
    const { gateway } = await farm();
    await using _ = gateway;
    await gateway.ask("remove", { device: "Plug" });
    expect(gateway.of("description").at(-1)).toMatchObject({
      device: "wifi-024b4f000001",
      body: undefined,
    });
    expect(gateway.core.devices.summaries()).toHaveLength(2);
  });

  test("to replace a device keeps its id and name on the new hardware", async () => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    adapter.host?.emit({ type: "readings", ref: plug, values: [{ is: "energy", value: 1 }] });
    await gateway.settle();
    const response = await gateway.ask("replace", { device: "Plug", with: "Pump" });
    expect(response?.data).toEqual({ device: "wifi-024b4f000001", with: "wifi-024b4f000002" });
    adapter.host?.emit({ type: "device", ref: pump, facts: { name: "Pump" } });
    await gateway.settle();
    expect(gateway.state("wifi-024b4f000001")).toBeUndefined();
    expect(gateway.description("wifi-024b4f000001")).toMatchObject({
      name: "Plug",
      identifiers: [...pump],
    });
  });

  test("to replace a device goes on with its keys, whatever the new hardware calls its parts", async () => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    const other: Ref = [["wifi", "024b4f000003"]];
    const properties = [{ is: "energy", part: "1" }];
    adapter.host?.emit({ type: "device", ref: other, facts: { properties } });
    await gateway.settle();
    await gateway.ask("replace", { device: "Plug", with: "wifi-024b4f000003" });
    const values = [{ is: "energy", part: "1", value: 3 }];
    adapter.host?.emit({ type: "readings", ref: other, values });
    await gateway.settle();
    expect(gateway.state("wifi-024b4f000001")).toMatchObject({ energy: 3 });
  });

  test("to rename a device that is being removed leaves nothing behind", async () => {
    const { gateway } = await farm();
    await using _ = gateway;
    const request = (verb: string, document: object): void => {
      const body = { text: JSON.stringify(document), retained: false };
      gateway.bus.publish({ kind: "bridge_request", verb, body });
    };
    request("rename", { device: "wifi-024b4f000001", name: "Lamp" });
    request("remove", { device: "wifi-024b4f000001" });
    await gateway.settle();
    expect(gateway.of("description").at(-1)?.body).toBeUndefined();
    expect(gateway.of("availability").at(-1)?.body).toBeUndefined();
  });

  test("to explain a device tells where each value came from", async () => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    const values = [{ is: "energy", value: 1.5, raw: 1_500, conversion: "× 0.001" }];
    adapter.host?.emit({ type: "readings", ref: plug, values });
    await gateway.settle();
    const response = await gateway.ask("explain", { device: "plug" });
    expect(response?.data).toEqual({
      diagnostics: [],
      id: "wifi-024b4f000001",
      name: "Plug",
      availability: "online",
      routes: [{ adapter: "stick", identifiers: [["wifi", "024b4f000001"]] }],
      properties: {
        energy: {
          is: "energy",
          access: "r",
          unit: "kWh",
          adapter: "stick",
          source: "total",
          value: 1.5,
          quality: "good",
          _ts: "2026-11-25T12:00:00.000Z",
          raw: 1_500,
          conversion: "× 0.001",
        },
      },
    });
  });
});

describe("a request to an adapter", () => {
  test("goes to it under its name", async () => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    adapter.answerRequest = async (verb, params) => ({ verb, params });
    const response = await gateway.ask("stick/pair", { seconds: 60 });
    expect(response?.data).toEqual({ verb: "pair", params: { seconds: 60 } });
  });

  test.each([
    [new LinkError("The stick is busy"), "unreachable", "The stick is busy"],
    [new TypeError("x is undefined"), "device_error", "x is undefined"],
  ])("that throws %s is told", async (thrown, code, message) => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    adapter.answerRequest = () => Promise.reject(thrown);
    const response = await gateway.ask("stick/pair", { seconds: 60 });
    expect(response).toMatchObject({ status: "error", code, message });
    expect(gateway.counters.get("requests.failed")).toBe(1);
  });

  test("that never answers is given up, and there are never too many", async () => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    adapter.answerRequest = () => new Promise(() => {});
    for (let n = 0; n < limits.requests; n++) await gateway.ask("stick/pair", { seconds: 1 });
    const refused = await gateway.ask("stick/pair", { seconds: 1, _id: "late" });
    expect(refused).toMatchObject({ code: "rate_limited", _id: "late" });
    await gateway.clock.advance(limits.requestMs);
    expect(gateway.of("bridge_response").at(-1)).toMatchObject({
      verb: "stick/pair",
      body: { code: "no_answer" },
    });
    expect(gateway.of("bridge_response")).toHaveLength(limits.requests + 1);
    expect(await gateway.ask("explain", { device: "Plug" })).toMatchObject({ status: "ok" });
  });

  test("that does not run now is unreachable", async () => {
    const { gateway, adapter } = await farm();
    await using _ = gateway;
    adapter.lose(new Error("unplugged"));
    await gateway.settle();
    const response = await gateway.ask("stick/pair", { seconds: 60 });
    expect(response).toMatchObject({ code: "unreachable" });
  });
});
