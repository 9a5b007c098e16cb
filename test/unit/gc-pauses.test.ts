import { array, assert, double, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { Pauses } from "../../src/gc-pauses.ts";

describe("pauses", () => {
  test("have no quantile where there are none", () => {
    expect(new Pauses().quantile(0.5)).toBeUndefined();
  });

  test("have quantiles within 8 % of the exact ones, and an exact sum and maximum", () => {
    assert(
      property(
        array(double({ min: 0.01, max: 5_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        double({ min: 0.01, max: 1, noNaN: true }),
        (all, share) => {
          const pauses = new Pauses();
          for (const ms of all) pauses.add(ms);
          const sorted = all.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil(all.length * share) - 1] ?? Number.NaN;
          const found = pauses.quantile(share) ?? Number.NaN;
          expect(Math.abs(found / exact - 1)).toBeLessThanOrEqual(0.08);
          expect(pauses.longestMs).toBe(sorted.at(-1));
          expect(pauses.totalMs).toBeCloseTo(
            all.reduce((sum, ms) => sum + ms, 0),
            5,
          );
        },
      ),
    );
  });

  test("that are shorter or longer than the histogram reaches are counted at its ends", () => {
    const pauses = new Pauses();
    for (const ms of [0, 1e-6, 1e12]) pauses.add(ms);
    expect(pauses.quantile(0.5)).toBeCloseTo(0.01);
    expect(pauses.quantile(1)).toBeGreaterThan(1e6);
    expect(pauses.longestMs).toBe(1e12);
  });
});
