import { defineAdapter } from "koine/adapter";
import { SmsAdapter } from "./adapter.ts";
import { configSchema, type SmsConfig } from "./config.ts";

/** Texts by mobile phone, over GSM modems. */
export const sms = defineAdapter<SmsConfig>({
  kind: "sms",
  module: import.meta.url,
  isolation: "none",
  configSchema,
  create: (config) => new SmsAdapter(config),
});
