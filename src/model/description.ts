import { z } from "zod";
import { pattern } from "./pattern.ts";
import { accesses, propertyKinds, propertyTypes } from "./vocabulary.ts";

/** What one property of a device is, how it is written, and what it accepts. */
export const propertySchema = z.looseObject({
  is: z
    .string()
    .regex(pattern.propertyKey)
    .describe("Canonical name of the vocabulary, or `x_<vendor>_<name>`"),
  part: z
    .string()
    .regex(pattern.part)
    .optional()
    .describe("Which of several of a kind: `2`, `left`, `phase1`"),
  name: z.string().optional(),
  class: z.string().optional().describe("Refinement: door, window, outlet …"),
  type: z.enum(propertyTypes),
  unit: z.string().nullable().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  step: z.number().optional(),
  values: z.array(z.string()).optional(),
  access: z.enum(accesses),
  kind: z.enum(propertyKinds).optional(),
  interval_s: z
    .number()
    .positive()
    .optional()
    .describe("Expected seconds between readings; stale after three"),
  source: z.string().optional().describe("Where the device carries it, in its own words"),
});
export type Property = Readonly<z.infer<typeof propertySchema>>;

/** `…/description`, retained: what a device is. Changes only together with `revision`. */
export const descriptionSchema = z.looseObject({
  koine: z.string().regex(/^1\.\d+$/),
  revision: z.number().int().min(1),
  id: z.string().regex(pattern.deviceId),
  name: z.string().min(1),
  classes: z.array(z.string()),
  manufacturer: z.string().optional(),
  model: z.string().optional(),
  firmware: z.string().optional(),
  hardware: z.string().optional(),
  area: z.string().optional(),
  via: z
    .string()
    .regex(pattern.deviceId)
    .optional()
    .describe("Id of the device this one is reached through"),
  adapter: z.string().optional(),
  sleepy: z.boolean().optional().describe("Sleeps between reports; silence is healthy"),
  simulated: z.boolean().optional().describe("Not a thing in the world but Koine's own simulator"),
  identifiers: z.array(z.tuple([z.string(), z.string()])).optional(),
  properties: z.record(z.string().regex(pattern.propertyKey), propertySchema),
});
export type Description = Readonly<z.infer<typeof descriptionSchema>>;
