import {
  CommandError,
  partOf,
  propertyText,
  type Availability,
  type Command,
  type DeviceFacts,
  type PropertyFacts,
} from "koine/adapter";
import { agrees } from "../../agreement.ts";
import type { Dialect, Encoded, Heard, Hearing, Listening, Observation } from "../../dialect.ts";
import type { Frame } from "../../frame.ts";
import { parseDeviceObject, stringOf, textOf } from "../../json.ts";
import { below } from "../../named-peer.ts";
import { described, peerOfTopic, withAttribute, withMac, type HomiePeer } from "./peer.ts";
import { homieProperty, type HomieProperty } from "./property.ts";

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
  const path = below(frame.topic, peer.root) ?? "";
  const { payload } = frame;
  if (path === "$state") return stateHearing(payload, peer, known);
  if (path === "$description") return description(payload, peer);
  if (path.startsWith("$")) return attribute(path, payload, peer);
  const own = /^([^/$]+\/[^/$]+)(?:\/(\$?[a-z]+))?$/.exec(path);
  const [, property, suffix] = own ?? [];
  if (property === undefined || suffix === "set" || payload === "") return { devices: [] };
  if (suffix === undefined) return valueHearing(property, payload, peer, false);
  if (suffix === "$target") return valueHearing(property, payload, peer, true);
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
    properties: Object.keys(peer.properties).flatMap((path) => propertyOf(peer, path)?.facts ?? []),
  };
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

/** An attribute of the whole device, before version 5. */
function attribute(path: string, payload: string, before: HomiePeer): HomieHearing {
  if (path === "$mac") {
    const peer = withMac(before, payload);
    return { peer, devices: [{ ref: peer.ref, facts: {} }] };
  }
  return { peer: before, devices: [{ ref: before.ref, ...attributeMeaning(path, payload) }] };
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

function valueHearing(path: string, payload: string, peer: HomiePeer, echo: boolean): HomieHearing {
  const property = propertyOf(peer, path);
  // Not described yet.
  if (!property) return { peer, devices: [{ ref: peer.ref, facts: {} }] };
  const { facts, codec } = property;
  const value = codec.decode(payload);
  if (value === undefined) return { devices: [], diagnostic: "bad_value" };
  const observation: Observation = {
    facts,
    value,
    ...(textOf(value) !== payload && { raw: payload }),
    ...(codec.says !== undefined && { conversion: codec.says }),
    ...(echo && { echo }),
  };
  return { peer, devices: [{ ref: peer.ref, observations: [observation] }] };
}

/** Read once for what a device says of its properties, which is never changed in place. */
const read = new WeakMap<HomiePeer["properties"], ReadonlyMap<string, HomieProperty>>();

function propertyOf({ properties, version }: HomiePeer, path: string): HomieProperty | undefined {
  const known = read.get(properties) ?? readAll(properties, version);
  read.set(properties, known);
  return known.get(path);
}

function readAll(
  properties: HomiePeer["properties"],
  version: number,
): ReadonlyMap<string, HomieProperty> {
  const all = Object.entries(properties).map(([path, definition]) => ({
    path,
    property: homieProperty(path, definition, version),
  }));
  const count = new Map<string, number>();
  for (const { property } of all) {
    const text = propertyText(property.facts);
    count.set(text, (count.get(text) ?? 0) + 1);
  }
  return new Map(
    all.map(({ path, property }) => {
      const isAlone = count.get(propertyText(property.facts)) === 1;
      return [path, isAlone ? property : { ...property, facts: unambiguous(property.facts, path) }];
    }),
  );
}

/** A node with two properties of one meaning names both in their parts. */
function unambiguous(facts: PropertyFacts, path: string): PropertyFacts {
  return { ...facts, part: partOf(path.replace("/", " ")) };
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
