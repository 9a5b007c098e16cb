import type { PropertyFacts } from "koine/adapter";
import type { Dialect, Heard, Hearing } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import {
  listOf,
  numberOf,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { below } from "../../named-peer.ts";
import { laterAnnouncement } from "../shelly-gen2/announcement.ts";
import { encode } from "./commands.ts";
import { announcedFacts, documentObservations, pressOf } from "./documents.ts";
import { lightObservations, lightsIn } from "./light.ts";
import { announcementIn, peerOfFrame, shellyPeerSchema, withMac, type ShellyPeer } from "./peer.ts";
import { topics } from "./topics.ts";

/**
 * Shelly devices of generation 1. Source: Shelly's API documentation of generation 1, and what
 * devices of many models were seen to send.
 */
export const shellyGen1: Dialect<ShellyPeer> = {
  name: "shelly-gen1",
  rank: "native",
  peerSchema: shellyPeerSchema,
  recognise: (frame, known) =>
    peerOfFrame(frame, known) ?? (isBadAnnouncement(frame) ? unreadable : undefined),
  normalise,
  encode,
  identify: announce,
  poll: announce,
};

type ShellyHearing = Hearing<ShellyPeer>;

const nothing: ShellyHearing = { devices: [] };
const unreadable = { devices: [], diagnostic: "bad_payload" } as const;

function isBadAnnouncement(frame: Frame): boolean {
  return frame.topic === "shellies/announce" && frame.payload !== "" && !laterAnnouncement(frame);
}

/** Makes the device tell its hardware address, and publish all it has. */
function announce({ root }: ShellyPeer): { topic: string; payload: string }[] {
  return ["announce", "update"].map((payload) => ({ topic: `${root}/command`, payload }));
}

function normalise(frame: Frame, peer: ShellyPeer): ShellyHearing {
  const { topic, payload } = frame;
  const path = announcementIn(frame) ? "announce" : (below(topic, peer.root) ?? "");
  if (path === "online") return online(payload, peer);
  // Commands of others, and settings, which hold passwords.
  if (/(?:^|\/)(?:command|set)(?:\/|$)/.test(path) || path === "settings") return nothing;
  if (documents.test(path)) {
    const document = parseDeviceObject(payload);
    return document ? documentHearing(path, document, peer) : unreadable;
  }
  if (path.startsWith("longpush/")) return longPush(path, payload, peer);
  const found = topics.read(path, payload);
  if (found === "unreadable") return { devices: [], diagnostic: "bad_value" };
  return found ? topicHearing(path, payload, found, peer) : nothing;
}

const documents =
  /^(?:announce|info|status|(?:light|color|white)\/\d+\/status|input_event\/\d+|ext_temperatures|ext_humidities)$/;

function online(payload: string, { ref }: ShellyPeer): ShellyHearing {
  if (payload !== "true" && payload !== "false") return unreadable;
  return { devices: [{ ref, availability: payload === "true" ? "online" : "offline" }] };
}

function documentHearing(path: string, document: JsonObject, before: ShellyPeer): ShellyHearing {
  if (path === "announce" || path === "info") {
    const peer = withMac(before, stringOf(document["mac"]));
    if (path === "announce") return heard(peer, { facts: announcedFacts(document) });
    return infoHearing(document, peer);
  }
  if (path.startsWith("input_event/")) return inputEvent(path.slice(12), document, before);
  if (path.endsWith("/status")) return light(path, document, before);
  const wrapped = path.startsWith("ext_") ? { [path]: document } : document;
  return heard(before, { facts: {}, observations: documentObservations(wrapped) });
}

function infoHearing(info: JsonObject, before: ShellyPeer): ShellyHearing {
  const lights = lightsIn(info, before);
  const modes = lights.flatMap(({ topic, status }) => {
    const mode = stringOf(status["mode"]);
    return mode === undefined ? [] : [[topic, mode] as const];
  });
  const peer = { ...before, modes: { ...before.modes, ...Object.fromEntries(modes) } };
  const observations = [
    ...documentObservations(info),
    ...lights.flatMap(({ topic, status }) => lightObservations(`${topic}/status`, status)),
  ];
  const properties = listOf(info["rollers"]).map((_, n) => coverAction(`roller/${n}`));
  return heard(peer, { facts: { properties }, observations });
}

/** The device tells its last press over and over. */
function inputEvent(input: string, document: JsonObject, before: ShellyPeer): ShellyHearing {
  const count = numberOf(document["event_cnt"]);
  if (count === undefined) return unreadable;
  const isOld = before.events[input] === count;
  const peer = { ...before, events: { ...before.events, [input]: count } };
  return heard(peer, { events: isOld ? [] : pressOf(input, document) });
}

/** Old firmware without `input_event` tells of a press only here. */
function longPush(path: string, payload: string, peer: ShellyPeer): ShellyHearing {
  const input = path.slice("longpush/".length);
  if (peer.events[input] !== undefined || !/^[01]$/.test(payload)) return nothing;
  const action = payload === "1" ? "long_press" : "press";
  return heard(peer, { events: [{ name: "action", action, part: String(Number(input) + 1) }] });
}

function light(path: string, status: JsonObject, before: ShellyPeer): ShellyHearing {
  const topic = path.slice(0, -"/status".length);
  const mode = stringOf(status["mode"]);
  const modes = mode === undefined ? before.modes : { ...before.modes, [topic]: mode };
  const peer = withLight({ ...before, modes }, topic);
  return heard(peer, { observations: lightObservations(path, status) });
}

function withLight(peer: ShellyPeer, topic: string): ShellyPeer {
  return peer.lights.includes(topic) ? peer : { ...peer, lights: [...peer.lights, topic] };
}

/** A relay that trips says so in place of `off`; that it may be used again, by its next word. */
function topicHearing(
  path: string,
  payload: string,
  found: readonly Observation[],
  known: ShellyPeer,
): ShellyHearing {
  const before = /^(?:light|color|white)\/\d+$/.test(path) ? withLight(known, path) : known;
  const isSwitch = /^(?:relay|light|color|white)\/\d+$/.test(path);
  const hasTripped = payload === "overpower";
  const properties: PropertyFacts[] = path.startsWith("roller/") ? [coverAction(path)] : [];
  if (!isSwitch || (!hasTripped && !before.tripped.includes(path))) {
    return heard(before, { facts: { properties }, observations: found });
  }
  const others = before.tripped.filter((one) => one !== path);
  const part = path.replaceAll("/", "_");
  const facts = { is: "problem", part, optionalPart: true, source: path };
  const peer = { ...before, tripped: hasTripped ? [...others, path] : others };
  return heard(peer, { observations: [...found, { facts, value: hasTripped, raw: payload }] });
}

function coverAction(path: string): PropertyFacts {
  const n = Number(/\d+/.exec(path)?.[0] ?? 0);
  return { is: "cover_action", part: String(n + 1), source: `roller/${n}` };
}

function heard(peer: ShellyPeer, what: Omit<Heard, "ref">): ShellyHearing {
  return { peer, devices: [{ ref: peer.ref, ...what }] };
}
