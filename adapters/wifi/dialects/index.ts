import type { Dialect, Peer } from "../dialect.ts";
import { shellyGen2 } from "./shelly-gen2/index.ts";
import { tasmota } from "./tasmota/index.ts";

/** Every dialect, in the order in which they may claim a topic. */
export const dialects: readonly Dialect<Peer>[] = [tasmota, shellyGen2];
