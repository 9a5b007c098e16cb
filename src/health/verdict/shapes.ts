/** What a series does over time, before the noise: the curves that are compared. */
export type ShapeName =
  | "constant"
  | "linear"
  | "step"
  | "two steps"
  | "plateau"
  | "saturating"
  | "late"
  | "ramp"
  | "knee"
  | "step and growth";

/** A column of a design over times from 0 to 1; one object for each, so that it is computed once. */
export type Curve = (time: number) => number;

export interface Shape {
  readonly name: ShapeName;
  /** How many it has beside its level: coefficients, knots and time constants. */
  readonly parameters: number;
  /** Where its last change of course is, as a share of the time; 0 when it has none. */
  readonly lastKnot: number;
  /** Columns beside the constant one. */
  readonly columns: readonly Curve[];
  /** Whether it is only tried where nothing else moves the series: it has many knots to try. */
  readonly isAlone: boolean;
  /** Column whose coefficient is the growth per unit of time at the end; undefined when there is none. */
  readonly growth: number | undefined;
}

/** Where curves may change course: fine enough for the few floors there are. */
const knots = Array.from({ length: 18 }, (_, index) => (index + 1) / 19);
const coarseKnots = new Set(knots.filter((_, index) => index % 2 === 1));

function isCoarse(...some: readonly number[]): boolean {
  return some.every((knot) => coarseKnots.has(knot));
}

/** Time constants of what fills up; beyond the last one it cannot be told from growth without end. */
const constants = [0.06, 0.1, 0.16, 0.25, 0.4, 0.6];

const known = new Map<string, Curve>();

function curve(name: string, made: Curve): Curve {
  const before = known.get(name) ?? made;
  known.set(name, before);
  return before;
}

const after = (knot: number): Curve => curve(`after ${knot}`, (time) => (time >= knot ? 1 : 0));
const between = (from: number, to: number): Curve =>
  curve(`${from} to ${to}`, (time) => Math.min(Math.max(time, from), to) - from);

/** Curves that have come to rest, or go back, at the end. */
export const restingShapes: readonly Shape[] = [
  resting("constant", 0, 0, []),
  ...knots.map((knot) => resting("step", 1, knot, [after(knot)])),
  ...pairs(knots).map(([one, other]) => ({
    ...resting("two steps", 2, other, [after(one), after(other)]),
    isAlone: !isCoarse(one, other),
  })),
  ...knots.map((knot) => resting("plateau", 1, knot, [between(0, knot)])),
  ...pairs(knots).map(([one, other]) => ({
    ...resting("ramp", 2, other, [between(one, other)]),
    isAlone: !isCoarse(one, other),
  })),
  ...constants.map((constant) =>
    resting("saturating", 1, Math.min(3 * constant, 1), [(time) => 1 - Math.exp(-time / constant)]),
  ),
];

/** Curves that still rise at the end, if the coefficient of their growth is above 0. */
export const growingShapes: readonly Shape[] = [
  growing("linear", 0, 0, [between(0, 1)]),
  ...knots.map((knot) => growing("late", 1, knot, [between(knot, 1)])),
  ...knots.map((knot) => growing("knee", 1, knot, [between(knot, 1), between(0, knot)])),
  ...knots.map((knot) => growing("step and growth", 1, knot, [between(0, 1), after(knot)])),
];

/** A straight line in either direction; what rests may fall. */
export const lineShape = growing("linear", 0, 0, [between(0, 1)]);

function resting(...given: readonly [...Made]): Shape {
  return shaped(undefined, ...given);
}

/** The first of the columns is the growth. */
function growing(...given: readonly [...Made]): Shape {
  return shaped(0, ...given);
}

/** Knots are counted as parameters beside the columns. */
type Made = [name: ShapeName, knots: number, lastKnot: number, columns: Shape["columns"]];

function shaped(growth: number | undefined, ...[name, count, lastKnot, columns]: Made): Shape {
  return { name, parameters: columns.length + count, lastKnot, columns, isAlone: false, growth };
}

function pairs(values: readonly number[]): readonly (readonly [number, number])[] {
  return values.flatMap((one, index) =>
    values.slice(index + 1).map((other) => [one, other] as const),
  );
}
