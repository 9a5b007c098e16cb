import { slug, z, type Identifier } from "koine/adapter";
import type { Caller } from "../../caller.ts";
import type { Listening } from "../../dialect.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { numberOf, parseDeviceObject, stringOf, type JsonObject } from "../../../reading/json.ts";
import { peerShape } from "../../peers.ts";
import { isLaterId, laterAnnouncement } from "./announcement.ts";

export const shellyPeerSchema = z.object({
  ...peerShape,
  /** The device's MQTT prefix: its id unless the user chose another. */
  prefix: z.string(),
  mac: z.string().optional(),
  /** The model word of its id: `plus1pm`, `pro3em`. */
  model: z.string().optional(),
  /** Components that last reported errors. */
  faulty: z.array(z.string()).readonly(),
  /** Whether it has components that only energy meters have. */
  isMeter: z.boolean().optional(),
});
/** What is remembered of one Shelly of generation 2 or later. */
export type ShellyPeer = Readonly<z.infer<typeof shellyPeerSchema>>;

type Settings = Omit<ShellyPeer, "key" | "ref" | "bases">;

export function shellyPeer(settings: Settings): ShellyPeer {
  const { prefix, mac } = settings;
  const byPrefix: Identifier = ["shelly", prefix];
  return {
    ...settings,
    key: prefix,
    ref: mac === undefined ? [byPrefix] : [["wifi", mac], byPrefix],
    bases: [prefix, `${prefix}/status`, `${prefix}/events`],
  };
}

/** The peer with the MAC address and the model that its id tells. */
export function withId(peer: ShellyPeer, id: string | undefined): ShellyPeer {
  const [, model, mac] = /^shelly([a-z0-9]+)-([0-9a-f]{12})$/i.exec(id ?? "") ?? [];
  if (model === undefined || mac === undefined) return peer;
  return shellyPeer({ ...peer, model: model.toLowerCase(), mac: mac.toLowerCase() });
}

export function withMac(peer: ShellyPeer, mac: string | undefined): ShellyPeer {
  if (mac === undefined || !/^[0-9a-f]{12}$/i.test(mac)) return peer;
  return shellyPeer({ ...peer, mac: mac.toLowerCase() });
}

/** Component types that only a Shelly has in its status topics. */
const componentTopic =
  /^(?<prefix>.+)\/status\/(?<component>(?:switch|light|rgbw?|cct|cover|input|em1?|em1?data|pm1|temperature|humidity|illuminance|devicepower|voltmeter|smoke|flood):(?<n>\d+)|[a-z0-9_]+(?::\d+)?)$/;

/** The peer that a topic speaks of, as far as topic and payload leave no doubt. */
export function peerOfFrame(
  frame: Frame,
  { peers, caller }: Listening<ShellyPeer>,
): ShellyPeer | undefined {
  const { topic, payload } = frame;
  const announced = laterAnnouncement(frame);
  if (announced) return ofAnnouncement(topic, announced.id, peers);
  if (topic === `${caller.name}/rpc`) return answering(payload, peers, caller);
  const found = topic.endsWith("/events/rpc") ? ofEvent(topic, payload) : ofTopic(topic, payload);
  return found && slug(found.prefix) !== "" ? found : undefined;
}

/** All announce themselves on one topic, by their id, or below their prefix. */
function ofAnnouncement(
  topic: string,
  id: string,
  peers: ReadonlyMap<string, ShellyPeer>,
): ShellyPeer {
  const isCommon = topic === "shellies/announce";
  const named = withId(bare(isCommon ? id : topic.slice(0, -"/announce".length)), id);
  const known = [...peers.values()].find(
    ({ prefix, mac }) => prefix === named.prefix || (mac !== undefined && mac === named.mac),
  );
  return known ?? named;
}

function ofEvent(topic: string, payload: string): ShellyPeer | undefined {
  const message = parseDeviceObject(payload);
  const id = stringOf(message?.["src"]);
  if (id === undefined || stringOf(message?.["method"])?.startsWith("Notify") !== true) {
    return undefined;
  }
  return withId(bare(topic.slice(0, -"/events/rpc".length)), id);
}

function ofTopic(topic: string, payload: string): ShellyPeer | undefined {
  const groups = componentTopic.exec(topic)?.groups;
  const prefix = groups?.["prefix"] ?? /^(.+)\/online$/.exec(topic)?.[1];
  if (prefix === undefined) return undefined;
  const byId = withId(bare(prefix), lastLevel(prefix));
  // Generation 1 has ids of the same form, always below shellies/.
  const isLater = groups || !prefix.startsWith("shellies/") || isLaterId(lastLevel(prefix));
  if (byId.mac !== undefined && isLater) return byId;
  const status = groups && parseDeviceObject(payload);
  return status && provesShelly(status, groups) ? withMac(byId, macOf(status, groups)) : undefined;
}

function lastLevel(topic: string): string {
  return topic.slice(topic.lastIndexOf("/") + 1);
}

/** A status names its own component, or is the system's with its MAC address. */
function provesShelly(status: JsonObject, groups: Readonly<Record<string, string>>): boolean {
  if (groups["n"] !== undefined) return status["id"] === Number(groups["n"]);
  return groups["component"] === "sys" && stringOf(status["mac"]) !== undefined;
}

function macOf(
  status: JsonObject,
  { component }: Readonly<Record<string, string>>,
): string | undefined {
  return component === "sys" ? stringOf(status["mac"]) : undefined;
}

/** The peer that answers a request of ours: the number tells which was asked. */
function answering(
  payload: string,
  peers: ReadonlyMap<string, ShellyPeer>,
  caller: Caller,
): ShellyPeer | undefined {
  const number = numberOf(parseDeviceObject(payload)?.["id"]);
  const key = number === undefined ? undefined : caller.asked(number);
  return key === undefined ? undefined : peers.get(key);
}

function bare(prefix: string): ShellyPeer {
  return shellyPeer({ prefix, faulty: [] });
}
