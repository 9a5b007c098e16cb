import { z, type Identifier } from "koine/adapter";
import type { Heard } from "../../dialect.ts";
import { rootedPeer, rootedPeerShape } from "../../named-peer.ts";

export const gatewayPeerSchema = z.object({
  ...rootedPeerShape,
  /** What names the devices it hears. */
  behind: z
    .array(z.tuple([z.string(), z.string()]).readonly())
    .readonly()
    .default([]),
});
/** What is remembered of one gateway. */
export type GatewayPeer = Readonly<z.infer<typeof gatewayPeerSchema>>;

/** Devices of which one gateway remembers that it hears them; more are carried, but not remembered. */
const maxBehind = 500;

export function gatewayPeer(root: string, mac?: string): GatewayPeer {
  const name = root.slice(root.lastIndexOf("/") + 1);
  const make = /theengs/i.test(name) ? "theengs" : "openmqttgateway";
  return { ...rootedPeer({ make, name, root, mac }), behind: [] };
}

/** The peer with its hardware address. */
export function withAddress(peer: GatewayPeer, mac: string): GatewayPeer {
  return { ...gatewayPeer(peer.root, mac), behind: peer.behind };
}

/** The peer, remembering that it hears a device. */
export function hearing(peer: GatewayPeer, [identifier]: Heard["ref"]): GatewayPeer {
  if (!identifier || peer.behind.length >= maxBehind) return peer;
  return peer.behind.some((one) => isSame(one, identifier))
    ? peer
    : { ...peer, behind: [...peer.behind, identifier] };
}

function isSame(a: Identifier, b: Identifier): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
