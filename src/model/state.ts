import { z } from "zod";
import { pattern } from "./pattern.ts";
import { withKeys } from "./parse.ts";
import type { Scalar } from "./scalar.ts";

/**
 * How far a value can be trusted: `stale` three intervals passed, `assumed` commanded but not
 * confirmed, `estimated` derived, `invalid` not a plausible reading (value null), `historical`
 * replayed from a buffer.
 */
export const qualities = [
  "good",
  "stale",
  "assumed",
  "estimated",
  "invalid",
  "historical",
] as const;
export type Quality = (typeof qualities)[number];

/** Whose clock `_ts` is from; `unsynced` when the gateway's own cannot be believed. */
export const timeSources = ["gateway", "device", "unsynced"] as const;
export type TimeSource = (typeof timeSources)[number];

export const scalarSchema: z.ZodType<Scalar> = z.json();
export const timestampSchema = z.string().regex(pattern.timestamp);

const metadata = {
  _ts: timestampSchema.describe("Time of the newest reading in this document"),
  _seq: z
    .number()
    .int()
    .min(0)
    .describe("Counts the documents of this device since the daemon started"),
  _clock: z.enum(timeSources).optional(),
  _t: z
    .record(z.string(), timestampSchema)
    .optional()
    .describe("Reading time of each value more than a second older than `_ts`"),
  _q: z
    .record(z.string(), z.enum(qualities))
    .optional()
    .describe("Quality of each value that is not good"),
  _origin: z.string().regex(pattern.deviceId).optional(),
};
/** `…/state`, retained: all present values of a device by key, and metadata behind `_`. */
export const stateSchema = withKeys(z.object(metadata).catchall(scalarSchema), pattern.stateKey);

export interface StateMetadata {
  readonly _ts: string;
  readonly _seq: number;
  readonly _clock?: TimeSource;
  readonly _t?: Readonly<Record<string, string>>;
  readonly _q?: Readonly<Record<string, Quality>>;
  readonly _origin?: string;
}
export type State = StateMetadata & { readonly [key: string]: Scalar | undefined };

/** The second that was written last, as a text up to its decimal point. */
let lastSecond = { second: Number.NaN, text: "" };

/** UTC with milliseconds, as every time on the bus is written. */
export function timestamp(ms: number): string {
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1_000);
  // Nearly always of the same second as the one before; Date is slow to write.
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1_000).toISOString().slice(0, -4) };
  }
  return `${lastSecond.text}${String(whole - second * 1_000).padStart(3, "0")}Z`;
}

/** `…/availability`, retained, a bare word. `sleeping` is healthy. */
export const availabilities = ["online", "offline", "sleeping", "unknown"] as const;
export type Availability = (typeof availabilities)[number];
