import { describe, expect, test } from "vitest";
import type { Reading } from "../../../src/model/adapter-event.ts";
import type { Ref } from "../../../src/model/identity.ts";
import { TestGateway } from "../../support/gateway.ts";

const ref: Ref = [["wifi", "024b4f000001"]];
const id = "wifi-024b4f000001";

async function device(...names: string[]): Promise<TestGateway> {
  const gateway = await TestGateway.open();
  const properties = names.map((is) => ({ is }));
  await gateway.core.devices.take("wifi", { type: "device", ref, facts: { properties } });
  gateway.messages.length = 0;
  return gateway;
}

function read(gateway: TestGateway, ...values: Reading[]): Promise<boolean> {
  return gateway.core.devices.take("wifi", { type: "readings", ref, values });
}

function published(gateway: TestGateway): unknown[] {
  return gateway.of("value").map(({ property, body }) => [property, body]);
}

describe("publishing", () => {
  test("a reading gives its value a topic and the device a document", async () => {
    await using gateway = await device("temperature", "humidity");
    await read(gateway, { is: "temperature", value: 21.374 }, { is: "humidity", value: 48 });
    expect(published(gateway)).toEqual([
      ["temperature", 21.37],
      ["humidity", 48],
    ]);
    expect(gateway.state(id)).toEqual({
      temperature: 21.37,
      humidity: 48,
      _ts: "2026-11-25T12:00:00.000Z",
      _seq: 0,
      _clock: "gateway",
    });
  });

  test("a value that is the same after rounding is not published again", async () => {
    await using gateway = await device("temperature");
    await read(gateway, { is: "temperature", value: 21.371 });
    await read(gateway, { is: "temperature", value: 21.369 });
    expect(published(gateway)).toEqual([["temperature", 21.37]]);
    expect(gateway.of("state")).toHaveLength(1);
  });

  test("an unchanged value that is heard after the refresh time is published again", async () => {
    await using gateway = await device("temperature", "humidity");
    await read(gateway, { is: "temperature", value: 21 }, { is: "humidity", value: 50 });
    await gateway.clock.advance(300_000);
    await read(gateway, { is: "temperature", value: 21 });
    expect(published(gateway)).toEqual([
      ["temperature", 21],
      ["humidity", 50],
      ["temperature", 21],
    ]);
    expect(gateway.state(id)).toMatchObject({
      _seq: 1,
      _t: { humidity: "2026-11-25T12:00:00.000Z" },
    });
  });

  test("values have no topics of their own when that is switched off", async () => {
    await using gateway = await TestGateway.open({ values: false });
    const facts = { properties: [{ is: "onoff" }] };
    await gateway.core.devices.take("wifi", { type: "device", ref, facts });
    await read(gateway, { is: "onoff", value: true });
    expect(published(gateway)).toEqual([]);
    expect(gateway.state(id)).toMatchObject({ onoff: true });
  });

  test("a reading of a property that was not described is refused and counted", async () => {
    await using gateway = await device("temperature");
    await read(gateway, { is: "humidity", value: 5 });
    expect(gateway.messages.filter(({ kind }) => kind === "state")).toEqual([]);
    expect(gateway.counters.get("refused.readings_undescribed")).toBe(1);
  });

  test("a value beyond its limit is not published", async () => {
    await using gateway = await device("text");
    await read(gateway, { is: "text", value: "x".repeat(5_000) });
    expect(gateway.state(id)).toMatchObject({ text: null, _q: { text: "invalid" } });
  });
});

describe("quality", () => {
  test("what cannot be a value is null and invalid", async () => {
    await using gateway = await device("temperature");
    await read(gateway, { is: "temperature", value: 21 });
    await read(gateway, { is: "temperature", value: 850 });
    expect(gateway.state(id)).toMatchObject({
      temperature: null,
      _q: { temperature: "invalid" },
    });
    expect(published(gateway).at(-1)).toEqual(["temperature", null]);
    expect(gateway.counters.get("readings.invalid")).toBe(1);
  });

  test("what a buffer replays never moves the present value", async () => {
    await using gateway = await device("temperature");
    await read(gateway, { is: "temperature", value: 21 });
    await read(gateway, { is: "temperature", value: 5, quality: "historical" });
    expect(gateway.state(id)?.["temperature"]).toBe(21);
  });

  test("what a broker had kept is stale, and never replaces what was heard", async () => {
    await using gateway = await device("temperature", "humidity");
    await read(gateway, { is: "temperature", value: 21 });
    const kept = { quality: "stale" } as const;
    await read(
      gateway,
      { is: "temperature", value: 5, ...kept },
      { is: "humidity", value: 9, ...kept },
    );
    expect(gateway.state(id)).toMatchObject({
      temperature: 21,
      humidity: 9,
      _q: { humidity: "stale" },
    });
  });
});

describe("time", () => {
  const deviceTime = Date.UTC(2026, 10, 25, 11, 59, 30);

  test("the device's is taken when it is near the gateway's", async () => {
    await using gateway = await device("temperature");
    await read(gateway, { is: "temperature", value: 21, measuredAtMs: deviceTime });
    expect(gateway.state(id)).toMatchObject({
      _ts: "2026-11-25T11:59:30.000Z",
      _clock: "device",
    });
  });

  test("the device's is not believed when it is years away", async () => {
    await using gateway = await device("temperature");
    await read(gateway, { is: "temperature", value: 21, measuredAtMs: 1_610 });
    expect(gateway.state(id)).toMatchObject({
      _ts: "2026-11-25T12:00:00.000Z",
      _clock: "gateway",
    });
  });

  test("says so when the gateway's own clock was never set", async () => {
    await using gateway = await device("temperature");
    gateway.clock.isSynced = false;
    await read(gateway, { is: "temperature", value: 21, measuredAtMs: deviceTime });
    expect(gateway.state(id)?._clock).toBe("unsynced");
  });

  test("of an older value stands beside it", async () => {
    await using gateway = await device("temperature", "battery");
    await read(gateway, { is: "battery", value: 97 });
    await gateway.clock.advance(5_000);
    await read(gateway, { is: "temperature", value: 21 });
    expect(gateway.state(id)).toMatchObject({
      _ts: "2026-11-25T12:00:05.000Z",
      _t: { battery: "2026-11-25T12:00:00.000Z" },
    });
  });
});
