import { slug, vendorProperty, type DeviceFacts, type PropertyFacts } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import type { Dialect, Hearing, Listening } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { below, rootedPeer } from "../../named-peer.ts";

import { encode, operations } from "./commands.ts";
import { valetudoPeerSchema, type ValetudoPeer } from "./peer.ts";
import { topics } from "./topics.ts";

/** Topics of which a unit or a format is remembered; the others are read without. */
const maxDescribed = 200;

/** Robots with Valetudo. Source: the project's documentation of its MQTT interface. */
export const valetudo: Dialect<ValetudoPeer> = {
  name: "valetudo",
  rank: "native",
  peerSchema: valetudoPeerSchema,
  recognise: (frame, known) => {
    const root = rootOf(frame, known);
    return root === undefined ? undefined : { ...rootedOf(root), units: {}, formats: {} };
  },
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type ValetudoHearing = Hearing<ValetudoPeer>;

function rootedOf(root: string): ReturnType<typeof rootedPeer> {
  return rootedPeer({ make: "valetudo", name: root.slice(root.lastIndexOf("/") + 1), root });
}

function rootOf({ topic }: Frame, { config }: Listening<ValetudoPeer>): string | undefined {
  for (const prefix of config.valetudo.prefix) {
    const [id, ...rest] = below(topic, prefix)?.split("/") ?? [];
    if (id !== undefined && slug(id) !== "" && rest.length > 0) return `${prefix}/${id}`;
  }
  // Under another prefix only what no other make of Homie device has.
  return /^(.+)\/(?:StatusStateAttribute|BatteryStateAttribute)\/[a-z_]+$/.exec(topic)?.[1];
}

function normalise({ topic, payload }: Frame, peer: ValetudoPeer): ValetudoHearing {
  const path = below(topic, peer.root) ?? "";
  if (path === "$state") return state(payload, peer);
  if (path === "$name") return said(peer, { name: payload, manufacturer: "Valetudo" });
  const [, of = "", attribute = ""] = /^(.+)\/\$(unit|format)$/.exec(path) ?? [];
  if (attribute === "unit") return learned({ ...peer, units: withText(peer.units, of, payload) });
  if (attribute === "format") return format(of, payload, peer);
  if (payload === "" || unsaid.test(path)) return { devices: [] };
  const found = topics.read(path, payload);
  if (found === "unreadable") return { devices: [], diagnostic: "bad_value" };
  const told = found ?? otherObservation(path, payload, peer);
  const observations = told.map((one) => ({ ...one, facts: withValues(one.facts, path, peer) }));
  return {
    peer,
    devices: [{ ref: peer.ref, facts: { properties: actionsOf(path) }, observations }],
  };
}

/** Attributes, maps, and topics on which only commands are answered. */
const unsaid =
  /\$|\/(?:set|operation|locate|reset|trigger|clean|start|go|refresh|interact|play)$|^(?:hass|MapData|ValetudoEvents)\//;

function learned(peer: ValetudoPeer): ValetudoHearing {
  return { peer, devices: [{ ref: peer.ref, facts: {} }] };
}

function withText(
  texts: Readonly<Record<string, string>>,
  of: string,
  payload: string,
): Readonly<Record<string, string>> {
  const isFull = !Object.hasOwn(texts, of) && Object.keys(texts).length >= maxDescribed;
  return isFull ? texts : { ...texts, [of]: payload };
}

/** The words of a setting; its description is told anew with them. */
function format(of: string, payload: string, before: ValetudoPeer): ValetudoHearing {
  const peer = { ...before, formats: withText(before.formats, of, payload) };
  const found = topics.read(of, payload.split(",")[0] ?? "");
  const known = found === "unreadable" ? [] : (found ?? []);
  const properties = known.map(({ facts }) => withValues(facts, of, peer));
  return { peer, devices: [{ ref: peer.ref, facts: { properties } }] };
}

/** Only presets and modes have words: the format of a number is its range. */
function withValues(facts: PropertyFacts, path: string, { formats }: ValetudoPeer): PropertyFacts {
  const known = /\/(?:preset|mode)$/.test(path) ? formats[path] : undefined;
  return known === undefined || known === "" ? facts : { ...facts, values: known.split(",") };
}

const states = new Map([
  ["ready", "online"],
  ["init", "online"],
  ["alert", "online"],
  ["sleeping", "sleeping"],
  ["disconnected", "offline"],
  ["lost", "offline"],
] as const);

/** Without a state a robot is no more. */
function state(payload: string, { ref, key }: ValetudoPeer): ValetudoHearing {
  if (payload === "") return { devices: [], gone: [key] };
  const availability = [...states].find(([word]) => word === payload)?.[1];
  if (availability === undefined) return { devices: [], diagnostic: "bad_payload" };
  return { devices: [{ ref, availability }] };
}

function said(peer: ValetudoPeer, facts: DeviceFacts): ValetudoHearing {
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

/** What a robot with a status can be told, which it does not say. */
function actionsOf(path: string): PropertyFacts[] {
  if (!path.startsWith("StatusStateAttribute/")) return [];
  const values = Object.keys(operations);
  return [{ is: "vacuum_action", values, source: "BasicControlCapability/operation" }];
}

/** Consumables count seconds down, or percent where the robot says so. */
function otherObservation(path: string, payload: string, { units }: ValetudoPeer): Observation[] {
  const raw = numberIn(payload);
  const [capability = "", ...rest] = path.split("/");
  if (/(?:ssid|ips|frequency)$/.test(path)) return [];
  const consumable = capability === "ConsumableMonitoringCapability";
  const unit = units[path] === "%" ? "%" : "s";
  const name = consumable ? `consumable_${rest.join("_")}` : `${capability}_${rest.join("_")}`;
  const facts: PropertyFacts = {
    is: vendorProperty("valetudo", name),
    type: raw === undefined ? "string" : "number",
    kind: "diagnostic",
    source: path,
    ...(consumable && raw !== undefined && { unit }),
  };
  return [{ facts, value: raw ?? payload }];
}
