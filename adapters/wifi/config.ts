import { z } from "koine/adapter";

const mqttUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "mqtt:" || url?.protocol === "mqtts:") return url;
  context.addIssue("expected own, mqtt://host:port or mqtts://host:port");
  return z.NEVER;
});

const fullTopic = z
  .string()
  .refine((text) => text.includes("%topic%") && text.includes("%prefix%"), {
    message: "expected a FullTopic with %prefix% and %topic%",
  });

/** Everything a `use: wifi` entry may say. */
export const configSchema = z.strictObject({
  source: z
    .union([z.literal("own"), mqttUrl], {
      error: "expected own, mqtt://host:port or mqtts://host:port",
    })
    .prefault("own")
    .describe("The broker the devices talk to: own, mqtt://host:port or mqtts://host:port"),
  username: z.string().optional().describe("User name at that broker"),
  password: z.string().optional().describe("Password at that broker; use !secret"),
  filters: z
    .array(z.string().min(1))
    .min(1)
    .default(["#"])
    .describe("Topics to listen to; narrow them on a busy broker"),
  tasmota: z
    .strictObject({
      full_topic: z
        .array(fullTopic)
        .default(["%prefix%/%topic%/", "%topic%/%prefix%/"])
        .describe("FullTopic settings of devices that do not announce themselves"),
    })
    .prefault({})
    .describe("Tasmota devices"),
});
export type WifiConfig = z.infer<typeof configSchema>;
