import { expect, test } from "vitest";
import { collectHeap } from "../../src/heap-compaction.ts";
import { HeapFloor } from "../../src/heap-floor.ts";
import { HeapWatch } from "../../src/health/heap-watch.ts";

/** The goal: less than a thousandth of one core. */
const goalPercent = 0.1;
const mib = 2 ** 20;

/** CPU time of this process in ms. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test("what watching its own memory costs the gateway", { timeout: 120_000 }, () => {
  const floor = new HeapFloor();
  floor.start();
  const looks = 2_000;
  const look = cpuMs(() => {
    for (let index = 0; index < looks; index++) floor.read();
  });
  const probes = 10;
  const probe = cpuMs(() => {
    for (let index = 0; index < probes; index++) collectHeap();
  });
  const watch = new HeapWatch();
  const halfHours = 7 * 48;
  let judging = 0;
  for (let index = 0; index < halfHours; index++) {
    const atMs = index * 1_800_000;
    const noise = 2e5 * Math.sin(index * 7.7);
    const figures = { ...floor.read(), isFloor: true, majors: index + 1 };
    const sizes = { floorBytes: 3e7 + noise, externalBytes: 2e6 };
    watch.see({ ...figures, ...sizes }, { atMs, backlogs: new Map(), nativeBytes: 5e7 - noise });
    judging += cpuMs(() => watch.judge(atMs));
  }
  floor.stop();
  const parts = [
    ["look at the heap", look / looks, 10],
    ["force a collection", probe / probes, 1_800],
    ["judge heap, external and native", judging / halfHours, 1_800],
  ] as const;
  let sum = 0;
  for (const [name, ms, everyS] of parts) {
    const percent = ms / everyS / 10;
    sum += percent;
    process.stdout.write(
      `${name}: ${ms.toFixed(3)} ms of CPU each ${everyS} s, ${percent.toFixed(5)} % of a core\n`,
    );
  }
  const heap = Math.round(process.memoryUsage().heapUsed / mib);
  process.stdout.write(`in all ${sum.toFixed(5)} % of a core, with a heap of ${heap} MiB\n`);
  expect(sum).toBeLessThan(goalPercent);
});
