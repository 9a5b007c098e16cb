import { z, type Ref } from "koine/adapter";
import type { Dialect, Hearing, Heard } from "../dialect.ts";
import type { Observation } from "../../reading/observation.ts";
import type { Frame } from "../../mqtt/frame.ts";
import { numberOf, parseDeviceObject, stringOf, type JsonObject } from "../../reading/json.ts";
import { noCommands } from "../no-commands.ts";
import { macIn } from "../named-peer.ts";
import { numberIn } from "../../reading/codec.ts";
import { peerShape } from "../peers.ts";
import { ruuviReadings } from "./ruuvi/advertisement.ts";
import { decodedReadings } from "./ruuvi/decoded.ts";

const peerSchema = z.object({
  ...peerShape,
  /** The topic that those of all tags are below. */
  root: z.string(),
  /** Hardware addresses of the tags it hears. */
  tags: z.array(z.string()).readonly(),
});
type RuuviPeer = Readonly<z.infer<typeof peerSchema>>;

/** Tags of which one gateway remembers that it hears them; more are carried, but not remembered. */
const maxTags = 500;

/**
 * Ruuvi gateways, which pass on what they hear of Ruuvi's sensors, undecoded or decoded. Source: the
 * maker's documentation of the gateway's data formats and of the sensors' advertisements.
 */
export const ruuviGateway: Dialect<RuuviPeer> = {
  name: "ruuvi-gateway",
  rank: "native",
  peerSchema,
  recognise: (frame) => {
    const { root, mac } = gatewayOf(frame) ?? {};
    return root === undefined || mac === undefined ? undefined : ruuviPeer(root, mac);
  },
  normalise,
  encode: noCommands,
  identify: () => [],
  poll: () => [],
};

type RuuviHearing = Hearing<RuuviPeer>;

const address = "[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}";
const pattern = new RegExp(`^(.+)/(${address}|gw_status)$`);

function ruuviPeer(root: string, mac: string): RuuviPeer {
  return { key: root, ref: [["ruuvi-gateway", mac]], bases: [root], root, tags: [] };
}

/**
 * A message of a gateway names it, whatever stands before the address of the tag; its status is told
 * only from the usual topic.
 */
function gatewayOf({
  topic,
  payload,
}: Frame): { readonly root: string; readonly mac: string | undefined } | undefined {
  const [, root, last] = pattern.exec(topic) ?? [];
  if (root === undefined) return undefined;
  if (last === "gw_status") {
    const name = root.slice(root.lastIndexOf("/") + 1);
    return { root, mac: name.includes(":") ? macIn(name) : undefined };
  }
  if (!payload.includes('"gw_mac"')) return undefined;
  return { root, mac: macIn(stringOf(parseDeviceObject(payload)?.["gw_mac"])) };
}

function normalise({ topic, payload }: Frame, peer: RuuviPeer): RuuviHearing {
  const message = parseDeviceObject(payload);
  if (!message) return { devices: [], diagnostic: "bad_payload" };
  const last = topic.slice(peer.root.length + 1);
  return last === "gw_status" ? status(message, peer) : tag(last, message, peer);
}

/** What is behind a gateway that is gone cannot be heard. */
function status({ state }: JsonObject, { ref, tags }: RuuviPeer): RuuviHearing {
  if (state !== "online" && state !== "offline") return { devices: [], diagnostic: "bad_payload" };
  const own: Heard = { ref, facts: { manufacturer: "Ruuvi" }, availability: state };
  if (state === "online") return { devices: [own] };
  const behind = tags.map((mac): Heard => ({ ref: refOf(mac), availability: "unknown" }));
  return { devices: [own, ...behind] };
}

function tag(last: string, message: JsonObject, before: RuuviPeer): RuuviHearing {
  const mac = macIn(last);
  if (mac === undefined) return { devices: [], diagnostic: "bad_payload" };
  const data = stringOf(message["data"]);
  const readings = data === undefined ? decodedReadings(message) : ruuviReadings(data);
  if (readings === "unreadable") return { devices: [], diagnostic: "bad_payload" };
  // A beacon of another make: it is no sensor of ours.
  if (readings === undefined) return { peer: before, devices: [{ ref: before.ref, facts: {} }] };
  const observations = [...readings, ...signal(message)];
  const measuredAtMs = unixTime(message["ts"]);
  const isNew = !before.tags.includes(mac) && before.tags.length < maxTags;
  const peer = isNew ? { ...before, tags: [...before.tags, mac] } : before;
  const device: Heard = {
    ref: refOf(mac),
    facts: { manufacturer: "Ruuvi", via: before.ref },
    observations,
    ...(measuredAtMs !== undefined && { measuredAtMs }),
  };
  return { peer, devices: [{ ref: before.ref, facts: {} }, device] };
}

function refOf(mac: string): Ref {
  return [["ble", mac]];
}

function signal({ rssi }: JsonObject): Observation[] {
  return numberOf(rssi) === undefined
    ? []
    : [{ facts: { is: "rssi", source: "rssi" }, value: rssi ?? null }];
}

/** Seconds since 1970, as a number or a text. */
function unixTime(ts: JsonObject[string] | undefined): number | undefined {
  const seconds = typeof ts === "string" ? numberIn(ts) : numberOf(ts);
  return seconds !== undefined && seconds > 1e9 && seconds < 1e11 ? seconds * 1_000 : undefined;
}
