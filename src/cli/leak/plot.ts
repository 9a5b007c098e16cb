import type { HeapHistory, Point } from "../../health/trace/heap-run.ts";
import type { Judgement } from "../../health/verdict/judge.ts";
import { megabyte } from "../../health/verdict/observations.ts";
import { duration, size } from "./words.ts";

/** A drawing of what was judged: collections, floors, the curve that is believed, and the bound. */
export function plot(title: string, history: HeapHistory, judgement: Judgement): string {
  const { decisive, leastVisibleRate, verdict } = judgement;
  const isHeap = decisive.series === "heap";
  const floors = isHeap ? history.floors : history[decisive.series];
  const dots = isHeap ? history.collections : [];
  const curve = fittedPoints(judgement);
  const all = [...floors, ...dots, ...curve];
  const [endMs, topBytes] = [
    Math.max(history.endMs, 1),
    Math.max(...all.map(({ bytes }) => bytes), 1) * headroom,
  ];
  const x = (atMs: number): string => (left + (atMs / endMs) * across).toFixed(1);
  const y = (bytes: number): string => (top + down - (bytes / topBytes) * down).toFixed(1);
  const line = (points: readonly Point[], style: string): string =>
    points.length < 2
      ? ""
      : `<polyline ${style} points="${points.map(({ atMs, bytes }) => `${x(atMs)},${y(bytes)}`).join(" ")}"/>`;
  const circles = (points: readonly Point[], radius: number, fill: string): string =>
    points
      .map(
        ({ atMs, bytes }) =>
          `<circle cx="${x(atMs)}" cy="${y(bytes)}" r="${radius}" fill="${fill}"/>`,
      )
      .join("");
  const bound = boundPoints(judgement, curve, topBytes);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${left}" y="22" font-size="16" font-weight="bold">${escaped(`${verdict}: ${title}`)}</text>`,
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => {
      const level = (topBytes * share) / headroom;
      return `<line x1="${left}" x2="${left + across}" y1="${y(level)}" y2="${y(level)}" stroke="#ddd"/><text x="${left - 8}" y="${y(level)}" text-anchor="end" dominant-baseline="middle">${size(level)}</text>`;
    }),
    `<text x="${left}" y="${height - 40}">0</text>`,
    `<text x="${left + across}" y="${height - 40}" text-anchor="end">${duration(endMs)}</text>`,
    circles(dots, 1.5, "#bbb"),
    circles(floors, 3, "#1f5fa8"),
    line(curve, 'fill="none" stroke="#c0392b" stroke-width="2"'),
    line(bound, 'fill="none" stroke="#888" stroke-dasharray="6 4"'),
    `<text x="${left}" y="${height - 14}"><tspan fill="#1f5fa8">● ${isHeap ? "heap after major collections" : decisive.series}</tspan>  <tspan fill="#999">● other collections</tspan>  <tspan fill="#c0392b">— ${decisive.model?.shape.name ?? "no curve"}</tspan>  <tspan fill="#666">┄ ${leastVisibleRate === undefined ? "" : `the slowest leak that would have shown, ${size(leastVisibleRate)} an hour`}</tspan></text>`,
    "</svg>",
    "",
  ].join("\n");
}

const [width, height] = [900, 420];
const [left, top, across, down] = [90, 40, 780, 310];
/** The highest point stays so far below the edge. */
const headroom = 1.08;

function fittedPoints({ decisive: { model, prepared } }: Judgement): readonly Point[] {
  if (!model) return [];
  return prepared.points.map(({ atMs }, index) => ({
    atMs,
    bytes: (model.fitted[index] ?? 0) * megabyte,
  }));
}

/** From where the curve begins, at the slowest growth that would have been seen. */
function boundPoints(
  { verdict, leastVisibleRate }: Judgement,
  curve: readonly Point[],
  topBytes: number,
): readonly Point[] {
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last || leastVisibleRate === undefined || verdict === "leak") return [];
  const perMs = leastVisibleRate / 3_600_000;
  const untilMs = Math.min(last.atMs, first.atMs + (topBytes - first.bytes) / perMs);
  return [first, { atMs: untilMs, bytes: first.bytes + perMs * (untilMs - first.atMs) }];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
