import { describe, expect, test } from "vitest";
import { parseRecorded } from "../../../../src/health/trace/recording.ts";

const sample = {
  type: "sample",
  t: 1_000.5,
  rss: 60_000_000,
  heapTotal: 20_000_000,
  heapUsed: 10_000_000,
  external: 2_000_000,
  arrayBuffers: 1_000,
  contexts: 3,
  detached: 1,
};

describe("a line of a recording", () => {
  test("that is a sample gives the sizes, and what is neither heap nor external", () => {
    const spaces = { old: [7_000_000, 8_000_000], large_object: [500_000, 600_000], new: [1, 2] };
    expect(parseRecorded(JSON.stringify({ ...sample, spaces }))).toEqual({
      type: "sample",
      sample: {
        atMs: 1_000.5,
        usedBytes: 10_000_000,
        isFloor: false,
        oldBytes: 7_500_000,
        externalBytes: 2_000_000,
        nativeBytes: 38_000_000,
        contexts: 3,
        detachedContexts: 1,
      },
    });
  });

  test("that is a sample after a forced collection is a floor, its spaces plain sizes", () => {
    const line = { ...sample, floor: true, spaces: { old: 7_000_000, large_object: 1 } };
    expect(parseRecorded(JSON.stringify(line))).toMatchObject({
      sample: { isFloor: true, oldBytes: 7_000_001 },
    });
  });

  test("that is a sample of little still is one", () => {
    const line = '{"type":"sample","t":5,"heapUsed":1000}';
    expect(parseRecorded(line)).toEqual({
      type: "sample",
      sample: { atMs: 5, usedBytes: 1_000, isFloor: false },
    });
  });

  test("that is a collection without sizes gives its time, kind and pause", () => {
    const line = '{"type":"gc","t":38.4,"kind":4,"flags":0,"ms":2.5}';
    expect(parseRecorded(line)).toEqual({ type: "timed", atMs: 38.4, isMajor: true, pauseMs: 2.5 });
    expect(parseRecorded('{"type":"gc","t":38.4,"kind":1,"ms":1}')).toMatchObject({
      isMajor: false,
    });
  });

  test.each([
    ["Scavenge", false],
    ["MinorMarkCompact", false],
    ["MarkSweepCompact", true],
  ])("that is a profile of %s is of the whole heap: %s", (gc, isMajor) => {
    const line = {
      type: "gcprof",
      t: 90,
      gc,
      cost: 1_500,
      before: { used: 9_000 },
      after: { used: 7_000, total: 10_000, ext: 300, sp: { old: 6_000, large_object: 500 } },
    };
    expect(parseRecorded(JSON.stringify(line))).toEqual({
      type: "collection",
      collection: {
        atMs: 90,
        isMajor,
        beforeBytes: 9_000,
        afterBytes: 7_000,
        committedBytes: 10_000,
        pauseMs: 1.5,
      },
      detail: { oldBytes: 6_500, externalBytes: 300 },
    });
  });

  test("that says how large the heap may become gives the limit", () => {
    const line = '{"type":"meta","node":"v24.21.0","heapLimit":134217728}';
    expect(parseRecorded(line)).toEqual({ type: "limit", limitBytes: 134_217_728 });
    expect(parseRecorded('{"type":"meta"}')).toEqual({ type: "other" });
  });

  test.each([
    "",
    "{",
    "[]",
    '{"type":"sample"}',
    '{"type":"sample","t":"1","heapUsed":1}',
    '{"type":"sample","t":1,"heapUsed":-1}',
    '{"type":"sample","t":1,"heapUsed":1',
    '{"type":"gc","t":1}',
    '{"type":"gc","kind":4}',
    '{"type":"gcprof","t":1,"gc":"Scavenge","before":{},"after":{}}',
    '{"type":"gcprof","t":1,"gc":"Scavenge","before":null,"after":[]}',
    '{"type":"other","t":1}',
  ])("is none when it is torn or of another form: %s", (line) => {
    expect(parseRecorded(line)).toBeUndefined();
  });
});
