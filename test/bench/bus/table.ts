import type { Figures } from "./scenarios.ts";

/** The least, the median and the greatest of every figure, and of its ratio where there are two brokers. */
export function table(title: string, byBroker: ReadonlyMap<string, readonly Figures[]>): string {
  const names = [...byBroker.keys()];
  const rounds = [...byBroker.values()];
  const heads = rounds.length > 1 ? [...names, names.join("/")] : names;
  const figures = Object.keys(rounds[0]?.[0] ?? {});
  const lines = [
    row(
      "",
      heads.map((head) => [head, "", ""]),
    ),
    row(
      "",
      heads.map(() => ["min", "median", "max"]),
    ),
    ...figures.map((figure) => row(figure, columns(rounds, figure).map(spread))),
  ];
  return `\n${title}\n${lines.join("\n")}\n`;
}

/** One figure in every round of each broker, and the ratios of the first two, round by round. */
function columns(rounds: readonly (readonly Figures[])[], figure: string): readonly number[][] {
  const measured = rounds.map((played) => played.map((one) => one[figure] ?? Number.NaN));
  const [ours = [], theirs] = measured;
  if (!theirs) return measured;
  return [...measured, ours.map((value, n) => value / (theirs[n] ?? Number.NaN))];
}

function spread(values: readonly number[]): readonly string[] {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  // The mean of the two in the middle, which are one and the same when their number is odd.
  const middle = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  const median = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  return [sorted[0], median, sorted.at(-1)].map(text);
}

function text(value = Number.NaN): string {
  if (!Number.isFinite(value)) return "-";
  return value < 1_000 ? value.toPrecision(3) : Math.round(value).toLocaleString("en");
}

function row(label: string, groups: readonly (readonly string[])[]): string {
  const cells = groups.map((group) => group.map((cell) => cell.padStart(9)).join(""));
  return `  ${label.padEnd(26)}${cells.join("    ")}`.trimEnd();
}
