import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CommandError } from "../../../src/errors.ts";
import type { LinkStatus } from "../../../src/core/adapter.ts";
import type { AdapterEvent, CommandResult } from "../../../src/model/adapter-event.ts";
import type { Ref } from "../../../src/model/identity.ts";
import type { Scalar } from "../../../src/model/scalar.ts";
import { TestAdapter } from "../../support/adapter.ts";
import { TestGateway } from "../../support/gateway.ts";

const ref: Ref = [["wifi", "024b4f000001"]];
const id = "wifi-024b4f000001";
const circle: Record<string, unknown> = {};
circle["self"] = circle;
const nothing: unknown = Object.create(null);

async function lamp(): Promise<{ gateway: TestGateway; adapter: TestAdapter }> {
  const gateway = await TestGateway.open();
  const adapter = new TestAdapter();
  const requests = { ask: { description: "Anything", params: z.strictObject({}) } };
  gateway.core.host({ name: "a", kind: "test", adapter, requests });
  gateway.core.start();
  await gateway.settle();
  adapter.host?.emit({ type: "device", ref, facts: { properties: [{ is: "onoff" }] } });
  await gateway.settle();
  return { gateway, adapter };
}

describe("an adapter that says nonsense", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a word", "readings"],
    ["an unknown type", { type: "song", ref }],
    ["classes that are no list", { type: "device", ref, facts: { classes: { light: true } } }],
    [
      "a limit that is no number",
      { type: "device", ref, facts: { properties: [{ is: "onoff", min: Number.NaN }] } },
    ],
    ["half an identifier", { type: "device", ref: [...ref, ""], facts: {} }],
    ["no identifier", { type: "device", ref: [], facts: {} }],
    ["an availability of its own", { type: "availability", ref, value: 1n }],
    ["a bigint", { type: "readings", ref, values: [{ is: "onoff", value: 1n }] }],
    ["a raw bigint", { type: "readings", ref, values: [{ is: "onoff", value: true, raw: 1n }] }],
    ["a circle", { type: "readings", ref, values: [{ is: "onoff", value: circle }] }],
    [
      "a quality of its own",
      { type: "readings", ref, values: [{ is: "onoff", value: true, quality: "bogus" }] },
    ],
    [
      "a scope of its own",
      { type: "event", ref, scope: "publik", data: { name: "action", action: "x" } },
    ],
    ["a result of its own", { type: "result", commandId: "x", result: { status: "superb" } }],
  ])("%s is not believed, and counted", async (_, event) => {
    const { gateway, adapter } = await lamp();
    await using __ = gateway;
    const told = gateway.messages.length;
    adapter.host?.emit(event as AdapterEvent);
    await gateway.clock.advance(1_000);
    expect(gateway.counters.get("refused.adapter_events")).toBe(1);
    expect(gateway.messages.slice(told).filter(({ kind }) => kind !== "bridge_devices")).toEqual(
      [],
    );
  });

  test("of its status or its counters goes on", async () => {
    const { gateway, adapter } = await lamp();
    await using _ = gateway;
    adapter.host?.status({ state: "bogus" } as unknown as LinkStatus);
    adapter.host?.status(undefined as unknown as LinkStatus);
    adapter.host?.count("x", Number.NaN);
    expect(gateway.of("bridge_adapter").at(-1)?.body?.state).toBe("online");
    expect(gateway.counters.get("refused.adapter_events")).toBe(3);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a status of its own", { status: "superseded" }],
    ["a bigint", { status: "done", confirmedBy: "ack", message: 1n }],
    ["an unknown code", { status: "failed", code: "zzz" }],
  ])("to a command, %s, has failed", async (_, answer) => {
    const { gateway, adapter } = await lamp();
    await using __ = gateway;
    adapter.answer = () => Promise.resolve(answer as CommandResult);
    await gateway.set(id, { onoff: true, _id: "a1" });
    expect(gateway.results(id).at(-1)).toMatchObject({ status: "failed", code: "device_error" });
  });

  test.each<[string, unknown]>([
    ["without a prototype", nothing],
    [
      "with a reason of its own",
      Object.assign(new CommandError("unreachable", "x"), { reason: 5n }),
    ],
    ["with no words", Object.assign(new Error("x"), { message: { a: 1n } })],
  ])("by throwing something %s has failed", async (_, thrown) => {
    const { gateway, adapter } = await lamp();
    await using __ = gateway;
    adapter.answer = () => Promise.reject(thrown);
    await gateway.set(id, { onoff: true, _id: "a1" });
    expect(gateway.results(id).at(-1)).toMatchObject({ status: "failed", code: "device_error" });
    adapter.answerRequest = () => Promise.reject(thrown);
    expect(await gateway.ask("a/ask")).toMatchObject({ status: "error", code: "device_error" });
  });

  test.each<[string, unknown]>([
    ["a bigint", { a: 1n }],
    ["a circle", circle],
    ["a function", () => {}],
  ])("to a request, %s, is an error", async (_, answer) => {
    const { gateway, adapter } = await lamp();
    await using __ = gateway;
    adapter.answerRequest = () => Promise.resolve(answer as Scalar);
    expect(await gateway.ask("a/ask")).toMatchObject({ status: "error", code: "device_error" });
  });

  test("by ending with what has no words waits, and is run again", async () => {
    await using gateway = await TestGateway.open();
    const adapter = new TestAdapter();
    adapter.run = () => Promise.reject(nothing);
    gateway.core.host({ name: "a", kind: "test", adapter });
    gateway.core.start();
    await gateway.settle();
    expect(gateway.of("bridge_adapter").at(-1)?.body).toMatchObject({
      state: "waiting",
      reason: "something that is no error was thrown",
    });
  });
});
