import { z } from "zod";
import { pattern } from "./pattern.ts";
import { timestampSchema } from "./state.ts";

/** `…/event/<name>`, not retained: something that happened at a moment. */
export const eventSchema = z.looseObject({
  action: z.string(),
  part: z.string().regex(pattern.part).optional(),
  steps: z.number().optional().describe("Of a knob: how far it was turned"),
  chars: z.number().int().min(0).optional().describe("Of a text: how many characters it has"),
  _ts: timestampSchema,
  _n: z
    .number()
    .int()
    .optional()
    .describe("Counts the events of this device since the daemon started"),
});
export type DeviceEvent = Readonly<z.infer<typeof eventSchema>>;

/** How bad something is: for the record, to be looked at, to be acted upon at once. */
export const severities = ["info", "warning", "critical"] as const;

/** `…/alert/<id>`, retained, deleted when it clears. */
export const alertSchema = z.looseObject({
  severity: z.enum(severities),
  message: z.string(),
  code: z.string().optional(),
  since: timestampSchema,
  number: z.number().int().optional().describe("What people call it by in texts"),
  state: z.enum(["open", "acknowledged"]).optional().describe("Whether somebody has taken it"),
  by: z.string().optional().describe("Who has taken it: id of a person, or what a client said"),
});
export type Alert = Readonly<z.infer<typeof alertSchema>>;
