import { z } from "koine/adapter";
import { mappingSchema } from "./dialects/generic/mapping.ts";

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

/** One text or several. */
const texts = (item: z.ZodType<string>, fallback: readonly string[]) =>
  z
    .union([item, z.array(item)])
    .transform((given) => (typeof given === "string" ? [given] : given))
    .prefault([...fallback]);

const fullTopic = z
  .string()
  .refine((text) => text.includes("%topic%") && text.includes("%prefix%"), {
    message: "expected a FullTopic with %prefix% and %topic%",
  });

const topic = z.string().refine((text) => isFilter(text) && !/[+#]/.test(text), {
  message: "expected a topic without wildcards, and without / at the end",
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
      full_topic: texts(fullTopic, ["%prefix%/%topic%/", "%topic%/%prefix%/"]).describe(
        "FullTopic settings of devices that do not announce themselves",
      ),
    })
    .prefault({})
    .describe("Tasmota devices"),
  zigbee2mqtt: z
    .strictObject({
      base_topic: texts(topic, ["zigbee2mqtt"]).describe("Base topics of zigbee2mqtt bridges"),
    })
    .prefault({})
    .describe("zigbee2mqtt"),
  zwave_js_ui: z
    .strictObject({
      prefix: texts(topic, ["zwave"]).describe("Topic prefixes of Z-Wave JS UI gateways"),
      temperature_unit: z
        .enum(["C", "F"])
        .default("C")
        .describe("Unit of temperatures where the gateway does not publish whole values"),
    })
    .prefault({})
    .describe("Z-Wave JS UI"),
  openbeken: z
    .strictObject({
      names: texts(topic, []).describe("Client topics of devices that are not called obk…"),
    })
    .prefault({})
    .describe("OpenBeken devices"),
  espurna: z
    .strictObject({
      hosts: texts(topic, []).describe("Root topics of devices that are not called ESPURNA-…"),
    })
    .prefault({})
    .describe("ESPurna devices"),
  openevse: z
    .strictObject({
      base_topic: texts(topic, []).describe("Base topics of chargers that do not announce theirs"),
    })
    .prefault({})
    .describe("OpenEVSE chargers"),
  wled: z
    .strictObject({
      topics: texts(topic, []).describe("Device topics that are not wled/…"),
    })
    .prefault({})
    .describe("WLED lights"),
  valetudo: z
    .strictObject({
      prefix: texts(topic, ["valetudo"]).describe("Topic prefixes of Valetudo robots"),
    })
    .prefault({})
    .describe("Valetudo robots"),
  home_assistant: z
    .strictObject({
      prefix: texts(topic, ["homeassistant"]).describe(
        "Discovery prefixes under which devices are described for Home Assistant",
      ),
    })
    .prefault({})
    .describe("Devices described for Home Assistant"),
  generic: z.array(mappingSchema).default([]).describe("Devices that speak no known dialect"),
});
export type WifiConfig = z.infer<typeof configSchema>;
