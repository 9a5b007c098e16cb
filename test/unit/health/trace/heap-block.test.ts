import { describe, expect, test } from "vitest";
import { HeapBlock } from "../../../../src/health/trace/heap-block.ts";

const lines = [
  "Memory allocator,       used:   6952 KB, available: 4383960 KB",
  "Read-only space,        used:    119 KB, available:      0 KB, committed:      0 KB",
  "New large object space, used:     77 KB, available:   1023 KB, committed:      0 KB",
  "Old space,              used:   2634 KB, available:    348 KB*, committed:   2984 KB",
  "Large object space,     used:    256 KB, available:      0 KB, committed:    260 KB",
  "Code large object space,     used:  9999 KB, available:      0 KB, committed:      0 KB",
  "External memory reported:    300 KB",
  "Backing store memory:       1933 KB",
  "External memory global:       0 KB",
];
const last = "Total time spent in GC:  33.3 ms";

describe("a block", () => {
  test("adds old and large object space, and takes the larger of the two that are outside", () => {
    const block = new HeapBlock();
    for (const line of lines) expect(block.push(line)).toBeUndefined();
    expect(block.push(last)).toEqual({
      oldBytes: (2_634 + 256) * 1_024,
      externalBytes: 1_933 * 1_024,
    });
  });

  test("begins anew after its last line", () => {
    const block = new HeapBlock();
    for (const line of [...lines, last]) block.push(line);
    expect(block.push(last)).toBeUndefined();
    block.push("Old space, used: 10 KB, available: 0 KB");
    expect(block.push(last)).toEqual({ oldBytes: 10_240, externalBytes: 0 });
  });

  test("says nothing of the old space when its line is torn", () => {
    const block = new HeapBlock();
    block.push("Old space,              used: ");
    block.push("External memory reported: 30 KB");
    expect(block.push(last)).toBeUndefined();
  });
});
