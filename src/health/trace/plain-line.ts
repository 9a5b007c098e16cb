import type { Collection } from "./collection.ts";

/**
 * `KIND FLAGS BEFORE (COMMITTED) -> AFTER (COMMITTED) MB, …, PAUSE / EXTERNAL ms …` as `--trace-gc`
 * writes it in Node 18 to 26. V8 cuts the line at 255 characters in the report of a fatal error, so
 * that all behind the pause may be missing.
 */
const pattern =
  /^((?:Incremental )?Mark-(?:sweep|Compact|Compact-Fast)|Scavenge|Minor Mark-(?:Sweep|Compact))((?: \([a-z ]+\))*) ([\d.]+) \(([\d.]+)\) -> ([\d.]+) \(([\d.]+)\) MB,(?: pooled: [\d.]+ MB,)? ([\d.]+) \/ [\d.]+ ms(?: .*\) ([^)]*?)\s*)?$/i;

const megabyte = 1_048_576;

/** Sizes have one decimal of a megabyte. */
export const plainQuantumBytes = megabyte / 10;

/** Undefined when it is no collection, or torn before its pause. */
export function parsePlain(text: string, atMs: number): Collection | undefined {
  const found = pattern.exec(text) ?? pattern.exec(withoutTail(text));
  if (!found) return undefined;
  const [, kind = "", , before, , after, committed, pause, why] = found;
  const reason = why?.replace(/;?\s*$/, "");
  return {
    atMs,
    isMajor: /^(?:incremental )?mark-/i.test(kind),
    beforeBytes: Number(before) * megabyte,
    afterBytes: Number(after) * megabyte,
    committedBytes: Number(committed) * megabyte,
    pauseMs: Number(pause),
    ...(reason && { reason }),
  };
}

/** Up to the pause: what follows may be torn, or be the program's own output. */
function withoutTail(text: string): string {
  const end = text.indexOf(" ms", text.indexOf(" MB,"));
  return end < 0 ? text : text.slice(0, end + 3);
}
