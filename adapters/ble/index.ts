import { defineAdapter, z } from "koine/adapter";
import { BleAdapter } from "./adapter.ts";
import { configSchema, type BleConfig } from "./config.ts";
import { needs } from "./needs.ts";
import { tools } from "./tools.ts";

/** Bluetooth Low Energy; the library for it may freeze or abort, so it has a process of its own. */
export const ble = defineAdapter<BleConfig>({
  kind: "ble",
  module: import.meta.url,
  isolation: "process",
  configSchema,
  requests: {
    status: {
      description: "how the radio stands, what it has heard, and what was dropped or mended",
      params: z.strictObject({}),
    },
  },
  tools,
  needs,
  create: (config) => new BleAdapter(config),
});
