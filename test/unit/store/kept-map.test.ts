import { expect, test } from "vitest";
import { z } from "zod";
import { Counters } from "../../../src/counters.ts";
import { KeptMap } from "../../../src/store/kept-map.ts";

test("what cannot be read is left alone, and counted", async () => {
  const entries = async () => [
    ["a/1", "1"] as const,
    ["a/2", "{"] as const,
    ["a/3", '"x"'] as const,
  ];
  const counters = new Counters();
  const map = await KeptMap.load({ entries }, "a/", z.number(), counters);
  expect(map.entries()).toEqual([["1", 1]]);
  expect(counters.get("store.entries_unreadable")).toBe(2);
});

test("the oldest entries go where there are too many", async () => {
  const map = await KeptMap.load({ entries: async () => [] }, "a/", z.number());
  for (const [index, key] of ["x", "y", "z", "x"].entries()) map.set(key, index);
  expect(map.trim(2)).toEqual([{ key: "a/y", value: undefined }]);
  expect(map.entries()).toEqual([
    ["z", 2],
    ["x", 3],
  ]);
});
