import { describe, expect, test } from "vitest";
import { compareModels, type Comparison } from "../../../../src/health/verdict/models.ts";
import { Chance } from "../../../support/chance.ts";
import { autoregressive } from "../../../support/heap-series.ts";

const count = 40;
const seeds = [1, 2, 3];

/** A course in megabytes over times from 0 to 1, with noise of 0.3 MB on it. */
function compare(
  course: (time: number) => number,
  seed: number,
  load?: (index: number) => number,
): Comparison {
  const noise = autoregressive(new Chance(seed), count, { deviation: 0.3, correlation: 0.3 });
  const times = Float64Array.from({ length: count }, (_, index) => index / (count - 1));
  const comparison = compareModels({
    times,
    sizes: times.map((time, index) => course(time) + (noise[index] ?? 0)),
    load: load ? times.map((_, index) => load(index)) : undefined,
    steps: new Float64Array(count).fill(1),
    leastDeviation: 0.05,
    largestFall: 2,
  });
  if (!comparison) throw new Error("Nothing was compared");
  return comparison;
}

const ramp = (time: number, from: number, to: number): number =>
  Math.min(Math.max(time, from), to) - from;
const after = (time: number, knot: number): number => (time >= knot ? 1 : 0);
const wave = (time: number): number => 3 * Math.sin((2 * Math.PI * time) / 0.25);

describe("a course that has come to rest", () => {
  test.each([
    ["constant", () => 20],
    ["step", (time: number) => 20 + 6 * after(time, 9 / 19)],
    ["two steps", (time: number) => 20 + 6 * after(time, 4 / 19) + 6 * after(time, 12 / 19)],
    ["plateau", (time: number) => 20 + 20 * ramp(time, 0, 8 / 19)],
    ["ramp", (time: number) => 20 + 30 * ramp(time, 6 / 19, 12 / 19)],
    ["saturating", (time: number) => 20 + 15 * (1 - Math.exp(-time / 0.16))],
  ] as const)("is known for what it is: %s", (name, course) => {
    for (const seed of seeds) {
      const { probability, resting } = compare(course, seed);
      expect(probability).toBeLessThan(0.5);
      expect(resting.shape.name).toBe(name);
      expect(resting.growth).toBe(0);
    }
  });

  test("may fall", () => {
    for (const seed of seeds) {
      const { probability, linear } = compare((time) => 30 - 10 * time, seed);
      expect(probability).toBeLessThan(0.05);
      expect(linear?.growth).toBeLessThan(-8);
    }
  });

  test("goes up and down by day and night", () => {
    for (const seed of seeds) {
      const { probability, resting } = compare((time) => 20 + wave(time), seed);
      expect(probability).toBeLessThan(0.5);
      expect(resting).toMatchObject({ period: 0.25 });
      expect(resting.shape.name).toBe("constant");
    }
  });

  test("goes up and down with the load", () => {
    const load = (index: number): number => Math.sin(index ** 1.3);
    for (const seed of seeds) {
      const course = (time: number): number => 20 + 2 * load(Math.round(time * (count - 1)));
      const { probability, resting } = compare(course, seed, load);
      expect(probability).toBeLessThan(0.5);
      expect(resting).toMatchObject({ withLoad: true });
    }
  });
});

describe("a course that still grows", () => {
  test.each([
    ["linear", (time: number) => 20 + 10 * time, 10],
    ["late", (time: number) => 20 + 20 * ramp(time, 10 / 19, 1), 20],
    ["knee", (time: number) => 20 + 8 * time + 30 * ramp(time, 12 / 19, 1), 38],
    ["step and growth", (time: number) => 20 + 10 * time + 6 * after(time, 9 / 19), 10],
  ] as const)("is known for what it is, and how fast it grows: %s", (name, course, growth) => {
    for (const seed of seeds) {
      const { probability, growing } = compare(course, seed);
      expect(probability).toBeGreaterThan(0.9);
      expect(growing?.shape.name).toBe(name);
      const error = Math.abs((growing?.growth ?? 0) - growth);
      expect(error).toBeLessThan(4 * (growing?.growthError ?? 0));
    }
  });

  test("is found under day and night, which are folded out", () => {
    for (const seed of seeds) {
      const { probability, growing } = compare((time) => 20 + 8 * time + wave(time), seed);
      expect(probability).toBeGreaterThan(0.9);
      expect(growing).toMatchObject({ period: 0.25 });
      expect(Math.abs((growing?.growth ?? 0) - 8)).toBeLessThan(1.5);
      const [first = 0, last = 0] = [growing?.folded[0], growing?.folded.at(-1)];
      expect(Math.abs(last - first - 8)).toBeLessThan(2);
    }
  });

  test("is found behind the one fall that V8 causes by throwing away code", () => {
    for (const seed of seeds) {
      const course = (time: number): number => 20 + 5 * time - 1.5 * after(time, 0.35);
      const { probability, growing } = compare(course, seed);
      expect(probability).toBeGreaterThan(0.9);
      expect(Math.abs((growing?.growth ?? 0) - 5)).toBeLessThan(1.5);
    }
  });
});

test("with too few observations nothing is compared", () => {
  const few = Float64Array.of(0, 1);
  expect(
    compareModels({
      times: few,
      sizes: few,
      load: undefined,
      steps: few,
      leastDeviation: 0.05,
      largestFall: 0,
    }),
  ).toBeUndefined();
});
