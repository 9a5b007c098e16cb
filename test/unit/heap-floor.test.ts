import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { HeapFloor } from "../../src/heap-floor.ts";
import { ManualClock } from "../support/manual-clock.ts";

test("the floor is looked at in every interval in which V8 did not", async () => {
  const clock = new ManualClock();
  const floor = new HeapFloor();
  floor.start();
  const stop = floor.probeEvery(60_000, clock);
  const probes: number[] = [];
  for (let minute = 0; minute < 4; minute++) {
    const before = floor.read().majors;
    await clock.advance(60_000);
    // The observer is told in a later turn of the loop.
    for (let turns = 0; turns < 20 && floor.read().majors === before; turns++) await turn();
    probes.push(floor.read().majors - before);
  }
  stop();
  floor.stop();
  expect(probes).toEqual([1, 1, 1, 1]);
});
