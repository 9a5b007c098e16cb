import { readFileSync } from "node:fs";
import { z } from "zod";

const frameSchema = z.object({
  topic: z.string(),
  payload: z.string(),
  retain: z.boolean().default(false),
});

const expectationSchema = z.looseObject({
  device: z.string().optional(),
  name: z.string().optional(),
  via: z.string().optional(),
  device_id_pattern: z.string().optional(),
  values: z.record(z.string(), z.json()).optional(),
  quality: z.record(z.string(), z.string()).optional(),
  absent: z.array(z.string()).optional(),
  availability: z.string().optional(),
  event: z.object({ name: z.string(), action: z.string(), part: z.string().optional() }).optional(),
  describes: z.record(z.string(), z.string()).optional(),
  diagnostic: z.string().optional(),
  ignored: z.boolean().optional(),
  no_event: z.boolean().optional(),
  duplicate: z.boolean().optional(),
  removed: z.boolean().optional(),
  time_source: z.string().optional(),
  time: z.string().optional(),
  devices_via: z.string().optional(),
  availability_all: z.string().optional(),
});

const stateCaseSchema = z.object({
  id: z.string(),
  dialect: z.string(),
  kind: z.literal("state"),
  topic: z.string(),
  payload: z.string(),
  retain: z.boolean().default(false),
  before: z.array(frameSchema).default([]),
  config: z.looseObject({}).optional(),
  expect: expectationSchema,
});
export type StateCase = z.infer<typeof stateCaseSchema>;

const commandCaseSchema = z.object({
  id: z.string(),
  dialect: z.string(),
  kind: z.literal("command"),
  device: z.string().nullable(),
  command: z.record(z.string(), z.json()),
  before: z.array(frameSchema).default([]),
  config: z.looseObject({}).optional(),
  expect: z.array(z.object({ topic: z.string(), payload: z.string() })),
});
export type CommandCase = z.infer<typeof commandCaseSchema>;

const caseSchema = z.discriminatedUnion("kind", [stateCaseSchema, commandCaseSchema]);
const fileSchema = z.object({ cases: z.array(z.looseObject({ dialect: z.string() })) });

/** The public cases of real WiFi/MQTT payloads and commands. */
export function wifiCases(): {
  readonly states: readonly StateCase[];
  readonly commands: readonly CommandCase[];
} {
  const path = new URL("../fixtures/wifi-dialects.json", import.meta.url);
  const { cases } = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const wanted = cases.map((one) => caseSchema.parse(one));
  return {
    states: wanted.filter((one) => one.kind === "state"),
    commands: wanted.filter((one) => one.kind === "command"),
  };
}
