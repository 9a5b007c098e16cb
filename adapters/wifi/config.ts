import { z } from "koine/adapter";

const brokers = "own, mqtt://host:port or mqtts://host:port";

/** A broker's address and nothing more: credentials have keys of their own. */
function isBroker(text: string): boolean {
  if (text === "own") return true;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isMqtt = url?.protocol === "mqtt:" || url?.protocol === "mqtts:";
  return isMqtt && url.hostname !== "" && /^mqtts?:\/\/[^/@?#]+\/?$/.test(text);
}

/** `#` only as the last level, `+` only as a whole one. */
function isFilter(text: string): boolean {
  return /^(?:[^#+\0/]*|\+)(?:\/(?:[^#+\0/]*|\+))*(?:\/#)?$|^#$/.test(text) && text !== "";
}

const fullTopic = z
  .string()
  .refine((text) => text.includes("%topic%") && text.includes("%prefix%"), {
    message: "expected a FullTopic with %prefix% and %topic%",
  });

/** Everything a `use: wifi` entry may say. */
export const configSchema = z.strictObject({
  source: z
    .string()
    .refine(isBroker, `expected ${brokers}; username and password are keys of their own`)
    .default("own")
    .describe(`The broker the devices talk to: ${brokers}`),
  username: z.string().optional().describe("User name at that broker"),
  password: z.string().optional().describe("Password at that broker; use !secret"),
  filters: z
    .array(z.string().refine(isFilter, "expected a topic filter, such as tele/#"))
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
