import { describe, expect, it } from "vitest";
import { flags } from "../../../../../adapters/ble/simulator/advertising-data.ts";
import { commands, Wire } from "./wire.ts";

const ready = [commands.eventMask, commands.leEventMask] as const;
const thing = { address: "a4c138000001", data: flags(), intervalMs: 100, rssiNoiseDb: 0 };

describe("a controller with a fault", () => {
  it("refuses to scan as often as it was told", () => {
    const wire = new Wire();
    wire.controller.faults.refuseScan(0x0c, 2);
    const answers = wire.send(commands.scanOn, commands.scanOn, commands.scanOn);
    expect(answers.map((answer) => answer.slice(-2))).toEqual(["0c", "0c", "00"]);
  });

  it.for([
    ["scan", [commands.scanOff]],
    ["reset", [commands.reset, ...ready]],
  ] as const)("is silent until the %s that cures it", async ([cure, cured]) => {
    const wire = new Wire();
    wire.air.add(thing);
    wire.send(...ready, commands.scanOn);
    wire.controller.faults.fallSilent(cure);
    expect(await wire.after(10_000)).toEqual([]);
    expect(wire.controller.isScanning).toBe(true);
    wire.send(...cured, commands.scanOn);
    expect(await wire.after(1_000)).not.toEqual([]);
  });

  it("is not cured by scanning anew when only a reset cures it", async () => {
    const wire = new Wire();
    wire.air.add(thing);
    wire.send(...ready, commands.scanOn);
    wire.controller.faults.fallSilent("reset");
    wire.send(commands.scanOff, commands.scanOn);
    expect(await wire.after(10_000)).toEqual([]);
    wire.plug();
    wire.send(...ready, commands.scanOn);
    expect(await wire.after(1_000)).not.toEqual([]);
  });

  it("loses about as many reports as it was told", async () => {
    const wire = new Wire();
    wire.air.add({ ...thing, intervalMs: 15 });
    wire.send(...ready, commands.scanOn);
    wire.controller.faults.loseReports(0.75);
    const { length } = await wire.after(20_000);
    expect(length).toBeGreaterThan(200);
    expect(length).toBeLessThan(300);
  });

  it("spoils reports inside, while every event is as long as it says", async () => {
    const wire = new Wire();
    wire.air.add({ ...thing, intervalMs: 20 });
    wire.send(...ready, commands.scanOn);
    wire.controller.faults.spoilReports(1);
    const events = (await wire.after(4_000)).map((hex) => Buffer.from(hex, "hex"));
    expect(events.every((event) => event.length === 3 + (event[2] ?? 0))).toBe(true);
    const lengths = events.map(({ length }) => length);
    expect([Math.min(...lengths) < 18, Math.max(...lengths) > 18]).toEqual([true, true]);
  });

  it("is flooded by addresses that are each heard once", async () => {
    const wire = new Wire();
    wire.send(...ready, commands.scanOn);
    const end = wire.air.flood(200, flags());
    const heard = await wire.after(5_000);
    end();
    expect(heard).toHaveLength(1_000);
    expect(new Set(heard.map((event) => event.slice(14, 26))).size).toBe(1_000);
    expect(await wire.after(5_000)).toEqual([]);
  });

  it("is the same with the same seed", async () => {
    const run = async (): Promise<readonly string[]> => {
      const wire = new Wire();
      wire.air.add(thing);
      wire.send(...ready, commands.scanOn);
      wire.controller.faults.spoilReports(0.5);
      wire.controller.faults.loseReports(0.5);
      return wire.after(5_000);
    };
    expect(await run()).toEqual(await run());
  });
});
