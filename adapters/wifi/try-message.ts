import type { AdapterEvent } from "koine/adapter";
import { createCaller } from "./caller.ts";
import type { WifiConfig } from "./config.ts";
import { dialects } from "./dialects/index.ts";
import { Normaliser } from "./normalise.ts";
import { Peers } from "./peers.ts";

/** What the adapter would tell of one message of a device it has not heard before. */
export function tryMessage(
  config: WifiConfig,
  { topic, payload }: { readonly topic: string; readonly payload: string },
): readonly AdapterEvent[] {
  const caller = createCaller(() => 0);
  const peers = new Peers(dialects);
  const normaliser = new Normaliser({ dialects, peers, config, caller, count: () => {} });
  return normaliser.read({ topic, payload, retained: false }).flatMap(({ events }) => events);
}
