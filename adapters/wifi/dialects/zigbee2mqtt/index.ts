import {
  CommandError,
  slug,
  type Availability,
  type Command,
  type DeviceFacts,
  type Ref,
  type Scalar,
  type Write,
} from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Dialect, Encoded, Expectation, Heard, Hearing, Listening } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import { vendorField } from "../../fields.ts";
import type { Frame, Request } from "../../../mqtt/frame.ts";
import {
  isObject,
  listOf,
  parseDeviceJson,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { idOf } from "../../named-peer.ts";
import { actionFacts, actionOf } from "../../../exposes/actions.ts";
import { featuresOf, type Feature } from "../../../exposes/features.ts";
import { bridgePeer, devicePeer, groupPeer, type Zigbee2mqttPeer } from "./peer.ts";
import { stateObservations, wireValue } from "../../../exposes/values.ts";

/**
 * zigbee2mqtt as a source: the bridge and every device and group behind it. Source: the project's
 * documentation of its topics and of what devices expose.
 */
export const zigbee2mqtt: Dialect<Zigbee2mqttPeer> = {
  name: "zigbee2mqtt",
  rank: "native",
  tellsAll: true,
  recognise(frame, { config }) {
    const base = baseOf(frame, config.zigbee2mqtt.base_topic);
    return base === undefined ? undefined : bridgePeer(base);
  },
  normalise,
  encode,
  identify: () => [],
  poll,
};

type BridgeHearing = Hearing<Zigbee2mqttPeer>;

/** A bridge is told by its name, or by devices with addresses that only Zigbee has. */
function baseOf({ topic, payload }: Frame, bases: readonly string[]): string | undefined {
  const base = /^(.+)\/bridge\/(?:state|info|devices|groups)$/.exec(topic)?.[1];
  if (base === undefined || payload === "") return undefined;
  const isTold = topic.endsWith("/devices") && payload.includes('"ieee_address"');
  return bases.includes(base) || isTold ? base : undefined;
}

function normalise(
  frame: Frame,
  peer: Zigbee2mqttPeer,
  known: Listening<Zigbee2mqttPeer>,
): BridgeHearing {
  return peer.kind === "bridge" ? ofBridge(frame, peer, known) : ofDevice(frame, peer);
}

function ofBridge(
  { topic, payload }: Frame,
  peer: Zigbee2mqttPeer,
  known: Listening<Zigbee2mqttPeer>,
): BridgeHearing {
  switch (topic.slice(peer.base.length + "/bridge/".length)) {
    case "state":
      return bridgeState(payload, peer, known);
    case "info":
      return bridgeInfo(payload, peer);
    case "devices":
      return devices(payload, peer, known);
    case "groups":
      return groups(payload, peer, known);
    default:
      return { devices: [] };
  }
}

/** What is behind a bridge that is down cannot be reached; afterwards it is to be heard first. */
function bridgeState(
  payload: string,
  peer: Zigbee2mqttPeer,
  { peers }: Listening<Zigbee2mqttPeer>,
): BridgeHearing {
  const availability = availabilityIn(payload);
  if (availability === undefined) return { devices: [], diagnostic: "bad_payload" };
  const own: Heard = { ref: peer.ref, facts: { model: "zigbee2mqtt" }, availability };
  const behind = [...peers.values()].filter(
    ({ base, kind }) => base === peer.base && kind !== "bridge",
  );
  const theirs: Availability = availability === "offline" ? "offline" : "unknown";
  return {
    peer,
    devices: [own, ...behind.map(({ ref }) => ({ ref, facts: {}, availability: theirs }))],
  };
}

/** `online`, or `{"state":"online"}`. */
function availabilityIn(payload: string): "online" | "offline" | undefined {
  const word = payload.startsWith("{") ? parseDeviceObject(payload)?.["state"] : payload;
  return word === "online" || word === "offline" ? word : undefined;
}

function bridgeInfo(payload: string, peer: Zigbee2mqttPeer): BridgeHearing {
  const info = parseDeviceObject(payload);
  const firmware = stringOf(info?.["version"]);
  const facts: DeviceFacts = { model: "zigbee2mqtt", ...(firmware !== undefined && { firmware }) };
  return { peer, devices: [{ ref: peer.ref, facts, observations: permitJoin(info) }] };
}

/** Whether the network lets new devices in. */
function permitJoin(info: JsonObject | undefined): Observation[] {
  const value = info?.["permit_join"];
  if (typeof value !== "boolean") return [];
  return vendorField("zigbee", ["permit_join"], value, { kind: "diagnostic" });
}

function devices(
  payload: string,
  bridge: Zigbee2mqttPeer,
  { peers }: Listening<Zigbee2mqttPeer>,
): BridgeHearing {
  const list = parseDeviceJson(payload);
  if (list === undefined || !Array.isArray(list)) return { devices: [], diagnostic: "bad_payload" };
  const entries = listOf(list).filter(isObject);
  const found = entries.flatMap((entry) => {
    const peer = devicePeer(bridge.base, entry);
    return peer ? [{ entry, peer }] : [];
  });
  const there = new Set(found.map(({ peer }) => peer.key));
  const gone = [...peers.values()].filter(
    ({ kind, base, key }) => kind === "device" && base === bridge.base && !there.has(key),
  );
  return {
    peer: bridge,
    others: found.map(({ peer }) => peer),
    gone: gone.map(({ key }) => key),
    devices: [
      { ref: bridge.ref, facts: { model: "zigbee2mqtt" } },
      ...found.map(({ entry, peer }) => ({
        ref: peer.ref,
        facts: factsOf(entry, peer, bridge.ref),
      })),
    ],
  };
}

function factsOf(entry: JsonObject, peer: Zigbee2mqttPeer, via: Ref): DeviceFacts {
  const definition = entry["definition"];
  const { vendor, model } = isObject(definition) ? definition : { vendor: null, model: null };
  const [manufacturer, type, firmware] = [
    vendor ?? entry["manufacturer"],
    model ?? entry["model_id"],
    entry["software_build_id"],
  ].map((word) => stringOf(word ?? undefined));
  return {
    via,
    ...(peer.name.startsWith("0x") ? {} : { name: peer.name }),
    ...(manufacturer !== undefined && { manufacturer }),
    ...(type !== undefined && { model: type }),
    ...(firmware !== undefined && { firmware }),
    ...(isSleepy(entry) && { sleepy: true }),
    properties: [...featuresIn(peer).map(({ facts }) => facts), ...actionFacts(peer.exposes)],
  };
}

function isSleepy({ power_source: source, type }: JsonObject): boolean {
  return source === "Battery" || type === "GreenPower";
}

function groups(
  payload: string,
  bridge: Zigbee2mqttPeer,
  { peers }: Listening<Zigbee2mqttPeer>,
): BridgeHearing {
  const list = parseDeviceJson(payload);
  if (list === undefined || !Array.isArray(list)) return { devices: [], diagnostic: "bad_payload" };
  const found = listOf(list)
    .filter(isObject)
    .flatMap((entry) => groupPeer(bridge.base, entry, peers) ?? []);
  const there = new Set(found.map(({ key }) => key));
  const gone = [...peers.values()].filter(
    ({ kind, base, key }) => kind === "group" && base === bridge.base && !there.has(key),
  );
  return {
    peer: bridge,
    others: found,
    gone: gone.map(({ key }) => key),
    devices: [{ ref: bridge.ref, facts: {} }],
  };
}

/** Features are worked out once for what a device exposes. */
const worked = new WeakMap<readonly Scalar[], readonly Feature[]>();

function featuresIn({ exposes }: Zigbee2mqttPeer): readonly Feature[] {
  const known = worked.get(exposes) ?? featuresOf(exposes);
  worked.set(exposes, known);
  return known;
}

function ofDevice({ topic, payload }: Frame, peer: Zigbee2mqttPeer): BridgeHearing {
  const path = topic.slice(`${peer.base}/${peer.name}`.length);
  // Commands of others; and a topic of which the value was taken back, as when it is renamed.
  if (/^\/(?:set|get)(?:\/|$)|\/(?:set|get)$/.test(path) || payload === "") return { devices: [] };
  if (path === "/availability") {
    const availability = availabilityIn(payload);
    if (availability === undefined) return { devices: [], diagnostic: "bad_payload" };
    return { devices: [{ ref: peer.ref, facts: factsOfGroup(peer), availability }] };
  }
  if (path !== "") return single(path.slice(1), payload, peer);
  const state = parseDeviceObject(payload);
  if (!state) return { devices: [], diagnostic: "bad_payload" };
  const observations = stateObservations(state, featuresIn(peer));
  return {
    devices: [{ ref: peer.ref, facts: factsOfGroup(peer), observations, events: actionOf(state) }],
  };
}

function factsOfGroup({ kind, name, base }: Zigbee2mqttPeer): DeviceFacts {
  return kind === "group" ? { name, via: [idOf("zigbee2mqtt", base)] } : {};
}

/** The bridge may publish each value on a topic of its own. */
function single(key: string, payload: string, peer: Zigbee2mqttPeer): BridgeHearing {
  if (key.includes("/") || slug(key) === "") return { devices: [] };
  // With the whole document, too, an action would be told twice.
  if (key === "action") return { devices: [] };
  const value = key === "color" ? colorIn(payload) : (parseDeviceJson(payload) ?? payload);
  const observations = stateObservations({ [key]: value }, featuresIn(peer));
  return { devices: [{ ref: peer.ref, facts: factsOfGroup(peer), observations }] };
}

/** Three numbers, or the document that it is elsewhere. */
function colorIn(payload: string): Scalar {
  const [r, g, b] = payload.split(",").map(Number);
  const isRgb = r !== undefined && g !== undefined && b !== undefined;
  return isRgb && !Number.isNaN(r + g + b) ? { r, g, b } : (parseDeviceJson(payload) ?? null);
}

function encode(
  { writes, transitionS }: Extract<Command, { type: "set" }>,
  peer: Zigbee2mqttPeer,
): Encoded {
  const fields: Record<string, Scalar> = {};
  for (const write of writes) {
    const feature = featureFor(write, peer);
    const wire = feature && wireValue(feature, write.value);
    if (!feature || wire === undefined) {
      throw new CommandError("unsupported", `zigbee2mqtt has no command for ${write.is}`);
    }
    fields[feature.key] = wire;
  }
  const document = { ...fields, ...(transitionS !== undefined && { transition: transitionS }) };
  return {
    requests: [{ topic: `${peer.base}/${peer.name}/set`, payload: JSON.stringify(document) }],
    expectations: writes.map((write) => expectationOf(write, featureFor(write, peer))),
  };
}

function featureFor({ is, part }: Write, peer: Zigbee2mqttPeer): Feature | undefined {
  return featuresIn(peer).find(({ facts }) => facts.is === is && facts.part === part);
}

const motions = {
  open: ["open", "opening"],
  close: ["closed", "closing"],
  stop: ["stopped"],
} as const;

function expectationOf({ is, part, value }: Write, feature: Feature | undefined): Expectation {
  const wish = { is, part };
  // Nothing reports what can only be written.
  if (feature?.facts.access === "w" && is !== "cover_action") return { wish, anyOf: [] };
  if (is === "cover_action") {
    const states: readonly string[] =
      value === "open" || value === "close" ? motions[value] : motions.stop;
    const accepts = (report: Scalar): boolean => states.some((state) => state === report);
    const moves = { is: "position", part, accepts: () => true };
    return { wish, anyOf: [{ is: "cover_state", part, accepts }, moves] };
  }
  const wire = feature && wireValue(feature, value);
  const reported =
    feature && wire !== undefined
      ? stateObservations({ [feature.key]: wire }, [feature])[0]?.value
      : undefined;
  return { wish, anyOf: [{ is, part, accepts: agrees(reported ?? value) }] };
}

/** Asks for the state of a device that is awake; its settings change only when they are set. */
function poll(peer: Zigbee2mqttPeer): Request[] {
  if (peer.isSleepy) return [];
  const keys = featuresIn(peer)
    .filter(({ facts, isGettable }) => isGettable && facts.kind !== "setting")
    .map(({ key }) => [key, ""]);
  if (keys.length === 0) return [];
  return [
    { topic: `${peer.base}/${peer.name}/get`, payload: JSON.stringify(Object.fromEntries(keys)) },
  ];
}
