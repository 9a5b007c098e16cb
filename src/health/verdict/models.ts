import { at } from "./at.ts";
import { AutoregressiveFitter, type AutoregressiveFit, type Estimate } from "./autoregressive.ts";
import { growingShapes, lineShape, restingShapes, type Curve, type Shape } from "./shapes.ts";

/** A series made ready to be fitted: times from 0 to 1, sizes in any one unit. */
export interface Observations {
  readonly times: Float64Array;
  readonly sizes: Float64Array;
  /** Work done per time before each observation, with mean 0; undefined when it is not known. */
  readonly load: Float64Array | undefined;
  /** Time before each observation in usual steps. */
  readonly steps: Float64Array;
  /** Half of what sizes are rounded to, or the noise that is known to be there. */
  readonly leastDeviation: number;
  /** Largest fall that V8 itself may cause once, by throwing away code; 0 when it cannot be seen. */
  readonly largestFall: number;
}

/** A curve fitted to observations. */
export interface Model {
  readonly shape: Shape;
  readonly fit: AutoregressiveFit;
  /** Bayesian information criterion (Schwarz, Annals of Statistics 6, 1978): the less the better. */
  readonly bic: number;
  /** Size per unit of time at the end, and its standard error; 0 for what rests. */
  readonly growth: number;
  readonly growthError: number;
  /** Time of the one fall that was folded out. */
  readonly fallAt: number | undefined;
  /** Length of the period that was folded out, in units of time. */
  readonly period: number | undefined;
  readonly withLoad: boolean;
  /** The curve at each of the observations, with all that moves the series beside it. */
  readonly fitted: Float64Array;
  /** The sizes without what moves the series beside its course: load, period and fall. */
  readonly folded: Float64Array;
}

export interface Comparison {
  /** The likeliest of each kind. */
  readonly resting: Model;
  readonly growing: Model | undefined;
  /** The straight line, whatever its direction. */
  readonly linear: Model | undefined;
  /** That the series still grows, given that one of the curves is true. */
  readonly probability: number;
}

/**
 * Fits every curve, alone and with what else may move the series, and weighs those that rest at the end
 * against those that grow. Each kind has the same chance beforehand; of it each curve has a share that
 * halves with each parameter, and its knots have equal parts of that. The evidence is averaged over them
 * (Kass and Raftery, Journal of the American Statistical Association 90, 1995, with BIC for one fit).
 */
export function compareModels(observations: Observations): Comparison | undefined {
  const bench = new Workbench(observations);
  const resting = weigh(restingShapes, bench);
  const growing = weigh(growingShapes, bench);
  if (!resting.best) return undefined;
  const logOdds = growing.logEvidence - resting.logEvidence;
  return {
    resting: resting.best,
    growing: growing.best,
    linear: bench.model(bench.try(lineShape, nothing)),
    probability: 1 / (1 + Math.exp(-logOdds)),
  };
}

interface Weighed {
  readonly best: Model | undefined;
  readonly logEvidence: number;
}

function weigh(shapes: readonly Shape[], bench: Workbench): Weighed {
  const [shapeShares, nuisanceShares] = [sharesOf(shapes), sharesOf(bench.nuisances)];
  let best: Candidate | undefined;
  let bestWeight = -Infinity;
  const weights: number[] = [];
  for (const nuisance of bench.nuisances) {
    for (const shape of shapes) {
      if (shape.isAlone && nuisance !== nothing) continue;
      const candidate = bench.try(shape, nuisance);
      if (!candidate) continue;
      const share = (shapeShares.get(shape.name) ?? 0) * (nuisanceShares.get(nuisance.name) ?? 0);
      const weight = Math.log(share) - candidate.bic / 2;
      weights.push(weight);
      if (weight > bestWeight) [best, bestWeight] = [candidate, weight];
    }
  }
  const sum = weights.reduce((total, weight) => total + Math.exp(weight - bestWeight), 0);
  const logEvidence = best ? bestWeight + Math.log(sum) : -Infinity;
  return { best: bench.model(best), logEvidence };
}

/**
 * The share of each one of a name in what is expected beforehand: a half for each parameter more. All
 * of a name, which differ by their knots, share its part.
 */
function sharesOf(
  named: readonly { readonly name: string; readonly parameters: number }[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const weights = new Map<string, number>();
  for (const { name, parameters } of named) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    weights.set(name, 2 ** -parameters);
  }
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  return new Map(
    [...weights].map(([name, weight]) => [name, weight / sum / (counts.get(name) ?? 1)]),
  );
}

/** What moves a series beside its course: columns of the design, and what they cost. */
interface Nuisance {
  readonly name: "nothing" | "fall" | "load" | "period";
  readonly parameters: number;
  readonly columns: readonly Float64Array[];
  readonly fallAt: number | undefined;
  readonly period: number | undefined;
  readonly withLoad: boolean;
}

const nothing: Nuisance = {
  name: "nothing",
  parameters: 0,
  columns: [],
  fallAt: undefined,
  period: undefined,
  withLoad: false,
};

/** Periods that are tried, as shares of the time: at least one and a half of them must be seen. */
const periods = [
  0.66, 0.57, 0.5, 0.44, 0.38, 0.33, 0.29, 0.25, 0.22, 0.19, 0.167, 0.143, 0.125, 0.11, 0.1,
];
/** A period has two coefficients and a length: with fewer observations it explains anything. */
const leastForPeriod = 14;
const leastForLoad = 12;

function nuisancesOf({ times, load, largestFall }: Observations): readonly Nuisance[] {
  const found = [nothing];
  if (largestFall > 0) {
    for (let knot = 0.15; knot < 0.9; knot += 0.05) {
      const column = times.map((time) => (time >= knot ? -1 : 0));
      found.push({ ...nothing, name: "fall", parameters: 2, columns: [column], fallAt: knot });
    }
  }
  if (load && times.length >= leastForLoad)
    found.push({ ...nothing, name: "load", parameters: 1, columns: [load], withLoad: true });
  if (times.length >= leastForPeriod) {
    for (const period of periods) {
      const waves = [Math.sin, Math.cos].map((wave) =>
        times.map((time) => wave((2 * Math.PI * time) / period)),
      );
      found.push({ ...nothing, name: "period", parameters: 3, columns: waves, period });
    }
  }
  return found;
}

/** Fits curves to one series; all columns are there from the beginning. */
class Workbench {
  readonly nuisances: readonly Nuisance[];
  readonly #observations: Observations;
  readonly #fitter: AutoregressiveFitter;
  readonly #curves: ReadonlyMap<Curve, number>;
  readonly #moved: ReadonlyMap<Float64Array, number>;

  constructor(observations: Observations) {
    const { times } = observations;
    this.#observations = observations;
    this.nuisances = nuisancesOf(observations);
    const columns: Float64Array[] = [new Float64Array(times.length).fill(1)];
    const curves = new Map<Curve, number>();
    for (const curve of [...restingShapes, ...growingShapes].flatMap((shape) => shape.columns)) {
      if (!curves.has(curve)) curves.set(curve, columns.push(times.map(curve)) - 1);
    }
    const moved = new Map<Float64Array, number>();
    for (const column of this.nuisances.flatMap((nuisance) => nuisance.columns))
      moved.set(column, columns.push(column) - 1);
    this.#curves = curves;
    this.#moved = moved;
    this.#fitter = new AutoregressiveFitter(observations, columns);
  }

  /** Undefined where there are too few observations for it, or it would be another curve. */
  try(shape: Shape, nuisance: Nuisance): Candidate | undefined {
    const { times, largestFall } = this.#observations;
    const count = times.length;
    const parameters = 2 + shape.columns.length + nuisance.columns.length;
    if (parameters + 1 > count) return undefined;
    if (shape.lastKnot > 0 && afterKnot(times, shape.lastKnot) < leastAfter(shape, count)) {
      return undefined;
    }
    const estimate = this.#fitter.estimate([
      0,
      ...shape.columns.map((curve) => this.#curves.get(curve) ?? 0),
      ...nuisance.columns.map((column) => this.#moved.get(column) ?? 0),
    ]);
    if (!estimate) return undefined;
    const { coefficients, logLikelihood } = estimate;
    const fall = nuisance.fallAt === undefined ? undefined : at(coefficients, firstMoved(shape));
    if (fall !== undefined && (fall <= 0 || fall > largestFall)) return undefined;
    const grows = shape.growth === undefined || at(coefficients, 1 + shape.growth) > 0;
    if (!grows && shape !== lineShape) return undefined;
    const bic = parameters * Math.log(count) - 2 * logLikelihood;
    return { shape, nuisance, estimate, bic };
  }

  model(candidate: Candidate | undefined): Model | undefined {
    if (!candidate) return undefined;
    const { shape, nuisance, estimate, bic } = candidate;
    const { times, sizes } = this.#observations;
    const fit = estimate.fit();
    const { coefficients, standardErrors } = fit;
    const growthAt = shape.growth === undefined ? undefined : 1 + shape.growth;
    const moved = times.map((_, index) =>
      nuisance.columns.reduce(
        (sum, column, nth) => sum + at(coefficients, firstMoved(shape) + nth) * at(column, index),
        0,
      ),
    );
    const course = times.map((time) =>
      shape.columns.reduce(
        (sum, curve, nth) => sum + at(coefficients, 1 + nth) * curve(time),
        at(coefficients, 0),
      ),
    );
    return {
      shape,
      fit,
      bic,
      growth: growthAt === undefined ? 0 : at(coefficients, growthAt),
      growthError: growthAt === undefined ? 0 : at(standardErrors, growthAt),
      fallAt: nuisance.fallAt,
      period: nuisance.period,
      withLoad: nuisance.withLoad,
      fitted: course.map((size, index) => size + at(moved, index)),
      folded: sizes.map((size, index) => size - at(moved, index)),
    };
  }
}

/** A curve that was tried. */
interface Candidate {
  readonly shape: Shape;
  readonly nuisance: Nuisance;
  readonly estimate: Estimate;
  readonly bic: number;
}

/** The first coefficient of what moves the series beside its course. */
function firstMoved(shape: Shape): number {
  return 1 + shape.columns.length;
}

/** A course is seen only in so many observations after it has changed. */
function leastAfter(shape: Shape, count: number): number {
  if (shape.name === "saturating") return 0;
  return shape.growth === undefined ? Math.max(2, count / 12) : Math.max(4, count / 4);
}

function afterKnot(times: Float64Array, knot: number): number {
  let count = 0;
  for (let index = times.length - 1; index >= 0 && at(times, index) > knot; index--) count++;
  return count;
}
