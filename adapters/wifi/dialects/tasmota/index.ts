import type { DeviceFacts } from "koine/adapter";
import type { Dialect, Heard, Hearing } from "../../dialect.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import {
  isObject,
  numberOf,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { devicesBehind } from "./behind.ts";
import { encode, identify, poll } from "./commands.ts";
import { factsOfConfig, parseDiscoveryTopic, peerOfConfig, sensorsOf } from "./discovery.ts";
import { peerOfTopic, tasmotaPeer, tasmotaPeerSchema, type TasmotaPeer } from "./peer.ts";
import { shutterFacts } from "./properties.ts";
import { sensorObservations } from "./sensors.ts";
import {
  relayObservation,
  resultEvents,
  resultObservations,
  stateObservations,
  switchObservations,
} from "./state.ts";

/**
 * Tasmota firmware. Sources: the project's documentation (MQTT, Commands, JSON-Status-Responses)
 * and what devices of many versions were seen to send.
 */
export const tasmota: Dialect<TasmotaPeer> = {
  name: "tasmota",
  rank: "native",
  peerSchema: tasmotaPeerSchema,
  recognise(frame, { peers, config }) {
    const discovery = parseDiscoveryTopic(frame.topic);
    if (!discovery) return peerOfTopic(frame, config.tasmota.full_topic, peers);
    // An announcement that is taken back is empty.
    if (frame.payload === "") return undefined;
    if (discovery.part === "config")
      return peerOfConfig(frame.payload, discovery.mac) ?? unreadable;
    return [...peers.values()].find(({ mac }) => mac === discovery.mac);
  },
  normalise(frame, peer) {
    return parseDiscoveryTopic(frame.topic) ? announced(frame, peer) : reported(frame, peer);
  },
  encode,
  identify,
  poll,
};

type TasmotaHearing = Hearing<TasmotaPeer>;

const unreadable = { devices: [], diagnostic: "bad_payload" } as const;

function announced(frame: Frame, peer: TasmotaPeer): TasmotaHearing {
  if (parseDiscoveryTopic(frame.topic)?.part === "config") {
    return { peer, devices: [{ ref: peer.ref, facts: factsOfConfig(frame.payload, peer) }] };
  }
  const sensors = sensorsOf(frame.payload);
  return sensors ? sensorHearing(sensors, peer) : unreadable;
}

function reported({ topic, payload }: Frame, peer: TasmotaPeer): TasmotaHearing {
  const last = topic.slice(topic.lastIndexOf("/") + 1);
  if (last === "LWT") return lastWill(payload, peer);
  const relay = /^POWER(\d*)$/.exec(last)?.[1];
  if (relay !== undefined && !payload.startsWith("{")) {
    const observations = relayObservation(payload, Number(relay || 1), peer);
    return observations ? heard(peer, { observations }) : unreadable;
  }
  const message = parseDeviceObject(payload);
  if (message) return messageHearing(last, message, peer);
  // Answers to commands may be plain words; only a report has to be JSON.
  return telemetry.has(last) ? unreadable : { devices: [] };
}

const telemetry = new Set(["STATE", "SENSOR", "RESULT", "INFO1"]);

function lastWill(word: string, peer: TasmotaPeer): TasmotaHearing {
  if (word === peer.online) return heard(peer, { availability: "online" });
  return word === peer.offline ? heard(peer, { availability: "offline" }) : unreadable;
}

function messageHearing(last: string, message: JsonObject, peer: TasmotaPeer): TasmotaHearing {
  const [only] = Object.keys(message);
  const inner = only === undefined ? undefined : message[only];
  switch (last) {
    case "SENSOR":
      return sensorHearing(message, peer);
    case "ENERGY":
      return sensorHearing({ ENERGY: message }, peer);
    case "STATE":
      return stateHearing(message, peer);
    case "STATUS":
      return isObject(inner) ? resultHearing(settingsOf(inner), peer) : unreadable;
    case "INFO1":
      return heard(peer, { facts: firmwareFacts(isObject(inner) ? inner : message) });
    case "STATUS8":
    case "STATUS10":
      return isObject(inner) ? sensorHearing(inner, peer) : unreadable;
    case "STATUS11":
      return isObject(inner) ? stateHearing(inner, peer) : unreadable;
    case "STATUS2":
      return isObject(inner) ? heard(peer, { facts: firmwareFacts(inner) }) : unreadable;
    case "STATUS5":
      return isObject(inner) ? networkHearing(inner, peer) : unreadable;
    default:
      return resultHearing(message, peer);
  }
}

function stateHearing(state: JsonObject, peer: TasmotaPeer): TasmotaHearing {
  const observations = stateObservations(state, peer);
  return heard(peer, { facts: sleepFacts(state), observations }, state);
}

/** A device in deep sleep tells for how many seconds. */
function sleepFacts({ DeepSleep: own, Wifi: wifi }: JsonObject): DeviceFacts {
  const seconds = numberOf(own) ?? (isObject(wifi) ? numberOf(wifi["DeepSleep"]) : undefined);
  return seconds !== undefined && seconds > 0 ? { sleepy: true, intervalS: seconds } : {};
}

/** Of what the general status says only this is a property; its relays have topics of their own. */
function settingsOf({ PowerOnState: state }: JsonObject): JsonObject {
  return state === undefined ? {} : { PowerOnState: state };
}

function sensorHearing(sensors: JsonObject, peer: TasmotaPeer): TasmotaHearing {
  const { behind, own } = devicesBehind(sensors, peer);
  const observations = sensorObservations(own, peer);
  const hearing = heard(peer, { observations, ...(behind.length > 0 && { facts: {} }) }, sensors);
  return { ...hearing, devices: [...hearing.devices, ...behind] };
}

function resultHearing(result: JsonObject, peer: TasmotaPeer): TasmotaHearing {
  const { behind, own } = devicesBehind(result, peer);
  const hearing = heard(peer, {
    observations: [...resultObservations(own, peer), ...switchObservations(own, peer)],
    events: resultEvents(own, peer),
    ...(behind.length > 0 && { facts: {} }),
  });
  return { ...hearing, devices: [...hearing.devices, ...behind] };
}

/** Learns the MAC address of a device that did not announce it. */
function networkHearing(network: JsonObject, peer: TasmotaPeer): TasmotaHearing {
  const mac = stringOf(network["Mac"])?.replaceAll(":", "").toLowerCase();
  if (mac === undefined || !/^[0-9a-f]{12}$/.test(mac)) return unreadable;
  const known = tasmotaPeer({ ...peer, mac });
  return { peer: known, devices: [{ ref: known.ref, facts: {} }] };
}

function firmwareFacts(info: JsonObject): DeviceFacts {
  const model = stringOf(info["Module"]);
  const firmware = stringOf(info["Version"]);
  return { ...(model !== undefined && { model }), ...(firmware !== undefined && { firmware }) };
}

function heard(
  peer: TasmotaPeer,
  what: Omit<Heard, "ref">,
  message: JsonObject = {},
): TasmotaHearing {
  const measuredAtMs = zonedTime(message["Time"]);
  const device: Heard = {
    ref: peer.ref,
    ...what,
    ...(measuredAtMs !== undefined && { measuredAtMs }),
  };
  return { devices: [{ ...device, ...withShutterActions(device) }] };
}

/** A shutter that reports where it is can be moved, which only an announcement says. */
function withShutterActions({ facts, observations = [] }: Heard): Pick<Heard, "facts"> {
  const actions = observations.flatMap(({ facts: { is, source } }) => {
    const n = is === "cover_state" ? /^Shutter(\d+)$/.exec(source ?? "")?.[1] : undefined;
    return n === undefined ? [] : [shutterFacts(Number(n))[2]];
  });
  if (actions.length === 0) return {};
  return { facts: { ...facts, properties: [...(facts?.properties ?? []), ...actions] } };
}

/** The device's time in ms, only where it says its zone: most do not. */
function zonedTime(time: JsonObject[string] | undefined): number | undefined {
  if (typeof time !== "string" || !/(?:Z|[+-]\d{2}:?\d{2})$/.test(time.slice(19))) return undefined;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms;
}
