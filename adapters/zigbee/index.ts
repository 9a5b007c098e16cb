import { defineAdapter, type RequestSpec } from "koine/adapter";
import { ZigbeeAdapter } from "./adapter.ts";
import { configSchema, type ZigbeeConfig } from "./config.ts";
import { needs } from "./needs.ts";
import { verbs } from "./requests.ts";
import { tools } from "./tools.ts";

const requests: Readonly<Record<string, RequestSpec>> = verbs;

/** Zigbee devices on a stick; each stick in a thread of its own. */
export const zigbee = defineAdapter<ZigbeeConfig>({
  kind: "zigbee",
  module: import.meta.url,
  isolation: "worker",
  configSchema,
  requests,
  tools,
  needs,
  create: (config) => new ZigbeeAdapter(config),
});
