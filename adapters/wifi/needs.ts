import type { Need } from "koine/adapter";
import type { WifiConfig } from "./config.ts";

/** The broker of the devices, where it is not Koine's own. */
export function needs({ source, username, password }: WifiConfig): readonly Need[] {
  if (source === "own") return [];
  return [{ type: "broker", what: "MQTT broker", url: new URL(source), username, password }];
}
