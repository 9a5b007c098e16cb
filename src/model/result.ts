import { z } from "zod";
import { commandErrorCodes } from "../errors.ts";
import { scalarSchema, timestampSchema } from "./state.ts";

/** `accepted` and `queued` are followed by another; every other status is the last word. */
export const resultStatuses = [
  "accepted",
  "queued",
  "done",
  "partial",
  "rejected",
  "failed",
  "timeout",
  "expired",
  "superseded",
] as const;
export type ResultStatus = (typeof resultStatuses)[number];

/**
 * What a `done` rests on: `report` the device itself reported the value, `ack` the radio or the
 * device's interface acknowledged, `none` nothing did (the value is then `assumed`).
 */
export const confirmations = ["report", "ack", "none"] as const;
export type Confirmation = (typeof confirmations)[number];

const propertyErrorSchema = z.looseObject({
  code: z.enum(commandErrorCodes),
  message: z.string().optional(),
});
export type PropertyError = Readonly<z.infer<typeof propertyErrorSchema>>;

/** `…/result`, not retained: one step of a command, correlated by `_id`. */
export const resultSchema = z.looseObject({
  _id: z.string(),
  _ts: timestampSchema,
  status: z.enum(resultStatuses),
  values: z
    .record(z.string(), scalarSchema)
    .optional()
    .describe("Values the device has now, of the properties that were asked for"),
  code: z
    .enum(commandErrorCodes)
    .optional()
    .describe("Why the command as a whole was not carried out"),
  message: z.string().optional(),
  errors: z
    .record(z.string(), propertyErrorSchema)
    .optional()
    .describe("Why single properties were not"),
  stage: z.string().optional().describe("Of a text: queued, sent, delivered, unknown"),
  answer: z
    .union([z.string(), z.number()])
    .optional()
    .describe("Of a question to a person: what they answered"),
  took_ms: z.number().optional(),
  confirmed_by: z.enum(confirmations).optional(),
});
export type Result = Readonly<z.infer<typeof resultSchema>>;

/** Whether no other result of the same command follows. */
export function isFinal(status: ResultStatus): boolean {
  return status !== "accepted" && status !== "queued";
}
