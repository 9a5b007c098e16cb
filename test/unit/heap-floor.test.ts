import { expect, test } from "vitest";
import { HeapFloor } from "../../src/heap-floor.ts";
import { ManualClock } from "../support/manual-clock.ts";

const minuteMs = 60_000;

test("the floor is looked at in every interval in which V8 did not", async () => {
  const clock = new ManualClock();
  const floor = new HeapFloor();
  floor.start();
  // However long it takes on a busy machine.
  const stop = floor.probeEvery(minuteMs, clock, Number.POSITIVE_INFINITY);
  for (let minute = 0; minute < 4; minute++) {
    const before = floor.read().majors;
    await clock.advance(minuteMs);
    // The observer is told later.
    await expect.poll(() => floor.read().majors, { timeout: 10_000 }).toBeGreaterThan(before);
  }
  stop();
  floor.stop();
});

test("a look that took too long has the next one left out, and only that", async () => {
  const clock = new ManualClock();
  const floor = new HeapFloor();
  floor.start();
  const stop = floor.probeEvery(minuteMs, clock, 0);
  const looks: boolean[] = [];
  for (let minute = 0; minute < 4; minute++) {
    await clock.advance(minuteMs);
    looks.push(floor.read().probeMs > 0);
  }
  stop();
  floor.stop();
  expect(looks).toEqual([true, false, true, false]);
});
