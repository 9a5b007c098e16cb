import { z, type Change } from "koine/adapter";
import type { Outgoing } from "./routes/route.ts";

/** What a text is for decides how long it is worth sending, and before whom. */
export const classes = ["code", "alarm", "answer", "report"] as const;
export type TextClass = (typeof classes)[number];

/** Where a piece of a text stands. */
const stages = ["waiting", "trying", "accepted", "sent", "delivered", "unknown"] as const;

const partSchema = z.object({
  stage: z.enum(stages),
  /** What its route calls it, or each of its messages that was not delivered yet. */
  references: z.array(z.string()),
  /** Names the last attempt in the whole world. */
  attempt: z.string().optional(),
  /** Ms since 1970, of its stage, and of the last attempt. */
  atMs: z.number(),
  triedAtMs: z.number().optional(),
});
export type Part = z.infer<typeof partSchema>;

/** A text that goes out. */
export const itemSchema = z.object({
  /** Of the command that asked for it; empty where none did. */
  id: z.string(),
  /** Its own in the whole world. */
  uid: z.string(),
  to: z.string(),
  body: z.string(),
  class: z.enum(classes),
  expiresAtMs: z.number(),
  /** Tells its parts from those of other texts. */
  reference: z.number(),
  attempts: z.number(),
  /** Ms since 1970 before which nothing is tried. */
  notBeforeMs: z.number(),
  /** The route that has it, once one was given it. */
  route: z.string().optional(),
  /** How often each route has refused it. */
  refusals: z.record(z.string(), z.number()),
  /** It waits because the budget is spent. */
  isHeld: z.boolean().optional(),
  /** The pieces that its route takes it in. */
  parts: z.array(partSchema),
});
export type Item = z.infer<typeof itemSchema>;

export function waitingPart(atMs: number): Part {
  return { stage: "waiting", references: [], atMs };
}

/** Codes first, then alarms, answers, reports. */
export function rankOf({ class: name }: Pick<Item, "class">): number {
  return classes.indexOf(name);
}

/** Whether anything of it has left, or may have. */
export function hasBegun({ parts }: Pick<Item, "parts">): boolean {
  return parts.some(({ stage }) => stage !== "waiting");
}

/** What keeps it on the disk. */
export function changeOf(key: string, item: Item): Change {
  return { key, value: JSON.stringify(item) };
}

/** A piece of it, as its route is given it. */
export function outgoing(item: Item, piece: number, nowMs: number): Outgoing {
  const { to, body, reference, uid, attempts, expiresAtMs } = item;
  const id = item.parts[piece]?.attempt ?? `${uid}-${attempts}-${piece}`;
  const validityS = Math.max(0, Math.floor((expiresAtMs - nowMs) / 1_000));
  return { id, to, body, piece, reference, validityS };
}
