import {
  CommandError,
  propertyText,
  type Availability,
  type Command,
  type DeviceFacts,
  type PropertyFacts,
} from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Dialect, Encoded, Heard, Hearing, Listening } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { parseDeviceObject, stringOf, textOf } from "../../../reading/json.ts";
import { below } from "../../named-peer.ts";
import { described, peerOfTopic, withAttribute, withMac, type HomiePeer } from "./peer.ts";
import type { HomieProperty } from "./property.ts";
import { propertyOf, valueHearing, withKept } from "./values.ts";

/**
 * Devices that follow the Homie convention, versions 3, 4 and 5. Source: the text of the convention.
 * What a property means it does not say: names and units have to leave no doubt.
 */
export const homie: Dialect<HomiePeer> = {
  name: "homie",
  rank: "native",
  recognise: ({ topic, payload }) => (payload === "" ? undefined : peerOfTopic(topic)),
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type HomieHearing = Hearing<HomiePeer>;

function normalise(frame: Frame, peer: HomiePeer, known: Listening<HomiePeer>): HomieHearing {
  return withKept(hearingOf(frame, peer, known), frame.retained);
}

function hearingOf(frame: Frame, peer: HomiePeer, known: Listening<HomiePeer>): HomieHearing {
  const path = below(frame.topic, peer.root) ?? "";
  const { payload, retained } = frame;
  if (path === "$state") return stateHearing(payload, peer, known);
  if (path === "$description") return description(payload, peer);
  if (path.startsWith("$")) return attribute(path, payload, peer);
  const own = /^([^/$]+\/[^/$]+)(?:\/(\$?[a-z]+))?$/.exec(path);
  const [, property, suffix] = own ?? [];
  if (property === undefined || suffix === "set" || payload === "") return { devices: [] };
  if (suffix === undefined) return valueHearing({ path: property, payload, retained }, peer);
  if (suffix === "$target") {
    return valueHearing({ path: property, payload, retained, echo: true }, peer);
  }
  // Attributes of nodes come without a property: they say nothing that is needed.
  if (!suffix.startsWith("$")) return { devices: [] };
  const learned = withAttribute(peer, property, suffix.slice(1), payload);
  return { peer: learned, devices: [{ ref: learned.ref, facts: {} }] };
}

const availabilities = new Map<string, Availability>([
  ["ready", "online"],
  ["alert", "online"],
  ["sleeping", "sleeping"],
  ["disconnected", "offline"],
  ["lost", "offline"],
]);

/** Without a state a device is no more. The end of a root device is that of all its children. */
function stateHearing(
  payload: string,
  before: HomiePeer,
  { peers }: Listening<HomiePeer>,
): HomieHearing {
  if (payload === "") return { devices: [], gone: [before.key] };
  if (payload !== "init" && !availabilities.has(payload)) {
    return { devices: [], diagnostic: "bad_value" };
  }
  const peer = { ...before, state: payload };
  const children = [...peers.values()].filter(
    ({ parent, root }) => parent === peer.device && root !== peer.root,
  );
  return {
    peer,
    devices: [
      availabilityOf(peer, payload),
      ...children.map((child) => availabilityOf(child, isDown(payload) ? payload : child.state)),
    ],
  };
}

function isDown(state: string): boolean {
  return availabilities.get(state) === "offline";
}

function availabilityOf({ ref }: HomiePeer, state: string | undefined): Heard {
  const availability = availabilities.get(state ?? "");
  return { ref, facts: {}, ...(availability !== undefined && { availability }) };
}

function description(payload: string, before: HomiePeer): HomieHearing {
  if (payload === "") return { devices: [] };
  const peer = described(before, payload);
  if (!peer) return { devices: [], diagnostic: "bad_payload" };
  const name = stringOf(parseDeviceObject(payload)?.["name"]);
  const facts: DeviceFacts = {
    ...(name !== undefined && { name }),
    properties: factsOf(peer),
  };
  return { peer, devices: [{ ref: peer.ref, facts, observations: lost(before, peer) }] };
}

function factsOf(peer: HomiePeer): PropertyFacts[] {
  return Object.keys(peer.properties).flatMap((path) => propertyOf(peer, path)?.facts ?? []);
}

/** What a device had, and has no more, is not known any more. */
function lost(before: HomiePeer, after: HomiePeer): Observation[] {
  const kept = new Set(factsOf(after).map(propertyText));
  return factsOf(before)
    .filter((facts) => facts.access !== "w" && facts.access !== "e")
    .filter((facts) => !kept.has(propertyText(facts)))
    .map((facts) => ({ facts, value: null }));
}

/** An attribute of the whole device, before version 5. */
function attribute(path: string, payload: string, before: HomiePeer): HomieHearing {
  if (path === "$mac") {
    const peer = withMac(before, payload);
    return { peer, devices: [{ ref: peer.ref, facts: {} }] };
  }
  const peer = path === "$online" ? { ...before, state: onlineState(payload) } : before;
  return { peer, devices: [{ ref: before.ref, ...attributeMeaning(path, payload) }] };
}

/** Version 2 had no state. */
function onlineState(payload: string): string {
  return payload === "true" ? "ready" : "lost";
}

function attributeMeaning(path: string, payload: string): Omit<Heard, "ref"> {
  switch (path) {
    case "$name":
      return { facts: { name: payload } };
    case "$implementation":
      return { facts: { model: payload } };
    case "$fw/version":
      return { facts: { firmware: payload } };
    case "$online":
      return { facts: {}, availability: payload === "true" ? "online" : "offline" };
    case "$stats/uptime":
      return { observations: statistic("uptime", path, payload) };
    case "$stats/battery":
      return { observations: statistic("battery", path, payload) };
    default:
      return { facts: {} };
  }
}

function statistic(is: string, source: string, payload: string): Observation[] {
  const value = Number(payload);
  return Number.isNaN(value) ? [] : [{ facts: { is, source }, value }];
}

function encode({ writes }: Extract<Command, { type: "set" }>, peer: HomiePeer): Encoded {
  const wishes = writes.map(({ is, part, source = "", value }) => {
    const property = propertyOf(peer, source) ?? byMeaning(peer, is, part);
    const payload = property?.codec.encode?.(value);
    if (!property || payload === undefined) {
      throw new CommandError("unsupported", `The device cannot be told ${is} ${textOf(value)}`);
    }
    const accepts = agrees(property.codec.decode(payload) ?? value);
    return {
      request: { topic: `${peer.root}/${property.facts.source}/set`, payload },
      expectation: { wish: { is, part }, anyOf: [{ is, part, accepts }] },
    };
  });
  return {
    requests: wishes.map(({ request }) => request),
    expectations: wishes.map(({ expectation }) => expectation),
  };
}

function byMeaning(
  peer: HomiePeer,
  is: string,
  part: string | undefined,
): HomieProperty | undefined {
  return Object.keys(peer.properties)
    .flatMap((path) => propertyOf(peer, path) ?? [])
    .find(({ facts }) => facts.is === is && (part === undefined || facts.part === part));
}
