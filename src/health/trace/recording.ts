import type { HeapDetail, Sample, TraceEntry } from "./collection.ts";
import { isObject, parseObject } from "./name-value.ts";

/**
 * A line of a recording: `meta`, `sample` (each second), `gc` (kind and time of a collection, without
 * sizes) or `gcprof` (a collection with exact sizes). Undefined when it is none of them.
 */
export function parseRecorded(text: string): RecordedEntry | undefined {
  const line = parseObject(text);
  if (!line) return undefined;
  const atMs = sizeOf(line["t"]);
  switch (line["type"]) {
    case "meta": {
      const limitBytes = sizeOf(line["heapLimit"]);
      return limitBytes === undefined ? { type: "other" } : { type: "limit", limitBytes };
    }
    case "sample":
      return atMs === undefined ? undefined : sampleOf(line, atMs);
    case "gc":
      return atMs === undefined ? undefined : timedOf(line, atMs);
    case "gcprof":
      return atMs === undefined ? undefined : profiledOf(line, atMs);
    default:
      return undefined;
  }
}

export type RecordedEntry =
  | TraceEntry
  /** A collection whose sizes the next sample has to tell. */
  | {
      readonly type: "timed";
      readonly atMs: number;
      readonly isMajor: boolean;
      readonly pauseMs: number;
    };

/** `kind` of a `gc` entry: V8's bit for a collection of the whole heap. */
const majorKind = 4;

function timedOf(line: Readonly<Record<string, unknown>>, atMs: number): RecordedEntry | undefined {
  const { kind } = line;
  const pauseMs = sizeOf(line["ms"]) ?? 0;
  if (typeof kind !== "number") return undefined;
  return { type: "timed", atMs, isMajor: kind === majorKind, pauseMs };
}

function sampleOf(line: Readonly<Record<string, unknown>>, atMs: number): TraceEntry | undefined {
  const usedBytes = sizeOf(line["heapUsed"]);
  if (usedBytes === undefined) return undefined;
  const { rss, heapTotal, external, contexts, detached, spaces } = line;
  const externalBytes = sizeOf(external);
  const oldBytes = oldOf(spaces);
  const nativeBytes = gapOf(sizeOf(rss), sizeOf(heapTotal), externalBytes);
  const sample: Sample = {
    atMs,
    usedBytes,
    isFloor: line["floor"] === true,
    ...(oldBytes !== undefined && { oldBytes }),
    ...(externalBytes !== undefined && { externalBytes }),
    ...(nativeBytes !== undefined && { nativeBytes }),
    ...(typeof contexts === "number" && { contexts }),
    ...(typeof detached === "number" && { detachedContexts: detached }),
  };
  return { type: "sample", sample };
}

function gapOf(...[rss, heap, external]: readonly (number | undefined)[]): number | undefined {
  if (rss === undefined || heap === undefined || external === undefined) return undefined;
  return Math.max(rss - heap - external, 0);
}

function profiledOf(line: Readonly<Record<string, unknown>>, atMs: number): TraceEntry | undefined {
  const { gc, cost, before, after } = line;
  if (typeof gc !== "string" || !isObject(before) || !isObject(after)) return undefined;
  if (gc === "IncrementalMarking") return { type: "other" };
  const beforeBytes = sizeOf(before["used"]);
  const afterBytes = sizeOf(after["used"]);
  if (beforeBytes === undefined || afterBytes === undefined) return undefined;
  const committedBytes = sizeOf(after["total"]);
  const oldBytes = oldOf(after["sp"]);
  const externalBytes = sizeOf(after["ext"]);
  const detail: HeapDetail = {
    ...(oldBytes !== undefined && { oldBytes }),
    ...(externalBytes !== undefined && { externalBytes }),
  };
  return {
    type: "collection",
    collection: {
      atMs,
      isMajor: !/^(?:Scavenge|Minor)/i.test(gc),
      beforeBytes,
      afterBytes,
      ...(committedBytes !== undefined && { committedBytes }),
      // In microseconds, as tried on Node 18 to 26.
      pauseMs: (sizeOf(cost) ?? 0) / 1_000,
    },
    detail,
  };
}

/** Old and large object space together; a space is `bytes` or `[bytes used, bytes in all]`. */
function oldOf(spaces: unknown): number | undefined {
  if (!isObject(spaces)) return undefined;
  const used = (name: string): number | undefined => {
    const space: unknown = spaces[name];
    return sizeOf(Array.isArray(space) ? space[0] : space);
  };
  const oldBytes = used("old");
  return oldBytes === undefined ? undefined : oldBytes + (used("large_object") ?? 0);
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
