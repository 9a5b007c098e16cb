import type { Scalar } from "koine/adapter";
import { limits } from "./limits.ts";
import { isChanging } from "./private-addresses.ts";
import type { Sender, Senders } from "./senders.ts";

const unheardDbm = -127;

/**
 * Who is in reach and no device: the strongest by name, the others in number. Addresses that change
 * are only counted: they say nothing to anybody, and they are somebody's phone.
 */
export function summaryOf(senders: Senders, devices: number, now: number): Record<string, Scalar> {
  const inReach = [...senders.strangers].filter(({ heardAt }) => now - heardAt < limits.strangerMs);
  const lasting = inReach.filter((one) => one.identity !== undefined || !isChanging(one));
  const strongest = lasting.toSorted((one, other) => strength(other) - strength(one));
  return {
    devices,
    strangers: inReach.length,
    changing: inReach.length - lasting.length,
    strongest: strongest.slice(0, limits.seen).map((one) => row(one, now)),
  };
}

function strength({ sources }: Sender): number {
  return sources.rssi ?? unheardDbm;
}

function row(sender: Sender, now: number): Record<string, Scalar> {
  const { address, sources, localName, model, identity, heardAt, isConnectable } = sender;
  return {
    ...(!isChanging(sender) && { address: address.replace(/..(?=.)/g, "$&:") }),
    ...(identity !== undefined && { beacon: identity }),
    ...(localName !== undefined && { name: localName }),
    ...(model !== undefined && { model }),
    ...(sources.rssi !== undefined && { rssi: Math.round(sources.rssi) }),
    receivers: [...sources.names],
    connectable: isConnectable,
    heard_s: Math.round((now - heardAt) / 1_000),
  };
}
