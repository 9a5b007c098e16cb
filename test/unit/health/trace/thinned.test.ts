import { array, assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Point } from "../../../../src/health/trace/heap-run.ts";
import { Thinned } from "../../../../src/health/trace/thinned.ts";

describe("a thinned series", () => {
  test("keeps all while there is room", () => {
    const series = new Thinned<Point>(8);
    const points = [5, 3, 9, 1].map((bytes, atMs) => ({ atMs, bytes }));
    for (const point of points) series.push(point);
    expect(series.read()).toEqual(points);
  });

  test("keeps the lower of each two neighbours when it is full", () => {
    const series = new Thinned<Point>(4);
    for (const [atMs, bytes] of [5, 3, 1, 9].entries()) series.push({ atMs, bytes });
    expect(series.read()).toEqual([
      { atMs: 1, bytes: 3 },
      { atMs: 2, bytes: 1 },
    ]);
    series.push({ atMs: 4, bytes: 7 });
    expect(series.read().at(-1)).toEqual({ atMs: 4, bytes: 7 });
  });

  test("of any length is bounded, in order, made of its points, and holds the lowest one", () => {
    assert(
      property(
        integer({ min: 2, max: 16 }).map((half) => half * 2),
        array(integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 400 }),
        (most, sizes) => {
          const series = new Thinned<Point>(most);
          for (const [atMs, bytes] of sizes.entries()) {
            series.push({ atMs, bytes });
            expect(series.read().length).toBeLessThanOrEqual(most);
          }
          const kept = series.read();
          expect(kept.every(({ atMs, bytes }) => sizes[atMs] === bytes)).toBe(true);
          expect(kept.map(({ atMs }) => atMs)).toEqual(
            kept.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
          );
          expect(Math.min(...kept.map(({ bytes }) => bytes))).toBe(Math.min(...sizes));
          // Each point that is kept is the lowest of a whole stretch, so that none was lower than its next.
          for (const [atMs, bytes] of sizes.entries()) {
            const next = kept.find((point) => point.atMs >= atMs);
            const before = kept.findLast((point) => point.atMs <= atMs);
            const around = [next?.bytes, before?.bytes].filter((size) => size !== undefined);
            expect(Math.min(...around)).toBeLessThanOrEqual(bytes);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
