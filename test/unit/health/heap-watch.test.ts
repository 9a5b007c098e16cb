import { expect, test } from "vitest";
import { HeapWatch } from "../../../src/health/heap-watch.ts";
import { heapFigures } from "../../support/heap.ts";

const halfHourMs = 1_800_000;

/** Noise that is the same in every run, 0 to 1. */
function noise(step: number): number {
  const value = Math.sin(step * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

test("a backlog that explains the heap does not excuse what grows outside it", () => {
  const watch = new HeapWatch();
  for (let step = 1; step <= 96; step++) {
    const atMs = step * halfHourMs;
    const waiting = step * 20;
    const floorBytes = 20e6 + waiting * 3_000 + noise(step) * 1e5;
    const externalBytes = 2e6 + step * 5e5 + noise(step + 1_000) * 1e5;
    const backlogs = new Map([["sms.outbox", waiting]]);
    watch.see(heapFigures({ majors: step, minors: step * 50, floorBytes, externalBytes }), {
      atMs,
      backlogs,
    });
    if (step % 24 === 0) watch.judge(atMs);
  }
  expect(watch.opinion).toMatchObject({ verdict: "leak", explanation: undefined });
  expect(watch.opinion?.decisive.series).toBe("external");
});

test("a heap that is nearly full is critical at once, and no longer than it is", () => {
  const watch = new HeapWatch();
  const moment = { atMs: 0, backlogs: new Map() };
  watch.see(heapFigures({ usedBytes: 95e6, limitBytes: 100e6 }), moment);
  expect(watch.severity).toBe("critical");
  watch.see(heapFigures({ usedBytes: 50e6, limitBytes: 100e6, majors: 2 }), moment);
  expect(watch.severity).toBe("none");
});

test("a thread that was started anew is told by any of its counts", () => {
  const watch = new HeapWatch();
  watch.see(heapFigures({ majors: 2, pausedMs: 30 }), { atMs: 1, backlogs: new Map() });
  watch.see(heapFigures({ majors: 2, pausedMs: 12 }), { atMs: 9, backlogs: new Map() });
  expect(watch.startMs).toBe(9);
});
