import { z } from "zod";
import { severities } from "../model/event.ts";
import { scalarSchema } from "../model/state.ts";

const wordsSchema = z.object({
  kind: z.enum([
    "below",
    "above",
    "is",
    "offline",
    "stale",
    "battery",
    "rate",
    "adapter",
    "system",
  ]),
  name: z.string(),
  property: z
    .object({ is: z.string(), name: z.string().optional(), unit: z.string().optional() })
    .optional(),
  value: scalarSchema.optional(),
  message: z.string().optional(),
});

const people = z.array(z.string());

/**
 * Something that is wrong, from when it was noticed until its number may be used again. What is told to
 * people is in wall time, what is to happen in steady time, both in ms since 1970.
 */
export const alarmSchema = z.object({
  /** What people call it by. */
  number: z.number(),
  device: z.string(),
  /** Names it on the bus, beside its device. */
  alert: z.string(),
  rule: z.string(),
  severity: z.enum(severities),
  words: wordsSchema,
  sinceMs: z.number(),
  state: z.enum(["open", "acknowledged", "closed"]),
  /** Who has taken it. */
  by: z.string().optional(),
  /** When what is wrong came right; it may come back for a while. */
  rightAtMs: z.number().optional(),
  closedAtMs: z.number().optional(),
  /** Who is told, instead of the chain. */
  notify: people.optional(),
  /** The next step of the chain, how often the chain was gone through, and when that is. */
  step: z.number(),
  round: z.number(),
  dueMs: z.number().optional(),
  /** Steps taken so far: names each of them apart. */
  steps: z.number(),
  mutedUntilMs: z.number().optional(),
  /** Who was told of it, and who is to be told together with others: in a storm, or when it is quiet no more. */
  told: people,
  inDigest: people,
  held: people,
  /** Who is to be told that it is over. */
  overFor: people,
  overToldMs: z.number().optional(),
  /** How often it came back before it was over. */
  flaps: z.number(),
  flapsToldMs: z.number().optional(),
});
export type Alarm = z.infer<typeof alarmSchema>;

export function alarmKey({ device, alert }: Pick<Alarm, "device" | "alert">): string {
  return `${device}/${alert}`;
}

/** Whether something is wrong now. */
export function isWrong({ state, rightAtMs }: Alarm): boolean {
  return state !== "closed" && rightAtMs === undefined;
}
