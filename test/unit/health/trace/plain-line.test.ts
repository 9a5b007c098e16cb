import { describe, expect, test } from "vitest";
import { parsePlain } from "../../../../src/health/trace/plain-line.ts";

const megabyte = 1_048_576;

/** As Node 18, 20, 22, 24 and 26 wrote them, behind the head. */
const lines = {
  "18, young":
    "Scavenge 4.4 (4.9) -> 3.7 (5.9) MB, 0.8 / 0.0 ms  (average mu = 1.000, current mu = 1.000) task; ",
  "18, whole":
    "Mark-sweep (reduce) 15.4 (20.6) -> 11.9 (14.6) MB, 16.1 / 0.0 ms  (+ 8.7 ms in 101 steps since start of marking, biggest step 0.5 ms, walltime since start of marking 26 ms) (average mu = 0.999, current mu = 0.998) finalize incremental marking via task; GC in old space requested",
  "20, whole":
    "Mark-Compact 11.6 (24.7) -> 7.7 (27.0) MB, 2.31 / 0.00 ms  (+ 5.9 ms in 45 steps since start of marking, biggest step 0.9 ms, walltime since start of marking 10 ms) (average mu = 1.000, current mu = 1.000) finalize incremental marking via task; GC in old space requested",
  "22, young":
    "Scavenge (interleaved) 14.5 (16.4) -> 14.4 (16.9) MB, pooled: 0 MB, 29.92 / 0.00 ms  (average mu = 1.000, current mu = 1.000) allocation failure; ",
  "24, whole":
    "Mark-Compact (reduce) 38.5 (41.8) -> 37.7 (41.0) MB, pooled: 1 MB, 34.28 / 0.16 ms  (average mu = 0.816, current mu = 0.777) task; scavenge might not succeed",
  "26, whole":
    "Incremental Mark-Compact 10.1 (23.1) -> 8.3 (23.1) MB, pooled: 1.2 MB, 3.45 / 0.00 ms (+ 8.3 ms in 33 steps since start of marking, biggest step 6.0 ms, walltime since start of marking 12 ms) (average mu = 0.967, current mu = 0.967) finalize incremental marking via task; GC in old space requested",
};

describe("a plain line", () => {
  test.each([
    ["18, young", false, 4.4, 3.7, 5.9, 0.8, "task"],
    [
      "18, whole",
      true,
      15.4,
      11.9,
      14.6,
      16.1,
      "finalize incremental marking via task; GC in old space requested",
    ],
    [
      "20, whole",
      true,
      11.6,
      7.7,
      27,
      2.31,
      "finalize incremental marking via task; GC in old space requested",
    ],
    ["22, young", false, 14.5, 14.4, 16.9, 29.92, "allocation failure"],
    ["24, whole", true, 38.5, 37.7, 41, 34.28, "task; scavenge might not succeed"],
    [
      "26, whole",
      true,
      10.1,
      8.3,
      23.1,
      3.45,
      "finalize incremental marking via task; GC in old space requested",
    ],
  ] as const)(
    "of Node %s, is read whole",
    (name, isMajor, before, after, committed, ms, reason) => {
      expect(parsePlain(lines[name].trimEnd(), 17)).toEqual({
        atMs: 17,
        isMajor,
        beforeBytes: before * megabyte,
        afterBytes: after * megabyte,
        committedBytes: committed * megabyte,
        pauseMs: ms,
        reason,
      });
    },
  );

  test.each(["(reduce)", "(interleaved)", "(during sweeping)", "(reduce) (during sweeping)"])(
    "is read with the flags %s",
    (flags) => {
      const line = `Mark-Compact ${flags} 5.0 (6.0) -> 4.0 (6.0) MB, 1.00 / 0.00 ms  (average mu = 1.000, current mu = 1.000) task; `;
      expect(parsePlain(line.trimEnd(), 1)).toMatchObject({ isMajor: true, pauseMs: 1 });
    },
  );

  test.each([
    ["Minor Mark-Compact", false],
    ["Minor Mark-Sweep", false],
    ["Mark-Compact-Fast", true],
    ["Incremental Mark-Compact", true],
  ])("of kind %s is of the whole heap: %s", (kind, isMajor) => {
    const line = `${kind} 5.0 (6.0) -> 4.0 (6.0) MB, 1.00 / 0.00 ms`;
    expect(parsePlain(line, 1)).toMatchObject({ isMajor });
  });

  test("is read when V8 cut its end, without the reason", () => {
    const whole = lines["26, whole"];
    const end = whole.indexOf("ms", whole.indexOf("pooled")) + 2;
    for (let length = end; length < whole.length; length++) {
      expect(parsePlain(whole.slice(0, length), 1)).toMatchObject({
        beforeBytes: 10.1 * megabyte,
        afterBytes: 8.3 * megabyte,
        pauseMs: 3.45,
      });
    }
  });

  test("is none when it is torn before its pause", () => {
    for (const whole of Object.values(lines)) {
      const end = whole.indexOf(" ms");
      for (let length = 0; length < end; length++) {
        expect(parsePlain(whole.slice(0, length), 1)).toBeUndefined();
      }
    }
  });

  test.each([
    "",
    "Mark-Compact",
    "Scavenger 5.0 (6.0) -> 4.0 (6.0) MB, 1.00 / 0.00 ms",
    "[HeapController] factor 4.0 based on mu=0.970, speed_ratio=41 (gc=807491, mutator=19574)",
    "Fast promotion mode: false survival rate: 16%",
  ])("is not what only looks like one: %s", (line) => {
    expect(parsePlain(line, 1)).toBeUndefined();
  });
});
