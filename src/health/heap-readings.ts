import type { HeapFigures } from "../heap-floor.ts";
import type { Reading } from "../model/adapter-event.ts";
import type { PropertyName } from "../model/vocabulary.ts";
import type { HeapWatch } from "./heap-watch.ts";

/** What is told of one heap: how full it is and how it is collected, and what is thought of it. */
export function heapReadings(
  figures: HeapFigures,
  watch: HeapWatch,
  now: { readonly atMs: number; readonly part?: string },
): readonly Reading[] {
  const { atMs, part } = now;
  const verdict = reading("heap_verdict", watch.verdict(atMs));
  const told = [...figuresOf(figures), verdict, ...opinionOf(watch)];
  return part === undefined
    ? told
    : told.map((one) => ({ ...one, part: one.part === undefined ? part : `${part}_${one.part}` }));
}

function figuresOf(figures: HeapFigures): readonly Reading[] {
  const { usedBytes, isFloor } = figures;
  const used = reading("heap_used", usedBytes);
  return [
    isFloor ? used : { ...used, quality: "estimated" },
    reading("heap_limit", figures.limitBytes),
    reading("heap_fragmentation", figures.fragmentation * 100),
    reading("heap_contexts", figures.contexts),
    reading("heap_contexts_detached", figures.detachedContexts),
    ...(isFloor ? [reading("memory_external", figures.externalBytes)] : []),
    reading("gc_majors", figures.majors),
    { ...reading("gc_pause", figures.pauseP50Ms), part: "p50" },
    { ...reading("gc_pause", figures.pauseP99Ms), part: "p99" },
    { ...reading("gc_pause", figures.longestPauseMs), part: "max" },
    reading("gc_probe", figures.probeMs),
  ];
}

function opinionOf({ opinion, severity }: HeapWatch): readonly Reading[] {
  if (!opinion) return [reading("heap_severity", severity)];
  const { decisive, explanation, fullInS, leastVisibleRate } = opinion;
  return [
    reading("heap_severity", severity),
    reading("heap_series", decisive.series),
    reading("heap_confidence", decisive.probability * 100),
    reading("heap_trend", decisive.rate),
    reading("heap_trend_low", decisive.rateLow),
    reading("heap_trend_high", decisive.rateHigh),
    reading("heap_window", opinion.windowS),
    reading("heap_explained_by", explanation?.name ?? ""),
    reading("heap_explained", (explanation?.share ?? 0) * 100),
    ...(leastVisibleRate === undefined ? [] : [reading("heap_trend_visible", leastVisibleRate)]),
    ...(fullInS === undefined ? [] : [reading("heap_full_in", Math.min(fullInS, mostFullInS))]),
  ];
}

/** Three hundred years: a larger one would be out of the range of the property, in s. */
const mostFullInS = 1e10;

function reading(is: PropertyName, value: Reading["value"]): Reading {
  return { is, value };
}
