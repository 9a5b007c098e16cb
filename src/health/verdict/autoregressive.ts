import { at } from "./at.ts";
/** A linear model whose errors follow each other, fitted by maximum likelihood. */
export interface AutoregressiveFit {
  readonly coefficients: Float64Array;
  readonly standardErrors: Float64Array;
  /** Standard deviation of the error itself, not only of what is new in it. */
  readonly deviation: number;
  /** Correlation of the errors of two observations a usual step apart, 0 to below 1. */
  readonly correlation: number;
  readonly logLikelihood: number;
}

/** A fit whose errors have not been worked out yet: of most of them nobody asks. */
export interface Estimate {
  readonly logLikelihood: number;
  readonly coefficients: Float64Array;
  readonly fit: () => AutoregressiveFit;
}

/** What is fitted. */
export interface Observed {
  readonly sizes: Float64Array;
  /** Time before each observation in usual steps; the first does not count. */
  readonly steps: Float64Array;
  /** Nothing is known more exactly than the sizes are written down. */
  readonly leastDeviation: number;
}

/** Correlations that are tried; a trend and a nearly random walk cannot be told apart above. */
const correlations = [0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.88, 0.94];

/**
 * Generalised least squares with errors of an autoregressive process of first order, observed at
 * uneven times: the correlation falls with the time between (Jones, Technometrics 22, 1980). Columns
 * and observations are made independent by the transformation of Prais and Winsten (1954), and the
 * correlation is the one of greatest likelihood (Beach and MacKinnon, Econometrica 46, 1978).
 *
 * Many models over the same few columns are fitted: the products of the columns are taken once.
 */
export class AutoregressiveFitter {
  readonly #benches: readonly Bench[];

  constructor(observed: Observed, columns: readonly Float64Array[]) {
    this.#benches = correlations.map((correlation) => new Bench(correlation, observed, columns));
  }

  /** Of the columns with these numbers; undefined when they depend on each other. */
  estimate(columns: Columns): Estimate | undefined {
    let best: Bench | undefined;
    let bestLikelihood = -Infinity;
    for (const bench of this.#benches) {
      const likelihood = bench.logLikelihood(columns);
      if (likelihood > bestLikelihood) [best, bestLikelihood] = [bench, likelihood];
    }
    if (!best) return undefined;
    const found = best;
    return {
      logLikelihood: bestLikelihood,
      coefficients: found.coefficients(columns),
      fit: () => found.fit(columns),
    };
  }
}

/** Columns and observations made independent for one correlation, and their products. */
class Bench {
  readonly #correlation: number;
  readonly #count: number;
  readonly #leastVariance: number;
  /** The logarithm of what the transformation does to a volume. */
  readonly #logScale: number;
  readonly #columns: readonly Float64Array[];
  readonly #sizes: Float64Array;
  readonly #products: Float64Array;
  readonly #moments: Float64Array;
  readonly #square: number;
  readonly #lower = new Float64Array(mostColumns * mostColumns);
  readonly #half = new Float64Array(mostColumns);

  constructor(correlation: number, observed: Observed, columns: readonly Float64Array[]) {
    const { apply, logScale } = whitening(correlation, observed.steps);
    this.#correlation = correlation;
    this.#count = observed.sizes.length;
    this.#leastVariance = observed.leastDeviation ** 2;
    this.#logScale = logScale;
    this.#columns = columns.map(apply);
    this.#sizes = apply(observed.sizes);
    this.#square = dot(this.#sizes, this.#sizes);
    this.#moments = Float64Array.from(this.#columns, (column) => dot(column, this.#sizes));
    this.#products = new Float64Array(columns.length ** 2).fill(Number.NaN);
  }

  /** −∞ when the columns depend on each other. */
  logLikelihood(columns: Columns): number {
    const rss = this.#solve(columns);
    if (rss === undefined) return -Infinity;
    const variance = Math.max(rss / this.#count, this.#leastVariance);
    return (
      -0.5 * (this.#count * Math.log(2 * Math.PI * variance) + rss / variance) - this.#logScale
    );
  }

  coefficients(columns: Columns): Float64Array {
    this.#solve(columns);
    return this.#backward(columns.length);
  }

  /** Of columns that have been solved before. */
  fit(columns: Columns): AutoregressiveFit {
    const logLikelihood = this.logLikelihood(columns);
    const rss = this.#solve(columns) ?? 0;
    const free = Math.max(this.#count - columns.length, 1);
    const variance = Math.max(rss / free, this.#leastVariance);
    return {
      coefficients: this.#backward(columns.length),
      standardErrors: this.#leverages(columns.length).map((leverage) =>
        Math.sqrt(leverage * variance),
      ),
      deviation: Math.sqrt(variance),
      correlation: this.#correlation,
      logLikelihood,
    };
  }

  /**
   * The sum of squared residuals, by Cholesky decomposition of the normal equations (Golub and Van
   * Loan, Matrix Computations, §5.3.2); leaves the triangle for what is asked next.
   */
  #solve(columns: Columns): number | undefined {
    const lower = this.#lower;
    const half = this.#half;
    let explained = 0;
    for (let row = 0; row < columns.length; row++) {
      const one = columns[row] ?? 0;
      const own = this.#product(one, one);
      for (let column = 0; column <= row; column++) {
        let rest = column === row ? own : this.#product(one, columns[column] ?? 0);
        for (let k = 0; k < column; k++) {
          rest -= at(lower, row * mostColumns + k) * at(lower, column * mostColumns + k);
        }
        if (column < row) {
          lower[row * mostColumns + column] = rest / at(lower, column * mostColumns + column);
        } else if (rest > own * 1e-9) lower[row * mostColumns + row] = Math.sqrt(rest);
        else return undefined;
      }
      let rest = at(this.#moments, one);
      for (let k = 0; k < row; k++) rest -= at(lower, row * mostColumns + k) * at(half, k);
      const value = rest / at(lower, row * mostColumns + row);
      half[row] = value;
      explained += value * value;
    }
    return Math.max(this.#square - explained, 0);
  }

  #backward(count: number): Float64Array {
    const solved = new Float64Array(count);
    for (let row = count - 1; row >= 0; row--) {
      let rest = at(this.#half, row);
      for (let k = row + 1; k < count; k++)
        rest -= at(this.#lower, k * mostColumns + row) * at(solved, k);
      solved[row] = rest / at(this.#lower, row * mostColumns + row);
    }
    return solved;
  }

  /** Diagonal of (X'X)⁻¹. */
  #leverages(count: number): Float64Array {
    const diagonal = new Float64Array(count);
    for (let column = 0; column < count; column++) {
      const solved = new Float64Array(count);
      for (let row = column; row < count; row++) {
        let rest = row === column ? 1 : 0;
        for (let k = column; k < row; k++)
          rest -= at(this.#lower, row * mostColumns + k) * at(solved, k);
        solved[row] = rest / at(this.#lower, row * mostColumns + row);
      }
      diagonal[column] = dot(solved, solved);
    }
    return diagonal;
  }

  #product(one: number, other: number): number {
    const index = one * this.#columns.length + other;
    let product = at(this.#products, index);
    if (Number.isNaN(product)) {
      product = dot(this.#columns[one] ?? none, this.#columns[other] ?? none);
      this.#products[index] = product;
    }
    return product;
  }
}

/** Columns of a model, by their numbers. */
type Columns = readonly number[];

const none = new Float64Array();

/** Most columns of one model. */
const mostColumns = 8;

/** The transformation that makes errors of this correlation independent and of equal size. */
function whitening(
  correlation: number,
  steps: Float64Array,
): { readonly apply: (values: Float64Array) => Float64Array; readonly logScale: number } {
  const carried = steps.map((step) => (correlation === 0 ? 0 : correlation ** step));
  const scales = carried.map((kept) => 1 / Math.sqrt(1 - kept * kept));
  let logScale = 0;
  for (let index = 1; index < steps.length; index++) logScale -= Math.log(at(scales, index));
  const apply = (values: Float64Array): Float64Array =>
    values.map((value, index) =>
      index === 0
        ? value
        : (value - at(carried, index) * at(values, index - 1)) * at(scales, index),
    );
  return { apply, logScale };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += at(a, index) * at(b, index);
  return sum;
}
