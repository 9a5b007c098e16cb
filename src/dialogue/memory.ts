import { z } from "zod";
import { verbs } from "./meaning.ts";

/** Something a person wants done, kept until they have confirmed it. */
const wishSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("act"),
    target: z.string(),
    verb: z.enum(verbs),
    value: z.number().optional(),
    forMs: z.number().optional(),
  }),
  z.object({ type: z.literal("add"), number: z.string(), name: z.string() }),
]);
export type Wish = z.infer<typeof wishSchema>;

const choiceSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("wish"), wish: wishSchema }),
  z.object({ type: z.literal("read"), target: z.string(), property: z.string().optional() }),
]);
export type Choice = z.infer<typeof choiceSchema>;

const moments = z.array(z.number());

/** What is remembered of the talk with one person; all times are ms since 1970. */
const memorySchema = z.object({
  language: z.string().optional(),
  /** What the numbers of the last menu mean. A single choice is a question back. */
  menu: z.object({ atMs: z.number(), page: z.number(), choices: z.array(choiceSchema) }).optional(),
  /** A wish that waits for its code. */
  challenge: z.object({ wish: wishSchema, code: z.string(), atMs: z.number() }).optional(),
  /** Wrong codes since the last right one, whatever they were for. */
  wrongsAtMs: moments,
  challengesAtMs: moments,
  lockedUntilMs: z.number().optional(),
  locksAtMs: moments,
  /** The one-time list that was printed for them. */
  list: z.object({ secret: z.string(), counter: z.number() }).optional(),
  answersAtMs: moments,
  helpedAtMs: z.number().optional(),
  /** The last text, and how often it came in a row. */
  heard: z.object({ words: z.string(), count: z.number(), atMs: z.number() }).optional(),
  /** What they were answered last: it may come back from a machine. */
  said: z.array(z.object({ text: z.string(), atMs: z.number() })).catch([]),
  /** When the newest text was sent that had something done. */
  deedSentAtMs: z.number().optional(),
  /** What they have done, newest last. */
  deeds: z.array(z.object({ atMs: z.number(), text: z.string() })),
});
export type Memory = z.infer<typeof memorySchema>;

export const noMemory: Memory = {
  challengesAtMs: [],
  wrongsAtMs: [],
  locksAtMs: [],
  answersAtMs: [],
  said: [],
  deeds: [],
};

/** What was kept of a person; of what another version wrote or a disk has spoilt, nothing: they start anew. */
export const memoryEntry = memorySchema.catch(noMemory);
