import { describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/ble/limits.ts";
import { Watchdog } from "../../../../adapters/ble/watchdog.ts";
import type { LinkStatus } from "../../../../src/core/adapter.ts";
import { MemoryStore } from "../../../../src/testing/memory-store.ts";
import { MemoryLog } from "../../../support/log.ts";
import { ManualClock } from "../../../support/manual-clock.ts";

/** A radio that can be dead, and a watchdog that is started again as the supervisor does. */
class Guarded {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly counts = new Map<string, number>();
  readonly statuses: LinkStatus[] = [];
  /** What was done, and when, in seconds. */
  readonly done: [what: string, atS: number][] = [];
  /** What has to be done for the radio to hear again; undefined: it hears. */
  deadUntil: "scan" | "process" | "controller" | "never" | undefined;
  /** Somebody sends each so many seconds. */
  everyS = 10;
  isOn = true;
  refusesScan = false;
  #heardAt: number | undefined;
  readonly #stop = new AbortController();

  async start(): Promise<void> {
    this.clock.every(1_000, () => this.#send());
    await this.#guard();
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1_000);
  }

  count(name: string): number {
    return this.counts.get(`watchdog_${name}`) ?? 0;
  }

  stop(): void {
    this.#stop.abort();
  }

  #send(): void {
    const second = Math.round(this.clock.monotonic() / 1_000);
    if (second % this.everyS === 0 && !this.deadUntil && this.isOn) {
      this.#heardAt = this.clock.monotonic();
    }
  }

  #did(what: "scan" | "process" | "controller"): void {
    this.done.push([what, this.clock.monotonic() / 1_000]);
    if (this.deadUntil === what) this.deadUntil = undefined;
  }

  async #guard(): Promise<void> {
    this.#heardAt = undefined;
    const { clock, store, counts } = this;
    const watchdog = await Watchdog.load({
      host: {
        clock,
        store,
        log: new MemoryLog(),
        count: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
        status: (status) => void this.statuses.push(status),
      },
      heardAt: () => this.#heardAt,
      isOn: () => this.isOn,
      startScan: async () => {
        if (this.refusesScan) throw new Error("Refused");
        this.#did("scan");
      },
      resetController: async () => this.#did("controller"),
    });
    void watchdog.watch(this.#stop.signal).catch(async () => {
      this.#did("process");
      await this.#guard();
    });
  }
}

async function guarded(options: Partial<Guarded> = {}): Promise<Guarded> {
  const guard = Object.assign(new Guarded(), options);
  await guard.start();
  await guard.pass(30);
  return guard;
}

describe("a radio that hears somebody", () => {
  test("is left alone", async () => {
    const guard = await guarded();
    await guard.pass(86_400);
    expect(guard.done).toEqual([]);
    expect([...guard.counts]).toEqual([]);
  });

  test("that is switched off is left alone, and watched when it is on again", async () => {
    const guard = await guarded();
    guard.isOn = false;
    await guard.pass(7_200);
    expect(guard.done).toEqual([]);
    guard.isOn = true;
    guard.deadUntil = "scan";
    await guard.pass(90);
    expect(guard.done.map(([what]) => what)).toEqual(["scan"]);
  });
});

describe("silence", () => {
  test("is ended by a new scan after a minute", async () => {
    const guard = await guarded({ deadUntil: "scan" });
    await guard.pass(120);
    expect(guard.done).toEqual([["scan", 60]]);
    expect(guard.count("cured_scan")).toBe(1);
  });

  test("is fought step by step, each counted, over the end of a process", async () => {
    const guard = await guarded({ deadUntil: "controller" });
    await guard.pass(300);
    expect(guard.done.map(([what]) => what)).toEqual(["scan", "process", "controller"]);
    expect(guard.done.at(-1)?.[1]).toBeLessThanOrEqual(180);
    for (const step of ["scan", "process", "controller", "cured_controller"]) {
      expect(guard.count(step), `${step} is counted`).toBe(1);
    }
    expect(guard.statuses).toEqual([]);
  });

  test("that nothing ends is told to a person, once", async () => {
    const guard = await guarded({ deadUntil: "never" });
    await guard.pass(900);
    expect(guard.statuses).toMatchObject([{ state: "attention", code: "radio_silent" }]);
    expect(guard.done.map(([what]) => what)).toEqual(["scan", "process", "controller"]);
    expect(guard.count("alert")).toBe(1);
  });

  test("that nothing ends is fought again each hour and no more often", async () => {
    const guard = await guarded({ deadUntil: "never" });
    await guard.pass(24 * 3_600);
    expect(guard.count("process")).toBeGreaterThan(12);
    expect(guard.count("process")).toBeLessThanOrEqual(25);
  });

  test("that ended after all is told, too", async () => {
    const guard = await guarded({ deadUntil: "never" });
    await guard.pass(900);
    guard.deadUntil = undefined;
    await guard.pass(30);
    expect(guard.statuses.at(-1)).toEqual({ state: "online" });
  });

  test("goes on to the next step when a scan is refused", async () => {
    const guard = await guarded({ deadUntil: "process", refusesScan: true });
    await guard.pass(120);
    expect(guard.count("failed")).toBe(1);
    expect(guard.done.map(([what]) => what)).toEqual(["process"]);
    expect(guard.count("cured_process")).toBe(1);
  });
});

describe("a quiet place", () => {
  test("where somebody sends each ten minutes is fought over at first, and then let be", async () => {
    const guard = await guarded({ everyS: 600 });
    await guard.pass(3_600);
    const early = guard.count("process");
    await guard.pass(24 * 3_600);
    expect(early).toBeGreaterThan(0);
    expect(guard.count("process") - early).toBeLessThanOrEqual(1);
    expect(guard.count("needless")).toBeGreaterThan(0);
  });

  test("is still watched: a longer silence than usual is fought", async () => {
    const guard = await guarded({ everyS: 600 });
    await guard.pass(6 * 3_600);
    const before = guard.count("process");
    guard.deadUntil = "process";
    await guard.pass((3 * limits.quietMs) / 1_000);
    expect(guard.count("process")).toBe(before + 1);
    expect(guard.deadUntil).toBeUndefined();
  });

  test("does not stay so when a sensor moves in", async () => {
    const guard = await guarded({ everyS: 600 });
    await guard.pass(6 * 3_600);
    guard.everyS = 5;
    await guard.pass(60);
    guard.deadUntil = "scan";
    await guard.pass(90);
    expect(guard.deadUntil).toBeUndefined();
  });
});
