import { z } from "zod";
import { pattern } from "./pattern.ts";
import { accesses, propertyKinds, propertyTypes } from "./vocabulary.ts";

/** What one property of a device is, how it is written, and what it accepts. */
export const propertySchema = z.looseObject({
  /** Canonical name of the vocabulary, or `x_<vendor>_<name>`. */
  is: z.string().regex(pattern.propertyKey),
  /** Which of several of a kind: `2`, `left`, `phase1`. */
  part: z.string().regex(pattern.part).optional(),
  name: z.string().optional(),
  /** Refinement: door, window, outlet … */
  class: z.string().optional(),
  type: z.enum(propertyTypes),
  unit: z.string().nullable().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  step: z.number().optional(),
  values: z.array(z.string()).optional(),
  access: z.enum(accesses),
  kind: z.enum(propertyKinds).optional(),
  /** Expected seconds between readings; stale after three. */
  interval_s: z.number().positive().optional(),
  /** Where the device carries it, in its own words. */
  source: z.string().optional(),
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
  /** Id of the device this one is reached through. */
  via: z.string().regex(pattern.deviceId).optional(),
  adapter: z.string().optional(),
  /** Sleeps between reports; silence is healthy. */
  sleepy: z.boolean().optional(),
  /** Not a thing in the world but Koine's own simulator. */
  simulated: z.boolean().optional(),
  identifiers: z.array(z.tuple([z.string(), z.string()])).optional(),
  properties: z.record(z.string().regex(pattern.propertyKey), propertySchema),
});
export type Description = Readonly<z.infer<typeof descriptionSchema>>;
