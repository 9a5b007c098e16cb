import type { Ref, Scalar } from "koine/adapter";
import type { Heard, Hearing } from "../../dialect.ts";
import { below } from "../../named-peer.ts";
import type { ZwavePeer } from "./peer.ts";

/** The topic of the gateway that a topic is about: `zwave/_CLIENTS/ZWAVE_GATEWAY-<name>`. */
export function gatewayOf(topic: string, prefixes: readonly string[]): string | undefined {
  for (const prefix of prefixes) {
    const name = /^_CLIENTS\/([^/]+)\/(?:status|version)$/.exec(below(topic, prefix) ?? "")?.[1];
    if (name !== undefined) return `${prefix}/_CLIENTS/${name}`;
  }
  return undefined;
}

/** Whether it is a gateway and no node. */
export function isGateway({ root }: Pick<ZwavePeer, "root">): boolean {
  return root.includes("/_CLIENTS/");
}

/** What names a gateway: the name it was given. */
export function gatewayRef(root: string): Ref {
  return [["zwave-js-ui", root.slice(root.lastIndexOf("/") + 1).replace("ZWAVE_GATEWAY-", "")]];
}

/** What a gateway says of itself; behind one that is gone no node can be heard. */
export function gatewayHearing(
  path: string,
  value: Scalar | undefined,
  { ref, root }: ZwavePeer,
  peers: ReadonlyMap<string, ZwavePeer>,
): Hearing<ZwavePeer> {
  if (path === "version") {
    return { devices: [{ ref, facts: typeof value === "string" ? { firmware: value } : {} }] };
  }
  if (typeof value !== "boolean") return { devices: [], diagnostic: "bad_payload" };
  const own: Heard = { ref, facts: {}, availability: value ? "online" : "offline" };
  const nodes = value ? [] : nodesBehind(root, peers);
  return {
    devices: [own, ...nodes.map((node): Heard => ({ ref: node, availability: "unknown" }))],
  };
}

function nodesBehind(root: string, peers: ReadonlyMap<string, ZwavePeer>): readonly Ref[] {
  const [prefix = ""] = root.split("/_CLIENTS/");
  return [...peers.values()]
    .filter((peer) => below(peer.root, prefix) !== undefined && !isGateway(peer))
    .map(({ ref }) => ref);
}
