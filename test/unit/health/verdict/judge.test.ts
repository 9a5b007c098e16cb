import { describe, expect, test } from "vitest";
import { HeapRun } from "../../../../src/health/trace/heap-run.ts";
import { judge, type Judgement } from "../../../../src/health/verdict/judge.ts";
import { megabyte } from "../../../../src/health/verdict/observations.ts";
import { Chance } from "../../../support/chance.ts";
import { autoregressive, historyOf, type Course } from "../../../support/heap-series.ts";

const seeds = [1, 2];

/** Floors with noise of 0.3 MB on them. */
function noisy(seed: number, course: Course): Course {
  const { size, floors } = course;
  const noise = autoregressive(new Chance(seed), floors, { deviation: 0.3, correlation: 0.3 });
  return { ...course, size: (time, index) => size(time, index) + (noise[index] ?? 0) };
}

function judgeAll(course: Course): readonly Judgement[] {
  return seeds.map((seed) => judge(historyOf(noisy(seed, course))));
}

describe("the judge", () => {
  test("calls steady growth a leak, with its rate and when it began", () => {
    const course = { size: (time: number) => 20 + 12 * time, floors: 40, hours: 3 };
    for (const { verdict, severity, decisive } of judgeAll(course)) {
      const rate = (4 * megabyte) / 1;
      expect(verdict).toBe("leak");
      expect(severity).toBe("watch");
      expect(decisive.rate / rate).toBeGreaterThan(0.87);
      expect(decisive.rate / rate).toBeLessThan(1.15);
      expect(decisive.rateLow).toBeLessThan(rate);
      expect(decisive.rateHigh).toBeGreaterThan(rate);
      expect(decisive.sinceMs).toBeLessThan(0.25 * 3 * 3_600_000);
    }
  });

  test("says since when a leak that began late is there", () => {
    const size = (time: number): number => 20 + 24 * Math.max(time - 0.5, 0);
    for (const { verdict, decisive } of judgeAll({ size, floors: 40, hours: 10 })) {
      expect(verdict).toBe("leak");
      expect(decisive.sinceMs / 3_600_000).toBeGreaterThan(3.5);
      expect(decisive.sinceMs / 3_600_000).toBeLessThan(6.5);
    }
  });

  test("calls what rests well, and says how small a leak would have shown", () => {
    const course = { size: () => 20, floors: 40, hours: 10 };
    for (const { verdict, severity, decisive, leastVisibleRate } of judgeAll(course)) {
      expect([verdict, severity]).toEqual(["ok", "none"]);
      expect(decisive).toMatchObject({ rate: 0, rateLow: 0 });
      expect(leastVisibleRate).toBeGreaterThan(0.1 * megabyte);
      expect(leastVisibleRate).toBeLessThan(megabyte);
    }
  });

  test("does not call it a leak when V8 gives back its code once, or a cache fills", () => {
    const courses = [
      (time: number) => 20 - (time > 0.4 ? 1.4 : 0),
      (time: number) => 20 + 8 * (1 - Math.exp(-time / 0.2)),
      (time: number) => 20 + 8 * Math.min(time / 0.4, 1),
      (time: number) => 20 + (time > 0.6 ? 6 : 0),
      (time: number) => 30 - 6 * time,
    ];
    for (const size of courses) {
      for (const { verdict } of judgeAll({ size, floors: 40, hours: 10 })) {
        expect(["ok", "insufficient"]).toContain(verdict);
      }
    }
  });

  test("does not call three days and nights a leak, and finds one beneath them", () => {
    const days = (time: number): number => 30 + 4 * Math.sin(2 * Math.PI * 3.4 * time);
    for (const { verdict } of judgeAll({ size: days, floors: 60, hours: 82 })) {
      expect(verdict).not.toBe("leak");
    }
    const size = (time: number): number => days(time) + 12 * time;
    for (const { verdict, decisive } of judgeAll({ size, floors: 60, hours: 82 })) {
      expect(verdict).toBe("leak");
      expect(decisive.model?.period).toBeDefined();
      expect((decisive.rate * 82) / megabyte).toBeGreaterThan(9);
      expect((decisive.rate * 82) / megabyte).toBeLessThan(15);
    }
  });

  test("finds a leak behind the fall of V8's code", () => {
    const size = (time: number): number => 20 + 6 * time - (time > 0.45 ? 1.4 : 0);
    for (const { verdict } of judgeAll({ size, floors: 40, hours: 10 })) {
      expect(verdict).toBe("leak");
    }
  });

  test("says nothing of a few floors, and states a bound all the same", () => {
    const [few] = judgeAll({ size: (time) => 20 + 10 * time, floors: 4, hours: 1 });
    expect(few?.verdict).toBe("insufficient");
    expect(few?.leastVisibleRate).toBeGreaterThan(10 * megabyte);
  });

  test("says nothing of a trace with no major collection, but bounds what it may hold", () => {
    const run = new HeapRun({ pid: 1, isolate: "0x1", quantumBytes: megabyte / 10 });
    const minor = { isMajor: false, beforeBytes: 9 * megabyte, pauseMs: 1 };
    run.collected({ ...minor, atMs: 0, afterBytes: 5 * megabyte });
    run.collected({ ...minor, atMs: 1_800_000, afterBytes: 6 * megabyte });
    const { verdict, leastVisibleRate, floorBytes } = judge(run.read());
    expect(verdict).toBe("insufficient");
    expect(leastVisibleRate).toBe(18 * megabyte);
    expect(floorBytes).toBe(6 * megabyte);
  });
});

describe("how urgent a leak is", () => {
  test("follows from the time until the heap is full", () => {
    const course = { size: (time: number) => 20 + 12 * time, floors: 40, hours: 3 };
    for (const { severity, hoursToExhaustion } of judgeAll({ ...course, limitMegabytes: 72 })) {
      expect(severity).toBe("critical");
      expect(hoursToExhaustion?.mid).toBeGreaterThan(8);
      expect(hoursToExhaustion?.mid).toBeLessThan(12);
      expect(hoursToExhaustion?.low).toBeLessThan(hoursToExhaustion?.mid ?? 0);
      expect(hoursToExhaustion?.high).toBeGreaterThan(hoursToExhaustion?.mid ?? Infinity);
    }
    for (const { severity, hoursToExhaustion } of judgeAll({ ...course, limitMegabytes: 512 })) {
      expect(severity).toBe("watch");
      expect(hoursToExhaustion?.mid).toBeGreaterThan(90);
    }
  });

  test("is not asked where nothing grows, or the limit is not known", () => {
    const resting = judgeAll({ size: () => 20, floors: 40, hours: 3, limitMegabytes: 512 });
    const unlimited = judgeAll({ size: (time) => 20 + 12 * time, floors: 40, hours: 3 });
    for (const { hoursToExhaustion } of [...resting, ...unlimited]) {
      expect(hoursToExhaustion).toBeUndefined();
    }
  });

  test("is as high as can be when the heap is nearly full", () => {
    const full = { size: () => 95, floors: 40, hours: 3, limitMegabytes: 100 };
    for (const { verdict, severity } of judgeAll(full)) {
      expect([verdict, severity]).toEqual(["ok", "critical"]);
    }
  });
});

describe("a process that died of a full heap", () => {
  test("is judged by its life before that, however often it collected at its end", () => {
    for (const seed of seeds) {
      const chance = new Chance(seed);
      const run = new HeapRun({ pid: 1, isolate: "0x1", quantumBytes: megabyte / 10 });
      run.limitBytes = 64 * megabyte;
      const push = (atMs: number, size: number): void => {
        const afterBytes = size * megabyte;
        run.collected({ atMs, isMajor: true, beforeBytes: afterBytes + 1, afterBytes, pauseMs: 9 });
      };
      for (let second = 1; second <= 25; second++)
        push(second * 4_000, 12 + 2 * second + chance.next());
      // For ten seconds more it does little else.
      for (let at = 0; at < 100; at++) push(104_000 + at * 300, 62 + chance.next());
      expect(judge(run.read()).verdict).not.toBe("leak");
      run.ranOut = true;
      const { verdict, severity, decisive } = judge(run.read());
      expect([verdict, severity]).toEqual(["leak", "critical"]);
      expect(decisive.rate / (1_800 * megabyte)).toBeGreaterThan(0.87);
      expect(decisive.rate / (1_800 * megabyte)).toBeLessThan(1.15);
    }
  });
});

describe("memory outside the heap", () => {
  function judgeOutside(
    seed: number,
    externalMegabytes: (time: number) => number,
    nativeMegabytes: (time: number) => number,
  ): Judgement {
    const chance = new Chance(seed);
    const run = new HeapRun({ pid: 1, isolate: "main", quantumBytes: 1 });
    for (let index = 0; index < 60; index++) {
      const time = index / 59;
      run.sampled({
        atMs: 1_000 + time * 3_600_000,
        isFloor: true,
        usedBytes: (20 + 0.4 * chance.next()) * megabyte,
        oldBytes: (15 + 0.4 * chance.next()) * megabyte,
        externalBytes: (externalMegabytes(time) + 0.3 * chance.next()) * megabyte,
        nativeBytes: (nativeMegabytes(time) + 2 * chance.next()) * megabyte,
      });
    }
    return judge(run.read());
  }

  test("is judged apart: what grows decides", () => {
    for (const seed of seeds) {
      const buffers = judgeOutside(
        seed,
        (time) => 2 + 8 * time,
        () => 40,
      );
      expect(buffers).toMatchObject({ verdict: "leak", decisive: { series: "external" } });
      const native = judgeOutside(
        seed,
        () => 2,
        (time) => 40 + 60 * time,
      );
      expect(native).toMatchObject({ verdict: "leak", decisive: { series: "native" } });
      expect(native.hoursToExhaustion).toBeUndefined();
      const neither = judgeOutside(
        seed,
        () => 2,
        () => 40,
      );
      expect(neither.verdict).not.toBe("leak");
      expect(neither.all.map(({ series }) => series)).toEqual(["heap", "external", "native"]);
    }
  });

  test("that settles after a burst is no leak", () => {
    for (const seed of seeds) {
      const { verdict } = judgeOutside(
        seed,
        (time) => 2 + 6 * Math.min(time / 0.3, 1),
        (time) => 40 + (time > 0.2 ? 15 : 0),
      );
      expect(verdict).not.toBe("leak");
    }
  });
});
