import { z } from "zod";
import { pattern } from "./pattern.ts";
import { availabilities, scalarSchema, timestampSchema } from "./state.ts";

/** One row of `bridge/devices`. */
export const deviceSummarySchema = z.looseObject({
  id: z.string().regex(pattern.deviceId),
  name: z.string(),
  classes: z.array(z.string()),
  availability: z.enum(availabilities),
  adapter: z.string().optional().describe("Over which it was heard last"),
  via: z.string().optional().describe("Id of the device this one is reached through"),
  simulated: z.boolean().optional(),
});
export type DeviceSummary = Readonly<z.infer<typeof deviceSummarySchema>>;

/** `stopped → opening → online ⇄ degraded | attention → waiting → opening …`, or `failed` for good. */
export const adapterStates = [
  "stopped",
  "opening",
  "online",
  "degraded",
  "attention",
  "waiting",
  "failed",
] as const;
export type AdapterState = (typeof adapterStates)[number];

/** `bridge/adapter/<name>`: what the supervisor knows of one adapter. */
export const adapterStatusSchema = z.looseObject({
  kind: z.string(),
  state: z.enum(adapterStates),
  since: timestampSchema,
  code: z.string().optional().describe("Why, for programs"),
  reason: z.string().optional().describe("Why, for people"),
  retry_s: z.number().optional().describe("Of `waiting`: seconds until the next try"),
});
export type AdapterStatus = Readonly<z.infer<typeof adapterStatusSchema>>;

/** `bridge/event/<name>`: something that happened to Koine itself, such as a device that joins. */
export const bridgeEventSchema = z.object({ _ts: timestampSchema }).catchall(scalarSchema);
export type BridgeEvent = Readonly<z.infer<typeof bridgeEventSchema>>;

/** `bridge/seen/<world>`: what is in reach and not adopted. */
export const bridgeSeenSchema = z.object({ _ts: timestampSchema }).catchall(scalarSchema);
export type BridgeSeen = Readonly<z.infer<typeof bridgeSeenSchema>>;
