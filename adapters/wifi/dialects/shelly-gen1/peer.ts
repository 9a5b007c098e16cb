import { z } from "koine/adapter";
import type { Listening } from "../../dialect.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { parseDeviceObject, stringOf } from "../../../reading/json.ts";
import { macIn, rootedPeer, rootedPeerShape } from "../../named-peer.ts";
import { isLaterId, laterAnnouncement } from "../shelly-gen2/announcement.ts";
import { topics } from "./topics.ts";

export const shellyPeerSchema = z.object({
  ...rootedPeerShape,
  /** Relays that last tripped. */
  tripped: z.array(z.string()).readonly(),
  /** Number of the last event of each input. */
  events: z.record(z.string(), z.number()).readonly(),
  /** Mode of each light that has modes, by topic: `color/0` is `color`. */
  modes: z.record(z.string(), z.string()).readonly(),
  /** Lights that were heard under topics of their own: `light/0`. */
  lights: z.array(z.string()).readonly().default([]),
});
/** What is remembered of one Shelly of generation 1. */
export type ShellyPeer = Readonly<z.infer<typeof shellyPeerSchema>>;

/** The first level of every topic of generation 1. */
const first = "shellies/";

export function shellyPeer(id: string): ShellyPeer {
  // Newer ids end in the whole hardware address, older ones in half of it.
  const mac = /-([0-9a-f]{12})$/i.exec(id)?.[1]?.toLowerCase();
  const rooted = rootedPeer({ make: "shelly", name: id, root: first + id, mac });
  return { ...rooted, tripped: [], events: {}, modes: {}, lights: [] };
}

export function withMac(peer: ShellyPeer, text: string | undefined): ShellyPeer {
  const mac = macIn(text);
  if (mac === undefined || mac === peer.mac) return peer;
  const name = peer.root.slice(first.length);
  return { ...peer, ...rootedPeer({ make: "shelly", name, root: peer.root, mac }) };
}

/** `shellies/announce`, for all devices, or of one. Later generations announce themselves there too. */
export function announcementIn(frame: Frame): { id: string } | undefined {
  const { topic, payload } = frame;
  if (topic !== `${first}announce` || laterAnnouncement(frame)) return undefined;
  const id = stringOf(parseDeviceObject(payload)?.["id"]);
  return id === undefined || !isId(id) ? undefined : { id };
}

/** The peer that a topic speaks of. An id may have several levels. */
export function peerOfFrame(
  frame: Frame,
  { peers }: Pick<Listening<ShellyPeer>, "peers">,
): ShellyPeer | undefined {
  // What is taken back speaks of nobody who is there.
  if (frame.payload === "") return undefined;
  const announced = announcementIn(frame);
  if (announced) return peers.get(first + announced.id) ?? shellyPeer(announced.id);
  if (!frame.topic.startsWith(first)) return undefined;
  const levels = frame.topic.slice(first.length).split("/");
  for (let length = 1; length < levels.length; length++) {
    const id = levels.slice(0, length).join("/");
    const rest = levels.slice(length).join("/");
    if (isId(id) && isOwn(id, rest)) return shellyPeer(id);
  }
  return undefined;
}

function isId(id: string): boolean {
  return id !== "" && !/[+#\0]/.test(id);
}

/** Topics with a payload that needs more than a word. */
const documents =
  /^(?:announce|info|status|settings|(?:light|color|white)\/\d+\/status|input_event\/\d+|longpush\/\d+|ext_temperatures|ext_humidities)$/;

/** Whether a topic below an id is one of generation 1. */
function isOwn(id: string, rest: string): boolean {
  if (documents.test(rest) || topics.has(rest)) return true;
  // Later generations say so too, in their own words for a model.
  return rest === "online" && /^shelly/i.test(id) && !isLaterId(id);
}
