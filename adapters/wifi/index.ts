import { defineAdapter } from "koine/adapter";
import { WifiAdapter } from "./adapter.ts";
import { configSchema, type WifiConfig } from "./config.ts";
import { needs } from "./needs.ts";
import { tryMessage } from "./try-message.ts";

/** WiFi devices that speak MQTT: each make its own dialect, on Koine's broker or another. */
export const wifi = defineAdapter<WifiConfig>({
  kind: "wifi",
  module: import.meta.url,
  isolation: "none",
  configSchema,
  needs,
  create: (config) => new WifiAdapter(config),
  tryMessage,
});
