import type { Need } from "../../core/adapter.ts";
import { ConfigError } from "../../errors.ts";
import type { Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";
import { checkBluetooth } from "./bluetooth.ts";
import { checkBroker, checkServer } from "./network.ts";
import { checkSerial } from "./serial.ts";

/**
 * What an adapter needs, and whether that is there; `isUsed` while the gateway itself has it.
 * @throws whatever an adapter of somebody else does wrong
 */
export async function checkNeed(
  need: Need,
  isUsed: boolean,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  switch (need.type) {
    case "serial":
      return checkSerial(need, isUsed, surroundings);
    case "server":
      return checkServer(need, isUsed, surroundings);
    case "broker":
      return checkBroker(need, surroundings);
    case "bluetooth":
      return checkBluetooth(need, isUsed, surroundings);
    default:
      // JavaScript lets an author write what the type does not know.
      throw new ConfigError(`It needs something of an unknown type: ${JSON.stringify(need)}`);
  }
}
