import { describe, expect, test } from "vitest";
import { AutoregressiveFitter } from "../../../../src/health/verdict/autoregressive.ts";
import { Chance } from "../../../support/chance.ts";
import { autoregressive, normal } from "../../../support/heap-series.ts";

/**
 * NIST Statistical Reference Datasets, linear regression, "Norris": ozone monitors, 36 observations,
 * `y x`. Its values are certified to 15 digits.
 */
const norris = `
  0.1 0.2, 338.8 337.4, 118.1 118.2, 888.0 884.6, 9.2 10.1, 228.1 226.5, 668.5 666.3, 998.5 996.3,
  449.1 448.6, 778.9 777.0, 559.2 558.2, 0.3 0.4, 0.1 0.6, 778.1 775.5, 668.8 666.9, 339.3 338.0,
  448.9 447.5, 10.8 11.6, 557.7 556.0, 228.3 228.1, 998.0 995.8, 888.8 887.6, 119.6 120.2, 0.3 0.3,
  0.6 0.3, 557.6 556.8, 339.3 339.1, 888.0 887.2, 998.5 999.0, 778.9 779.0, 10.2 11.1, 117.6 118.3,
  228.9 229.2, 668.4 669.1, 449.2 448.9, 0.2 0.5`
  .split(",")
  .map((row) => row.trim().split(" ").map(Number));

/** So far apart that errors cannot follow each other. */
const farApart = 1e6;

function ones(count: number): Float64Array {
  return new Float64Array(count).fill(1);
}

describe("with independent errors, the fit", () => {
  test("of the Norris data has the certified coefficients, errors and deviation", () => {
    const sizes = Float64Array.from(norris, ([y = Number.NaN]) => y);
    const x = Float64Array.from(norris, ([, value = Number.NaN]) => value);
    const steps = ones(sizes.length).fill(farApart);
    const fitter = new AutoregressiveFitter({ sizes, steps, leastDeviation: 0 }, [
      ones(sizes.length),
      x,
    ]);
    const fit = fitter.estimate([0, 1])?.fit();
    const [intercept, slope] = fit?.coefficients ?? [];
    const [interceptError, slopeError] = fit?.standardErrors ?? [];
    expect(sizes).toHaveLength(36);
    expect(intercept).toBeCloseTo(-0.262323073774029, 9);
    expect(slope).toBeCloseTo(1.00211681802045, 12);
    expect(interceptError).toBeCloseTo(0.232818234301152, 8);
    expect(slopeError).toBeCloseTo(0.429796848199937e-3, 11);
    expect(fit?.deviation).toBeCloseTo(0.884796396144373, 8);
  });

  test("of a line has the standard error of the textbook", () => {
    const chance = new Chance(1);
    const count = 30;
    const x = Float64Array.from({ length: count }, (_, index) => index / (count - 1));
    const sizes = x.map((time) => 5 + 2 * time + 0.4 * normal(chance));
    const steps = ones(count).fill(farApart);
    const fitter = new AutoregressiveFitter({ sizes, steps, leastDeviation: 0 }, [ones(count), x]);
    const fit = fitter.estimate([0, 1])?.fit();
    const [level = 0, slope = 0] = fit?.coefficients ?? [];
    const rss = sum(sizes.map((size, index) => (size - level - slope * (x[index] ?? 0)) ** 2));
    const spread = sum(x.map((time) => (time - 0.5) ** 2));
    const variance = rss / (count - 2);
    expect(fit?.deviation).toBeCloseTo(Math.sqrt(variance), 10);
    expect(fit?.standardErrors[1]).toBeCloseTo(Math.sqrt(variance / spread), 10);
    expect(fit?.standardErrors[0]).toBeCloseTo(
      Math.sqrt(variance * (1 / count + 0.25 / spread)),
      10,
    );
  });

  test("claims no more exactness than the sizes are written with", () => {
    const sizes = Float64Array.from({ length: 10 }, (_, index) => index);
    const x = Float64Array.from(sizes);
    const observed = { sizes, steps: ones(10), leastDeviation: 0.05 };
    const fit = new AutoregressiveFitter(observed, [ones(10), x]).estimate([0, 1])?.fit();
    expect(fit?.deviation).toBe(0.05);
    expect(fit?.standardErrors[1]).toBeGreaterThan(0.05 / Math.sqrt(sum(x.map((v) => v * v))));
  });
});

describe("with errors that follow each other, the fit", () => {
  /** At uneven times, as floors come. */
  function uneven(seed: number, count: number): { steps: Float64Array; times: Float64Array } {
    const chance = new Chance(seed);
    const steps = Float64Array.from({ length: count }, (_, index) =>
      index === 0 ? 0 : 0.3 + 1.6 * chance.next(),
    );
    let time = 0;
    return { steps, times: steps.map((step) => (time += step)) };
  }

  test("is that of generalised least squares with the whole matrix of covariances", () => {
    const count = 40;
    const correlations = [1, 2, 3, 4, 5].map((seed) => {
      const { steps, times } = uneven(seed, count);
      const noise = autoregressive(new Chance(10 + seed), count, {
        deviation: 1,
        correlation: 0.8,
      });
      const sizes = times.map((time, index) => 10 + 0.2 * time + (noise[index] ?? 0));
      const columns = [ones(count), times, times.map((time) => Math.sin(time))];
      const observed = { sizes, steps, leastDeviation: 0.01 };
      const estimate = new AutoregressiveFitter(observed, columns).estimate([0, 1, 2]);
      const fit = estimate?.fit();
      const correlation = fit?.correlation ?? Number.NaN;
      const reference = generalisedLeastSquares(times, sizes, columns, correlation);
      for (const index of [0, 1, 2]) {
        expect(fit?.coefficients[index]).toBeCloseTo(reference.coefficients[index] ?? 0, 8);
        expect(fit?.standardErrors[index]).toBeCloseTo(reference.errors[index] ?? 0, 8);
      }
      expect(estimate?.logLikelihood).toBeCloseTo(reference.logLikelihood, 8);
      for (const other of [0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.88, 0.94]) {
        const { logLikelihood } = generalisedLeastSquares(times, sizes, columns, other);
        expect(logLikelihood).toBeLessThanOrEqual((estimate?.logLikelihood ?? 0) + 1e-8);
      }
      return correlation;
    });
    expect(new Set(correlations).size).toBeGreaterThan(1);
    expect(Math.max(...correlations)).toBeGreaterThan(0.5);
  });

  test.each([0, 0.3, 0.6, 0.8])(
    "finds the slope, and a correlation of %s, without being too sure of either",
    (correlation) => {
      const [count, slope, rounds] = [80, 3, 200];
      const times = Float64Array.from({ length: count }, (_, index) => index / (count - 1));
      let [covered, slopes, correlations] = [0, 0, 0];
      for (let seed = 1; seed <= rounds; seed++) {
        const noise = autoregressive(new Chance(seed), count, { deviation: 0.5, correlation });
        const sizes = times.map((time, index) => 20 + slope * time + (noise[index] ?? 0));
        const observed = { sizes, steps: ones(count), leastDeviation: 0.01 };
        const fit = new AutoregressiveFitter(observed, [ones(count), times])
          .estimate([0, 1])
          ?.fit();
        const found = fit?.coefficients[1] ?? Number.NaN;
        const error = fit?.standardErrors[1] ?? Number.NaN;
        if (Math.abs(found - slope) <= 1.96 * error) covered++;
        slopes += found / rounds;
        correlations += (fit?.correlation ?? Number.NaN) / rounds;
      }
      expect(slopes).toBeCloseTo(slope, 0);
      expect(Math.abs(correlations - correlation)).toBeLessThan(0.1);
      // 95 % would be right for a correlation that is known; an estimated one is a little too low.
      expect(covered / rounds).toBeGreaterThan(0.85);
    },
  );

  test("is undefined when columns depend on each other", () => {
    const x = Float64Array.from({ length: 12 }, (_, index) => index);
    const observed = { sizes: x.map((v) => v % 3), steps: ones(12), leastDeviation: 0.01 };
    const fitter = new AutoregressiveFitter(observed, [ones(12), x, x.map((v) => 2 * v + 1)]);
    expect(fitter.estimate([0, 1, 2])).toBeUndefined();
    expect(fitter.estimate([0, 2])).toBeDefined();
  });
});

/** By the inverse of the whole matrix of correlations: slow, and another way than that of the fitter. */
function generalisedLeastSquares(
  times: Float64Array,
  sizes: Float64Array,
  columns: readonly Float64Array[],
  correlation: number,
): { coefficients: number[]; errors: number[]; logLikelihood: number } {
  const count = sizes.length;
  const matrix = Array.from(times, (one) =>
    Array.from(times, (other) =>
      one === other ? 1 : correlation === 0 ? 0 : correlation ** Math.abs(one - other),
    ),
  );
  const { inverse, logDeterminant } = invert(matrix);
  const weighted = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    sum(inverse.map((row, i) => (a[i] ?? 0) * sum(row.map((weight, j) => weight * (b[j] ?? 0)))));
  const normalEquations = columns.map((one) => columns.map((other) => weighted(one, other)));
  const { inverse: covariance } = invert(normalEquations);
  const moments = columns.map((column) => weighted(column, sizes));
  const coefficients = covariance.map((row) =>
    sum(row.map((value, index) => value * (moments[index] ?? 0))),
  );
  const residuals = sizes.map(
    (size, index) =>
      size - sum(columns.map((c, nth) => (c[index] ?? 0) * (coefficients[nth] ?? 0))),
  );
  const rss = weighted(residuals, residuals);
  const variance = rss / (count - columns.length);
  return {
    coefficients,
    errors: covariance.map((row, index) => Math.sqrt(variance * (row[index] ?? Number.NaN))),
    logLikelihood: -0.5 * (count * Math.log((2 * Math.PI * rss) / count) + count + logDeterminant),
  };
}

/** By Gauss and Jordan, with pivots. */
function invert(matrix: readonly (readonly number[])[]): {
  inverse: number[][];
  logDeterminant: number;
} {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  let logDeterminant = 0;
  for (let column = 0; column < size; column++) {
    const candidates = rows.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const from = column + candidates.indexOf(Math.max(...candidates));
    const pivotRow = rows[from] ?? [];
    rows[from] = rows[column] ?? [];
    const pivot = pivotRow[column] ?? Number.NaN;
    logDeterminant += Math.log(Math.abs(pivot));
    const scaled = pivotRow.map((value) => value / pivot);
    rows[column] = scaled;
    for (const [index, row] of rows.entries()) {
      const factor = row[column] ?? 0;
      if (index === column || factor === 0) continue;
      rows[index] = row.map((value, nth) => value - factor * (scaled[nth] ?? 0));
    }
  }
  return { inverse: rows.map((row) => row.slice(size)), logDeterminant };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
