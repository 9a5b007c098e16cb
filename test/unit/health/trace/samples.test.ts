import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TraceReader } from "../../../../src/health/trace/trace-reader.ts";

/** Raw output of Node 18, 20, 22, 24 and 26, in each form. */
const folder = new URL("../../../fixtures/leak/samples/", import.meta.url);
const files = readdirSync(folder);

/** Counts collections in another way than the reader does: by the one word that each form cannot be without. */
function countCollections(lines: readonly string[]): { all: number; majors: number } {
  const all = lines.filter((line) => / ms: (?:pause=|GC: |.*-> )/.test(line));
  const majors = all.filter((line) =>
    line.includes("pause=") || line.includes("GC: ")
      ? /gc"?[=:]"?m/.test(line)
      : line.includes("Mark-"),
  );
  return { all: all.length, majors: majors.length };
}

/** Every size of a block that is needed is in these lines. */
function countBlocks(lines: readonly string[]): number {
  return lines.filter((line) => line.includes("Total time spent in GC")).length;
}

describe("the samples", () => {
  test("are of five versions of Node, in three forms each, and of one that died", () => {
    expect(files.length).toBe(16);
  });

  test.each(files)("%s: every line of the trace is read", (file) => {
    const lines = readFileSync(new URL(file, folder), "latin1").split("\n");
    const counted = countCollections(lines);
    const reader = new TraceReader();
    for (const line of lines) reader.push(line);
    const histories = reader.read();
    expect(reader.counts).toMatchObject({
      lines: lines.length,
      collections: counted.all,
      repeated: 0,
      unparsed: 0,
      isolatesDropped: 0,
    });
    expect(counted.all).toBeGreaterThanOrEqual(2);
    expect(sum(histories.map(({ majors }) => majors))).toBe(counted.majors);
    expect(sum(histories.map(({ minors }) => minors))).toBe(counted.all - counted.majors);
    for (const { floors, lastBytes, pauses } of histories) {
      for (const { bytes } of floors) expect(bytes).toBeGreaterThan(1e6);
      expect(lastBytes).toBeGreaterThan(1e6);
      expect(pauses.longestMs).toBeGreaterThan(0);
    }
  });

  test.each(files.filter((file) => file.includes("verbose")))(
    "%s: old space and external memory are known after each major collection",
    (file) => {
      const lines = readFileSync(new URL(file, folder), "latin1").split("\n");
      const reader = new TraceReader();
      for (const line of lines) reader.push(line);
      const [history] = reader.read();
      const blocks = countBlocks(lines);
      expect(blocks).toBeGreaterThan(0);
      expect(history?.external.length).toBe(history?.majors);
    },
  );

  test("the one that died of a full heap is known to", () => {
    const reader = new TraceReader();
    const text = readFileSync(new URL("node24.fatal.txt", folder), "latin1");
    for (const line of text.split("\n")) reader.push(line);
    expect(reader.read()).toMatchObject([{ ranOut: true, majors: 2 }]);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
