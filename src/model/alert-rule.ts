import { z } from "zod";
import { severities } from "./event.ts";

/** What a rule may watch for; exactly one of these. */
export const conditionNames = [
  "below",
  "above",
  "is",
  "rises",
  "falls",
  "offline",
  "stale",
  "adapter",
] as const;

/** When somebody is to be warned, as the configuration and requests say it. */
export const alertRuleSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,47}$/, "expected lower-case letters, digits, - and _")
      .optional()
      .describe("Names the alert in its topic; made of the rule when absent"),
    device: z
      .string()
      .min(1)
      .default("*")
      .describe("Id or name of a device, class:lock for a class, or * for all"),
    property: z.string().min(1).optional().describe("Property, by its name or its key"),
    below: z.number().optional().describe("The value is below this"),
    above: z.number().optional().describe("The value is above this"),
    is: z.union([z.boolean(), z.string(), z.number()]).optional().describe("The value is this one"),
    rises: z.number().positive().optional().describe("It rises by more than this in an hour"),
    falls: z.number().positive().optional().describe("It falls by more than this in an hour"),
    offline: z.literal(true).optional().describe("The device is not there"),
    stale: z.literal(true).optional().describe("The device has been silent for three intervals"),
    adapter: z.string().min(1).optional().describe("The adapter of that name is down; * for all"),
    hysteresis: z
      .number()
      .min(0)
      .optional()
      .describe("How far the value has to come back; a twentieth of the limit when absent"),
    for: z.number().min(0).max(86_400).default(0).describe("Seconds it has to last"),
    severity: z.enum(severities).default("warning").describe("info, warning or critical"),
    notify: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Who is told, instead of the chain: names, or group:farm"),
    message: z
      .string()
      .min(1)
      .max(80)
      .optional()
      .describe("What is said, instead of the usual words"),
  })
  .superRefine((rule, context) => {
    const said = conditionNames.filter((name) => rule[name] !== undefined);
    if (said.length !== 1) {
      context.addIssue(`expected one of ${conditionNames.join(", ")}; got ${said.length}`);
    }
    const needsProperty = said.some((name) =>
      ["below", "above", "is", "rises", "falls"].includes(name),
    );
    if (needsProperty && rule.property === undefined) {
      context.addIssue({ code: "custom", path: ["property"], message: "expected a property" });
    }
  });
export type AlertRule = z.infer<typeof alertRuleSchema>;
