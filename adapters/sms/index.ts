import { defineAdapter, type RequestSpec } from "koine/adapter";
import { SmsAdapter } from "./adapter.ts";
import { configSchema, type SmsConfig } from "./config.ts";
import { needs } from "./needs.ts";
import { verbs } from "./requests.ts";

const requests: Readonly<Record<string, RequestSpec>> = verbs;

/** Texts by mobile phone, over GSM modems. */
export const sms = defineAdapter<SmsConfig>({
  kind: "sms",
  module: import.meta.url,
  isolation: "none",
  configSchema,
  requests,
  needs,
  create: (config) => new SmsAdapter(config),
});
