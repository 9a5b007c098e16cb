import type { Need } from "koine/adapter";
import type { ZigbeeConfig } from "./config.ts";
import { foldersBelow } from "../serial/usb.ts";
import { findPort } from "./detection.ts";

const what = "Zigbee stick";

/** The stick: on USB, or on the network. One that is found by mDNS is looked for by the library alone. */
export function needs(config: ZigbeeConfig): readonly Need[] {
  const { port } = config;
  if (port.startsWith("mdns:")) return [];
  if (/^(?:tcp|socket):/.test(port)) return [{ type: "server", what, url: new URL(port) }];
  return [
    {
      type: "serial",
      what,
      port,
      find: async (root) => [(await findPort(config, foldersBelow(root))).path ?? port],
    },
  ];
}
