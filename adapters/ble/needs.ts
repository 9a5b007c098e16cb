import { createRequire } from "node:module";
import type { BrokerNeed, Need } from "koine/adapter";
import type { BleConfig, RelayConfig } from "./config.ts";

/** The controller, and the brokers of relays. */
export function needs({ controller, relays, relay_to: target }: BleConfig): readonly Need[] {
  const brokers = [...relays, ...(target ? [target] : [])].flatMap(brokerOf);
  if (controller === "none") return brokers;
  if (controller.startsWith("tcp:")) {
    const url = new URL(controller);
    return [{ type: "server", what: "Bluetooth controller", url }, ...brokers];
  }
  return [{ type: "bluetooth", controller, load: loadNative }, ...brokers];
}

type Source = Pick<RelayConfig, "source" | "username" | "password">;

function brokerOf({ source, username, password }: Source): readonly BrokerNeed[] {
  if (source === "own") return [];
  const url = new URL(source);
  return [{ type: "broker", what: "MQTT broker of a relay", url, username, password }];
}

/** Its native part alone: loaded as a whole, the library opens a socket at once. */
function loadNative(): void {
  const noble = createRequire(import.meta.url).resolve("@abandonware/noble/package.json");
  createRequire(noble)("@abandonware/bluetooth-hci-socket");
}
