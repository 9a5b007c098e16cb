import { describe, expect, test } from "vitest";
import {
  parseJsonValue,
  parseNameValue,
  parseObject,
} from "../../../../src/health/trace/name-value.ts";

describe("a line of names and values", () => {
  test("of Node 18 to 22 gives the sizes of the whole heap", () => {
    const line =
      "pause=2.6 mutator=4.8 gc=ms reduce_memory=0 time_to_safepoint=0.00 total_size_before=11302848 total_size_after=7439776 holes_size_before=90000 allocated=1";
    expect(parseNameValue(line, 221)).toEqual({
      atMs: 221,
      isMajor: true,
      beforeBytes: 11_302_848,
      afterBytes: 7_439_776,
      pauseMs: 2.6,
    });
  });

  test("of Node 24 gives the sizes of the objects, and what is committed", () => {
    const line =
      "pause=0.5 mutator=41.8 gc=s reduce_memory=0 start_object_size=4823000 end_object_size=4012000 start_memory_size=6000000 end_memory_size=7000000 old_gen_allocation_limit=9";
    expect(parseNameValue(line, 49)).toEqual({
      atMs: 49,
      isMajor: false,
      beforeBytes: 4_823_000,
      afterBytes: 4_012_000,
      committedBytes: 7_000_000,
      pauseMs: 0.5,
    });
  });

  test.each([
    ["s", false],
    ["ms", true],
    ["mc", true],
    ["mmc", false],
  ])("of gc=%s is of the whole heap: %s", (kind, isMajor) => {
    const line = `pause=1 gc=${kind} total_size_before=2 total_size_after=1 `;
    expect(parseNameValue(line, 0)).toMatchObject({ isMajor });
  });

  test.each([
    "pause=2.6",
    "pause=2.6 mutator=4.8 gc=ms reduce_memory=0",
    "pause=2.6 mutator=4.8 gc=ms total_size_before=11302848 total_si",
    "pause=x gc=ms total_size_before=2 total_size_after=1",
    "pause=1 gc=ms total_size_before=2 total_size_after=-1",
    "pause=1 gc=ms total_size_before=2 total_size_after=NaN",
    "pause=1 total_size_before=2 total_size_after=1",
    " pause=1 gc=s total_size_before=2 total_size_after=1",
  ])("is none when it is torn or of another form: %s", (line) => {
    expect(parseNameValue(line, 1)).toBeUndefined();
  });
});

describe("a line of JSON", () => {
  const fields = {
    pause: 4.769,
    mutator: 7.39,
    gc: "mc",
    reason: "finalize incremental marking via task",
    collector_reason: "GC in old space requested",
    start_object_size: 10_342_560,
    end_object_size: 8_492_000,
    start_memory_size: 24_000_000,
    end_memory_size: 24_100_000,
  };

  test("of Node 26 gives the sizes and both reasons", () => {
    expect(parseJsonValue(`GC: ${JSON.stringify(fields)}`, 305)).toEqual({
      atMs: 305,
      isMajor: true,
      beforeBytes: 10_342_560,
      afterBytes: 8_492_000,
      committedBytes: 24_100_000,
      pauseMs: 4.769,
      reason: "finalize incremental marking via task; GC in old space requested",
    });
  });

  test("is none wherever it is torn", () => {
    const line = `GC: ${JSON.stringify(fields)}`;
    for (let length = 0; length < line.length; length++) {
      expect(parseJsonValue(line.slice(0, length), 1)).toBeUndefined();
    }
  });

  test.each(["GC: []", "GC: null", 'GC: {"gc":"s"}', 'GC: {"pause":null,"gc":"s"}'])(
    "is none when it is of another form: %s",
    (line) => {
      expect(parseJsonValue(line, 1)).toBeUndefined();
    },
  );

  test("is an object, not a list, a number or null", () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 });
    for (const text of ["[1]", "1", "null", "", "{"]) expect(parseObject(text)).toBeUndefined();
  });
});
