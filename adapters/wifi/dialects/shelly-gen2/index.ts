import type { DeviceFacts, EventData, Scalar } from "koine/adapter";
import type { Answer, Dialect, Heard, Hearing } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import {
  isObject,
  listOf,
  numberOf,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { laterAnnouncement } from "./announcement.ts";
import { encode, identify, poll } from "./commands.ts";
import { componentObservations, numberedPart, problem } from "./components.ts";
import {
  peerOfFrame,
  shellyPeer,
  shellyPeerSchema,
  withId,
  withMac,
  type ShellyPeer,
} from "./peer.ts";

/**
 * Shelly devices of generation 2, 3 and 4. Source: Shelly's API documentation (MQTT, RPC channels,
 * component services) and the status documents of many models.
 */
export const shellyGen2: Dialect<ShellyPeer> = {
  name: "shelly-gen2",
  rank: "native",
  peerSchema: shellyPeerSchema,
  recognise: peerOfFrame,
  normalise,
  encode,
  identify,
  poll,
};

type ShellyHearing = Hearing<ShellyPeer>;

const unreadable: ShellyHearing = { devices: [], diagnostic: "bad_payload" };

function normalise(frame: Frame, peer: ShellyPeer): ShellyHearing {
  const { topic, payload } = frame;
  const announced = laterAnnouncement(frame);
  if (announced) return deviceInfo(announced.info, peer);
  const below = topic.startsWith(`${peer.prefix}/`) ? topic.slice(peer.prefix.length + 1) : "";
  if (below === "online") return online(payload, peer);
  // Requests of others to the device.
  if (below === "rpc" || below === "command") return { devices: [] };
  const message = parseDeviceObject(payload);
  if (!message)
    return below.startsWith("status/") || below === "events/rpc" ? unreadable : { devices: [] };
  if (below === "events/rpc") return notification(message, peer);
  if (below.startsWith("status/")) {
    return statusHearing({ [below.slice("status/".length)]: message }, peer, { whole: true });
  }
  // What answers others is not recognised in the first place.
  return topic.endsWith("/rpc")
    ? answer(message, withId(peer, stringOf(message["src"])))
    : { devices: [] };
}

function online(payload: string, peer: ShellyPeer): ShellyHearing {
  if (payload !== "true" && payload !== "false") return unreadable;
  const availability = payload === "true" ? "online" : "offline";
  return { devices: [{ ref: peer.ref, availability }] };
}

function notification(message: JsonObject, before: ShellyPeer): ShellyHearing {
  const peer = withId(before, stringOf(message["src"]));
  const { method, params } = message;
  if (!isObject(params)) return unreadable;
  const at = { measuredAtMs: deviceTime(params["ts"]) };
  if (method === "NotifyStatus") return statusHearing(params, peer, { whole: false, ...at });
  if (method === "NotifyFullStatus") return statusHearing(params, peer, { whole: true, ...at });
  if (method === "NotifyEvent")
    return { peer, devices: [{ ref: peer.ref, events: eventsOf(params) }] };
  return { peer, devices: [] };
}

interface StatusOptions {
  /** Whether what is absent is absent in the device too, rather than unchanged. */
  readonly whole: boolean;
  readonly measuredAtMs?: number | undefined;
}

function statusHearing(
  status: JsonObject,
  before: ShellyPeer,
  { whole, measuredAtMs }: StatusOptions,
): ShellyHearing {
  const sys = status["sys"];
  const named = withMac(before, isObject(sys) ? stringOf(sys["mac"]) : undefined);
  const identified = Object.keys(status).some(isOfMeter) ? { ...named, isMeter: true } : named;
  const observations: Observation[] = [];
  const faulty = new Set(identified.faulty);
  for (const [component, fields] of Object.entries(status)) {
    if (!isObject(fields)) continue;
    for (const one of componentObservations(component, fields, identified)) observations.push(one);
    if (component.startsWith("cover:")) observations.push(coverAction(component));
    if (fields["errors"] !== undefined) faulty.add(component);
    else if (whole && faulty.delete(component)) observations.push(problem(component, false));
  }
  const peer = shellyPeer({ ...identified, faulty: [...faulty] });
  const properties = observations.filter(isActionOnly).map((one) => one.facts);
  const facts: DeviceFacts = { ...(isObject(sys) && sleepFacts(sys)), properties };
  const device: Heard = {
    ref: peer.ref,
    facts,
    observations: observations.filter((one) => !isActionOnly(one)),
    ...(measuredAtMs !== undefined && { measuredAtMs }),
  };
  return { peer, devices: [device] };
}

function isOfMeter(component: string): boolean {
  return /^(?:em1?(?:data)?|pm1):/.test(component);
}

/** A battery device tells how often it wakes up; on mains this is 0 or absent. */
function sleepFacts({ wakeup_period: period }: JsonObject): DeviceFacts {
  return typeof period === "number" && period > 0 ? { sleepy: true, intervalS: period } : {};
}

/** A cover can be moved, which its status does not say. */
function coverAction(component: string): Observation {
  const facts = { is: "cover_action", ...numberedPart(component), source: component };
  return { facts, value: null };
}

function isActionOnly({ facts }: Observation): boolean {
  return facts.is === "cover_action";
}

const actions = new Map([
  ["single_push", "press"],
  ["double_push", "double_press"],
  ["triple_push", "triple_press"],
  ["long_push", "long_press"],
  ["long_double_push", "long_double_press"],
  ["long_triple_push", "long_triple_press"],
  // A button that is down is held until it is up.
  ["btn_down", "hold"],
  ["btn_up", "release"],
]);

/** Pushes of buttons; other events of a Shelly say that a configuration changed and the like. */
function eventsOf({ events }: JsonObject): EventData[] {
  return listOf(events)
    .filter(isObject)
    .flatMap(({ component, event, idx: button }) => {
      const action = typeof event === "string" ? actions.get(event) : undefined;
      if (action === undefined || typeof component !== "string") return [];
      const { part } = numberedPart(component);
      if (part === undefined || typeof button !== "number")
        return [{ name: "action", action, ...(part !== undefined && { part }) }];
      // One remote with several buttons.
      return [{ name: "action", action, part: `${part}_${button + 1}` }];
    });
}

/** The answer to a request of ours: what it says is as good as a report. */
function answer(message: JsonObject, before: ShellyPeer): ShellyHearing {
  const number = numberOf(message["id"]);
  if (number === undefined) return { devices: [] };
  const { result, error } = message;
  const reason = isObject(error) ? (stringOf(error["message"]) ?? "error") : undefined;
  const said: Answer = { number, ...(reason !== undefined && { error: reason }) };
  if (!isObject(result)) return { devices: [], answer: said };
  if (result["app"] !== undefined) return { ...deviceInfo(result, before), answer: said };
  const hearing = statusHearing(result, before, { whole: true });
  return { ...hearing, answer: said };
}

/** `Shelly.GetDeviceInfo` */
function deviceInfo(info: JsonObject, before: ShellyPeer): ShellyHearing {
  const peer = withMac(withId(before, stringOf(info["id"])), stringOf(info["mac"]));
  const name = stringOf(info["name"]);
  const model = stringOf(info["model"]);
  const firmware = stringOf(info["ver"]);
  const facts: DeviceFacts = {
    manufacturer: "Shelly",
    ...(name !== undefined && { name }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
  };
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

/** Seconds since 1970, once the device has a clock; before that, since it started. */
function deviceTime(ts: Scalar | undefined): number | undefined {
  return typeof ts === "number" && ts > 1e9 ? ts * 1_000 : undefined;
}
