import { defineAdapter } from "koine/adapter";
import { BleAdapter } from "./adapter.ts";
import { configSchema, type BleConfig } from "./config.ts";
import { tools } from "./tools.ts";

/** Bluetooth Low Energy; the library for it may freeze or abort, so it has a process of its own. */
export const ble = defineAdapter<BleConfig>({
  kind: "ble",
  module: import.meta.url,
  isolation: "process",
  configSchema,
  tools,
  create: (config) => new BleAdapter(config),
});
