import type { Collection } from "./collection.ts";

/**
 * `pause=… gc=… …` as `--trace-gc-nvp` writes it in Node 18 to 24; the sizes have other names from
 * 24 on. Undefined when it is no collection, or torn before its sizes.
 */
export function parseNameValue(text: string, atMs: number): Collection | undefined {
  if (!text.startsWith("pause=")) return undefined;
  const value = (name: string): string | undefined => {
    const start = text.indexOf(` ${name}=`);
    if (start < 0) return undefined;
    const from = start + name.length + 2;
    const end = text.indexOf(" ", from);
    return text.slice(from, end < 0 ? undefined : end);
  };
  return collectionOf(
    (name) => (name === "pause" ? text.slice(6, text.indexOf(" ")) : value(name)),
    atMs,
  );
}

/** `GC: {…}` of Node 26: the same names, as JSON. */
export function parseJsonValue(text: string, atMs: number): Collection | undefined {
  if (!text.startsWith("GC: {")) return undefined;
  const fields = parseObject(text.slice(4));
  return fields && collectionOf((name) => fields[name], atMs);
}

function collectionOf(field: (name: string) => unknown, atMs: number): Collection | undefined {
  const size = (...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const bytes = numberOf(field(name));
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  };
  const beforeBytes = size("start_object_size", "total_size_before");
  const afterBytes = size("end_object_size", "total_size_after");
  const committedBytes = size("end_memory_size");
  const pauseMs = numberOf(field("pause"));
  const kind = field("gc");
  if (beforeBytes === undefined || afterBytes === undefined || pauseMs === undefined)
    return undefined;
  if (typeof kind !== "string") return undefined;
  const reason = [field("reason"), field("collector_reason")].filter(Boolean).join("; ");
  return {
    atMs,
    isMajor: kind === "ms" || kind === "mc",
    beforeBytes,
    afterBytes,
    ...(committedBytes !== undefined && { committedBytes }),
    pauseMs,
    ...(reason !== "" && { reason }),
  };
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Undefined when it is no JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Torn: the caller counts it.
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
