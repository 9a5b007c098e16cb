import { describe, expect, test } from "vitest";
import type { CommandResult } from "../../../src/model/adapter-event.ts";
import type { Ref } from "../../../src/model/identity.ts";
import type { Result } from "../../../src/model/result.ts";
import { CommandError } from "../../../src/errors.ts";
import { limits } from "../../../src/limits.ts";
import { TestAdapter } from "../../support/adapter.ts";
import { TestGateway } from "../../support/gateway.ts";

const ref: Ref = [["wifi", "024b4f000001"]];
const id = "wifi-024b4f000001";

/** A gateway with one lamp, which obeys as the test says. */
class Lamp implements AsyncDisposable {
  readonly adapter = new TestAdapter();
  readonly gateway: TestGateway;

  private constructor(gateway: TestGateway) {
    this.gateway = gateway;
  }

  static async open(): Promise<Lamp> {
    const lamp = new Lamp(await TestGateway.open());
    await lamp.start();
    const names = ["onoff", "brightness", "temperature", "cover_action", "identify"];
    const properties = names.map((is) => ({ is, source: `native ${is}` }));
    lamp.adapter.host?.emit({ type: "device", ref, facts: { properties } });
    await lamp.gateway.settle();
    return lamp;
  }

  async start(): Promise<void> {
    this.gateway.core.host({ name: "wifi", kind: "test", adapter: this.adapter });
    this.gateway.core.start();
    await this.gateway.settle();
  }

  /** The device reports a value by itself. */
  async report(is: string, value: boolean | number): Promise<void> {
    this.adapter.host?.emit({ type: "readings", ref, values: [{ is, value }] });
    await this.gateway.settle();
  }

  /** Answers each command when the test releases it. */
  hold(): { release: (result: CommandResult) => void }[] {
    const held: { release: (result: CommandResult) => void }[] = [];
    this.adapter.answer = () => new Promise((release) => held.push({ release }));
    return held;
  }

  get results(): Result[] {
    return this.gateway.results(id);
  }

  /** Status words of the results of one command. */
  statuses(commandId: string): string[] {
    return this.results.filter(({ _id }) => _id === commandId).map(({ status }) => status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe("a command", () => {
  test("is accepted, carried out and done, with what the device reported", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = async () => {
      lamp.adapter.host?.emit({ type: "readings", ref, values: [{ is: "onoff", value: true }] });
      return { status: "done", confirmedBy: "report" };
    };
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.adapter.commands).toMatchObject([
      {
        type: "set",
        id: `${id}:a1`,
        ref,
        writes: [{ is: "onoff", value: true, source: "native onoff" }],
      },
    ]);
    expect(lamp.results).toMatchObject([
      { _id: "a1", status: "accepted" },
      { _id: "a1", status: "done", confirmed_by: "report", values: { onoff: true } },
    ]);
  });

  test("changes no value before the device reported it", async () => {
    await using lamp = await Lamp.open();
    await lamp.report("onoff", false);
    const held = lamp.hold();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.gateway.state(id)?.["onoff"]).toBe(false);
    held[0]?.release({ status: "done", confirmedBy: "ack" });
    await lamp.gateway.settle();
    expect(lamp.gateway.state(id)?.["onoff"]).toBe(false);
    expect(lamp.results.at(-1)).toMatchObject({ confirmed_by: "ack", values: { onoff: true } });
  });

  test("that nothing confirms leaves an assumed value", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = async () => ({ status: "done", confirmedBy: "none" });
    await lamp.gateway.set(id, { onoff: true });
    expect(lamp.gateway.state(id)).toMatchObject({ onoff: true, _q: { onoff: "assumed" } });
  });

  test("the result follows the value it reports", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = async () => {
      lamp.adapter.host?.emit({ type: "readings", ref, values: [{ is: "onoff", value: true }] });
      return { status: "done", confirmedBy: "report" };
    };
    lamp.gateway.messages.length = 0;
    await lamp.gateway.set(id, { onoff: true });
    const order = lamp.gateway.messages.map(({ kind }) => kind);
    expect(order.indexOf("value")).toBeLessThan(order.lastIndexOf("result"));
    expect(order.filter((kind) => kind === "result")).toHaveLength(2);
  });

  test("toggles what is known, and says so when nothing is", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: "toggle" });
    expect(lamp.results.at(-1)).toMatchObject({ status: "rejected", code: "unsupported" });
    await lamp.report("onoff", true);
    await lamp.gateway.set(id, { onoff: "toggle" });
    expect(lamp.adapter.commands.at(-1)).toMatchObject({ writes: [{ value: false }] });
  });

  test("to one property takes a bare value", async () => {
    await using lamp = await Lamp.open();
    const body = { text: "40", retained: false };
    lamp.gateway.bus.publish({ kind: "set", device: id, property: "brightness", body });
    await lamp.gateway.settle();
    expect(lamp.adapter.commands).toMatchObject([{ writes: [{ is: "brightness", value: 40 }] }]);
  });

  test("for trial is checked and not sent", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "dry", _dry_run: true });
    expect(lamp.statuses("dry")).toEqual(["accepted"]);
    expect(lamp.adapter.commands).toEqual([]);
  });

  test("that the device refuses has failed, with its reason by key", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = async () => ({
      status: "partial",
      confirmedBy: "report",
      errors: [{ is: "brightness", code: "device_error", message: "lamp is broken" }],
    });
    await lamp.report("onoff", true);
    await lamp.gateway.set(id, { onoff: true, brightness: 5, _id: "a1" });
    expect(lamp.results.at(-1)).toMatchObject({
      status: "partial",
      values: { onoff: true },
      errors: { brightness: { code: "device_error", message: "lamp is broken" } },
    });
    expect(lamp.results.at(-1)?.values).not.toHaveProperty("brightness");
  });

  test("times out when the device says nothing", async () => {
    await using lamp = await Lamp.open();
    lamp.hold();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.clock.advance(10_000);
    expect(lamp.results.at(-1)).toMatchObject({ status: "timeout", code: "no_answer" });
    expect(lamp.results.at(-1)?.took_ms).toBe(10_000);
  });

  test("has as much more time as its transition takes", async () => {
    await using lamp = await Lamp.open();
    lamp.hold();
    await lamp.gateway.set(id, { onoff: true, _id: "a1", _transition: 5 });
    await lamp.gateway.clock.advance(12_000);
    expect(lamp.statuses("a1")).toEqual(["accepted"]);
    await lamp.gateway.clock.advance(3_000);
    expect(lamp.statuses("a1")).toEqual(["accepted", "timeout"]);
  });

  test("fails at once while the adapter has no link", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.lose(new Error("cable cut"));
    await lamp.gateway.settle();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.results.at(-1)).toMatchObject({ status: "failed", code: "unreachable" });
  });

  test("has failed when its adapter throws anything", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = () => Promise.reject(new TypeError("x is not a function"));
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.results.at(-1)).toMatchObject({
      status: "failed",
      code: "device_error",
      message: "x is not a function",
    });
  });

  test("of an action leaves no value, neither confirmed nor assumed", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = async () => ({ status: "done", confirmedBy: "none" });
    await lamp.gateway.set(id, { identify: true, _id: "a1" });
    expect(lamp.results.at(-1)).toMatchObject({ status: "done", values: {} });
    expect(lamp.gateway.of("value")).toEqual([]);
    expect(lamp.gateway.state(id)).toBeUndefined();
  });

  test("that toggles twice leaves things as they were", async () => {
    await using lamp = await Lamp.open();
    await lamp.report("onoff", false);
    lamp.hold();
    await lamp.gateway.set(id, { onoff: "toggle" });
    await lamp.gateway.set(id, { onoff: "toggle" });
    expect(lamp.adapter.commands).toMatchObject([
      { writes: [{ value: true }] },
      { writes: [{ value: false }] },
    ]);
  });

  test("that was superseded before it was said to be accepted is accepted first", async () => {
    await using lamp = await Lamp.open();
    lamp.hold();
    const body = (document: object) => ({ text: JSON.stringify(document), retained: false });
    lamp.gateway.bus.publish({ kind: "set", device: id, body: body({ onoff: true, _id: "old" }) });
    lamp.gateway.bus.publish({ kind: "set", device: id, body: body({ onoff: false, _id: "new" }) });
    await lamp.gateway.settle();
    expect(lamp.statuses("old")).toEqual(["accepted", "superseded"]);
    expect(lamp.adapter.commands).toMatchObject([{ writes: [{ value: false }] }]);
  });

  test("is obeyed though the disk refuses to remember it", async () => {
    await using lamp = await Lamp.open();
    lamp.gateway.diskRefuses = true;
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.statuses("a1")).toEqual(["accepted", "done"]);
    expect(lamp.gateway.counters.get("store.writes_failed")).toBe(2);
    lamp.gateway.diskRefuses = false;
    await lamp.gateway.clock.advance(limits.storeRetryMs);
    expect(await lamp.gateway.stored("command/")).toHaveLength(1);
  });

  test("to a device that is removed has failed, and nothing of it comes later", async () => {
    await using lamp = await Lamp.open();
    const held = lamp.hold();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.core.devices.remove(id);
    held[0]?.release({ status: "done", confirmedBy: "none" });
    await lamp.gateway.settle();
    expect(lamp.results.at(-1)).toMatchObject({ status: "failed", code: "unknown_device" });
    expect(lamp.gateway.state(id)).toBeUndefined();
  });

  test("gets its last word when the gateway stops", async () => {
    await using lamp = await Lamp.open();
    lamp.hold();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.core.stop();
    expect(lamp.results.at(-1)).toMatchObject({ status: "failed", code: "unreachable" });
  });
});

describe("a command for two adapters", () => {
  /** The lamp, and a blind before it that another adapter moves. */
  async function withBlind(): Promise<{ lamp: Lamp; blind: TestAdapter }> {
    const lamp = await Lamp.open();
    const blind = new TestAdapter();
    lamp.gateway.core.host({ name: "blind", kind: "test", adapter: blind });
    for (const one of lamp.gateway.core.adapters) if (one.name === "blind") one.start();
    await lamp.gateway.settle();
    blind.host?.emit({ type: "device", ref, facts: { properties: [{ is: "position" }] } });
    await lamp.gateway.settle();
    return { lamp, blind };
  }

  test("is done when both are, and each gets its part", async () => {
    const { lamp, blind } = await withBlind();
    await lamp.gateway.set(id, { onoff: true, position: 5, _id: "a1" });
    expect(lamp.adapter.commands).toMatchObject([{ writes: [{ is: "onoff" }] }]);
    expect(blind.commands).toMatchObject([{ writes: [{ is: "position" }] }]);
    expect(lamp.results.at(-1)).toMatchObject({
      status: "done",
      confirmed_by: "ack",
      values: { onoff: true, position: 5 },
    });
    await lamp[Symbol.asyncDispose]();
  });

  test("is partial when one fails, with the reason by key", async () => {
    const { lamp, blind } = await withBlind();
    blind.answer = () => Promise.reject(new CommandError("device_error", "blind is stuck"));
    await lamp.gateway.set(id, { onoff: true, position: 5, _id: "a1" });
    expect(lamp.results.at(-1)).toMatchObject({
      status: "partial",
      confirmed_by: "ack",
      values: { onoff: true },
      errors: { position: { code: "device_error", message: "blind is stuck" } },
    });
    await lamp[Symbol.asyncDispose]();
  });
});

describe("a refusal", () => {
  test.each<[string | object, string]>([
    ["nan", "bad_payload"],
    ["", "bad_payload"],
    [{}, "no_property"],
    [{ _id: "x" }, "no_property"],
    [{ colour: 1 }, "unknown_property"],
    [{ constructor: 1 }, "unknown_property"],
    [{ temperature: 21 }, "read_only"],
    [{ brightness: 101 }, "out_of_range"],
    [{ brightness: "bright" }, "bad_type"],
    [{ cover_action: "ajar" }, "not_in_values"],
  ])("of %j says %s and is counted", async (document, code) => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, document);
    expect(lamp.results).toMatchObject([{ status: "rejected", code }]);
    expect(lamp.adapter.commands).toEqual([]);
    expect(lamp.gateway.counters.sum("refused.commands")).toBe(1);
  });

  test("of what is too long says too_large", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, x: "y".repeat(limits.commandLength) });
    expect(lamp.results).toMatchObject([{ status: "rejected", code: "too_large" }]);
  });

  test("names the device that is not there", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set("wifi-unknown", { onoff: true, _id: "a1" });
    expect(lamp.gateway.results("wifi-unknown")).toMatchObject([
      { _id: "a1", status: "rejected", code: "unknown_device" },
    ]);
  });

  test("of one property refuses the whole, and says what was wrong with each", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, brightnes: 4, temperature: 21, _id: "a1" });
    expect(lamp.results).toMatchObject([
      {
        _id: "a1",
        status: "rejected",
        errors: {
          brightnes: { code: "unknown_property" },
          temperature: { code: "read_only" },
        },
      },
    ]);
    expect(lamp.results[0]?.errors?.["brightnes"]?.message).toContain("did you mean brightness");
    expect(lamp.adapter.commands).toEqual([]);
  });

  test("meets a retained command, which would come back at every start", async () => {
    await using lamp = await Lamp.open();
    const body = { text: '{"onoff":true,"_id":"a1"}', retained: true };
    lamp.gateway.bus.publish({ kind: "set", device: id, body });
    await lamp.gateway.settle();
    expect(lamp.results).toMatchObject([{ _id: "a1", status: "rejected", code: "retained" }]);
    expect(lamp.adapter.commands).toEqual([]);
  });

  test("meets the command too many", async () => {
    await using lamp = await Lamp.open();
    lamp.hold();
    for (let n = 0; n < limits.commandsPerDevice + 1; n++) {
      await lamp.gateway.set(id, { identify: true, _id: `n${n}` });
    }
    expect(lamp.results.at(-1)).toMatchObject({ status: "rejected", code: "rate_limited" });
  });
});

describe("the same _id", () => {
  test("is answered from memory and not sent again", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.adapter.commands).toHaveLength(1);
    expect(lamp.statuses("a1")).toEqual(["accepted", "done", "done"]);
    expect(lamp.gateway.counters.get("commands.repeated")).toBe(1);
  });

  test("with another body is refused", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.set(id, { onoff: false, _id: "a1" });
    expect(lamp.results.at(-1)).toMatchObject({ status: "rejected", code: "duplicate_id" });
    expect(lamp.adapter.commands).toHaveLength(1);
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.statuses("a1")).toEqual(["accepted", "done", "rejected", "done"]);
  });

  test("is remembered though the wall clock jumps", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    lamp.gateway.clock.wallMs += 86_400_000;
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.adapter.commands).toHaveLength(1);
  });

  test("that was refused may be used again", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { brightness: 500, _id: "a1" });
    await lamp.gateway.set(id, { brightness: 50, _id: "a1" });
    expect(lamp.statuses("a1")).toEqual(["rejected", "accepted", "done"]);
  });

  test("is a new command after ten minutes", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.clock.advance(600_000);
    await lamp.gateway.set(id, { onoff: false, _id: "a1" });
    expect(lamp.adapter.commands).toHaveLength(2);
  });

  test("is remembered over a restart", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.restart();
    await lamp.start();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.adapter.commands).toHaveLength(1);
    expect(lamp.statuses("a1")).toEqual(["done"]);
  });

  test("is remembered over a restart after which nobody knows the time", async () => {
    await using lamp = await Lamp.open();
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    lamp.gateway.clock.isSynced = false;
    lamp.gateway.clock.wallMs -= 86_400_000;
    await lamp.gateway.restart();
    await lamp.start();
    lamp.gateway.clock.isSynced = true;
    lamp.gateway.clock.wallMs += 86_400_000;
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    expect(lamp.adapter.commands).toHaveLength(1);
  });
});

describe("a newer command", () => {
  test("for the same state takes the place of the one that waits", async () => {
    await using lamp = await Lamp.open();
    const held = lamp.hold();
    await lamp.gateway.set(id, { onoff: true, _id: "old" });
    await lamp.gateway.set(id, { onoff: false, _id: "new" });
    expect(lamp.statuses("old")).toEqual(["accepted", "superseded"]);
    held[0]?.release({ status: "done", confirmedBy: "ack" });
    held[1]?.release({ status: "done", confirmedBy: "ack" });
    await lamp.gateway.settle();
    expect(lamp.statuses("old")).toEqual(["accepted", "superseded"]);
    expect(lamp.statuses("new")).toEqual(["accepted", "done"]);
  });

  test("for a part of it leaves the rest to be answered", async () => {
    await using lamp = await Lamp.open();
    const held = lamp.hold();
    await lamp.gateway.set(id, { onoff: true, brightness: 5, _id: "old" });
    await lamp.gateway.set(id, { brightness: 9, _id: "new" });
    held[0]?.release({ status: "done", confirmedBy: "ack" });
    await lamp.gateway.settle();
    expect(lamp.results.findLast(({ _id }) => _id === "old")).toMatchObject({
      status: "partial",
      values: { onoff: true },
      errors: { brightness: { code: "superseded" } },
    });
  });

  test("of an action comes after it and takes nothing from it", async () => {
    await using lamp = await Lamp.open();
    const body = (document: object) => ({ text: JSON.stringify(document), retained: false });
    const first = { cover_action: "open", _id: "first" };
    lamp.gateway.bus.publish({ kind: "set", device: id, body: body(first) });
    lamp.gateway.bus.publish({ kind: "set", device: id, body: body({ cover_action: "stop" }) });
    await lamp.gateway.settle();
    expect(lamp.adapter.commands).toMatchObject([
      { writes: [{ value: "open" }] },
      { writes: [{ value: "stop" }] },
    ]);
    expect(lamp.statuses("first")).toEqual(["accepted", "done"]);
  });

  test("does not stand behind an action that nobody answers", async () => {
    await using lamp = await Lamp.open();
    lamp.hold();
    await lamp.gateway.set(id, { cover_action: "close" });
    await lamp.gateway.set(id, { cover_action: "stop" });
    expect(lamp.adapter.commands).toHaveLength(2);
  });

  test("leaves a read alone", async () => {
    await using lamp = await Lamp.open();
    const held = lamp.hold();
    const body = { text: '{"_id":"g1","properties":["onoff"]}', retained: false };
    lamp.gateway.bus.publish({ kind: "get", device: id, body });
    await lamp.gateway.set(id, { onoff: true });
    held[0]?.release({ status: "done", confirmedBy: "report" });
    await lamp.gateway.settle();
    expect(lamp.statuses("g1")).toEqual(["accepted", "done"]);
  });
});

describe("a queued command", () => {
  const queued = async (): Promise<CommandResult> => ({ status: "queued", stage: "queued" });

  test("is done when its adapter says so later", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = queued;
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    const commandId = lamp.adapter.commands[0]?.id ?? "";
    const result = { status: "done", confirmedBy: "ack" } as const;
    await lamp.gateway.clock.advance(3_600_000);
    lamp.adapter.host?.emit({ type: "result", commandId, result });
    await lamp.gateway.settle();
    expect(lamp.statuses("a1")).toEqual(["accepted", "queued", "done"]);
  });

  test("expires when its time is over", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = queued;
    await lamp.gateway.set(id, { onoff: true, _id: "a1", _expires: 60 });
    await lamp.gateway.clock.advance(60_000);
    expect(lamp.results.at(-1)).toMatchObject({ status: "expired", code: "expired" });
  });

  test("says nothing more when its adapter answers after it expired", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = queued;
    await lamp.gateway.set(id, { onoff: true, _id: "a1", _expires: 60 });
    await lamp.gateway.clock.advance(60_000);
    const commandId = lamp.adapter.commands[0]?.id ?? "";
    lamp.adapter.host?.emit({ type: "result", commandId, result: { status: "done" } });
    await lamp.gateway.settle();
    expect(lamp.statuses("a1")).toEqual(["accepted", "queued", "expired"]);
    expect(lamp.gateway.counters.get("refused.results_of_no_command")).toBe(1);
  });

  test("expires in time after a restart, and makes way for a newer one", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = queued;
    await lamp.gateway.set(id, { onoff: true, _id: "light", _expires: 60 });
    await lamp.gateway.set(id, { brightness: 5, _id: "level" });
    await lamp.gateway.restart();
    await lamp.start();
    await lamp.gateway.set(id, { brightness: 9, _id: "newer" });
    await lamp.gateway.clock.advance(60_000);
    expect(lamp.statuses("light")).toEqual(["expired"]);
    expect(lamp.statuses("level")).toEqual(["superseded"]);
    expect(lamp.statuses("newer")).toEqual(["accepted", "queued"]);
  });

  test("stays queued when the gateway stops", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = queued;
    await lamp.gateway.set(id, { onoff: true, _id: "a1" });
    await lamp.gateway.core.stop();
    expect(lamp.statuses("a1")).toEqual(["accepted", "queued"]);
  });

  test("is left to its adapter over a restart, a sent one is closed", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = queued;
    await lamp.gateway.set(id, { identify: true, _id: "waits" });
    const commandId = lamp.adapter.commands[0]?.id ?? "";
    await lamp.gateway.restart();
    await lamp.start();
    expect(lamp.statuses("waits")).toEqual([]);
    lamp.adapter.host?.emit({ type: "result", commandId, result: { status: "done" } });
    await lamp.gateway.settle();
    expect(lamp.statuses("waits")).toEqual(["done"]);
  });
});

describe("a read", () => {
  test("asks the device and answers with what it reported", async () => {
    await using lamp = await Lamp.open();
    lamp.adapter.answer = async () => {
      lamp.adapter.host?.emit({ type: "readings", ref, values: [{ is: "onoff", value: true }] });
      return { status: "done", confirmedBy: "report" };
    };
    const body = { text: '{"_id":"g1","properties":["onoff"]}', retained: false };
    lamp.gateway.bus.publish({ kind: "get", device: id, body });
    await lamp.gateway.settle();
    expect(lamp.adapter.commands).toMatchObject([{ type: "get", reads: [{ is: "onoff" }] }]);
    expect(lamp.results).toMatchObject([
      { _id: "g1", status: "accepted" },
      { _id: "g1", status: "done", values: { onoff: true } },
    ]);
  });

  test("of what the device does not have is refused", async () => {
    await using lamp = await Lamp.open();
    const body = { text: '{"properties":["pressure"]}', retained: false };
    lamp.gateway.bus.publish({ kind: "get", device: id, body });
    await lamp.gateway.settle();
    expect(lamp.results).toMatchObject([{ status: "rejected", code: "unknown_property" }]);
  });
});
