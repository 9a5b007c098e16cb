import { CommandError, propertyText, type Command, type Write } from "koine/adapter";
import type { Dialect, Encoded, Heard, Hearing, Listening, Note } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame, Request } from "../../../mqtt/frame.ts";
import type { JsonObject } from "../../../reading/json.ts";
import { heardOn, together } from "./availability.ts";
import {
  parseDiscovery,
  parseDiscoveryTopic,
  type Discovery,
  type DiscoveryTopic,
} from "./discovery.ts";
import { factsOf, identityOf, pointsOf, withDescription, type DescribedPeer } from "./peer.ts";
import { Payload, shown, type Message, type Point } from "./point.ts";
import { textOf } from "../../../reading/json.ts";

/**
 * Any device that is described for Home Assistant over MQTT discovery, one component at a time or as
 * a whole. Source: Home Assistant's documentation of its MQTT integration. What Koine itself
 * describes is left alone; so is what the device's own dialect says already.
 */
export const homeAssistant: Dialect<DescribedPeer> = {
  name: "home-assistant",
  rank: "described",
  recognise({ topic, payload }, { config, peers }) {
    const where = parseDiscoveryTopic(topic, config.home_assistant.prefix);
    if (!where) return undefined;
    if (payload === "") return { ignored: true };
    const discovery = parseDiscovery(where, payload);
    if (!discovery) return { diagnostic: "bad_payload" };
    if (!isForeign(discovery)) return { ignored: true };
    const ref = identityOf(where, discovery);
    const before = [...peers.values()].find((peer) => sharesIdentity(peer, ref));
    return withDescription(before, topic, where, discovery);
  },
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type DescribedHearing = Hearing<DescribedPeer>;

/** Not Koine's own description of a device, nor of one that a gateway passes on in its own dialect. */
function isForeign({ origin, components }: Discovery): boolean {
  if (origin === "Koine") return false;
  return !components.every(({ config }) =>
    /toMQTT(?:\/|$)/.test(textOf(config["state_topic"] ?? "")),
  );
}

function sharesIdentity({ ref }: DescribedPeer, other: DescribedPeer["ref"]): boolean {
  return ref.some(([scheme, value]) => other.some((one) => one[0] === scheme && one[1] === value));
}

function normalise(
  frame: Frame,
  peer: DescribedPeer,
  { config }: Listening<DescribedPeer>,
): DescribedHearing {
  const where = parseDiscoveryTopic(frame.topic, config.home_assistant.prefix);
  if (where) return describedHearing(frame, where, peer);
  const payload = new Payload(frame.payload);
  const availability = availabilityHearing(frame.topic, payload, peer);
  const state = stateHearing(frame.topic, payload, peer);
  return {
    peer: availability.peer,
    devices: [{ ...state.heard, ...availability.heard }],
    ...(state.isBad && { diagnostic: "bad_value" }),
  };
}

/** A description, a new one in place of it, or its end. */
function describedHearing(
  { topic, payload }: Frame,
  where: DiscoveryTopic,
  before: DescribedPeer,
): DescribedHearing {
  if (payload === "") return withdrawn(topic, before);
  const discovery = parseDiscovery(where, payload);
  if (!discovery) return { devices: [], diagnostic: "bad_payload" };
  if (!isForeign(discovery)) return withdrawn(topic, before);
  const peer = withDescription(before, topic, where, discovery);
  const { points, problems } = pointsOf(peer);
  const properties = points.map(({ facts }) => facts);
  const notes = problems.map((message): Note => ({
    ref: peer.ref,
    code: "unreadable_description",
    message,
  }));
  const facts = { ...factsOf(discovery), properties };
  return { peer, devices: [{ ref: peer.ref, facts, observations: lost(before, peer) }], notes };
}

function withdrawn(topic: string, before: DescribedPeer): DescribedHearing {
  const { [topic]: _, ...described } = before.described;
  if (Object.keys(described).length === 0) return { devices: [], gone: [before.key] };
  const topics = (before.topics ?? []).filter((one) => one !== topic);
  const peer = { ...before, described, topics };
  return { peer, devices: [{ ref: before.ref, facts: {}, observations: lost(before, peer) }] };
}

/** What is described no more: nothing is known of it, and there is no way to set it. */
function lost(before: DescribedPeer, after: DescribedPeer): readonly Observation[] {
  const kept = new Set(pointsOf(after).points.map(({ facts }) => propertyText(facts)));
  return pointsOf(before)
    .points.filter(({ facts, read }) => read && !kept.has(propertyText(facts)))
    .map(({ facts }) => ({ facts: { ...facts, access: "r" }, value: null }));
}

function stateHearing(
  topic: string,
  payload: Payload,
  peer: DescribedPeer,
): { readonly heard: Heard; readonly isBad: boolean } {
  const concerned = pointsOf(peer).points.filter((point) => point.topic === topic);
  // What was retained was taken back.
  if (payload.text === "") return { heard: { ref: peer.ref }, isBad: false };
  const events = concerned.flatMap((point) => point.happened?.(payload) ?? []);
  const said = concerned.map((point) => ({ point, said: point.read?.(payload) }));
  const observations = said.flatMap(({ point, said: one }): Observation[] =>
    one === undefined || one === "unreadable" ? [] : [{ facts: point.facts, ...one }],
  );
  const isBad = said.some(({ said: one }) => one === "unreadable");
  return { heard: { ref: peer.ref, observations, events }, isBad };
}

/** Whether the device is there, as all of its components together say. */
function availabilityHearing(
  topic: string,
  payload: Payload,
  before: DescribedPeer,
): { readonly peer: DescribedPeer; readonly heard: Pick<Heard, "availability" | "facts"> } {
  const availability = heardOn(topic, payload, before.availability);
  if (!availability) return { peer: before, heard: {} };
  const heard = { facts: {}, availability: together(availability) };
  return { peer: { ...before, availability }, heard };
}

function encode(
  { writes, transitionS }: Extract<Command, { type: "set" }>,
  peer: DescribedPeer,
): Encoded {
  const wishes = writes.map((write) => ({ write, ...wishOf(write, peer) }));
  const messages = wishes.flatMap((wish) => wish.messages);
  return {
    requests: requestsOf(messages, transitionS),
    expectations: wishes.map(({ write: { is, part, value }, point }) => ({
      wish: { is, part },
      anyOf: shown(point, value),
    })),
  };
}

function wishOf(
  write: Write,
  peer: DescribedPeer,
): { readonly point: Point; readonly messages: readonly Message[] } {
  const point = pointsOf(peer).points.find(
    ({ facts }) => propertyText(facts) === propertyText(write),
  );
  const messages = point?.write?.(write.value);
  if (!point || !messages) {
    throw new CommandError(
      "unsupported",
      `The device is described without a command for ${write.is}`,
    );
  }
  return { point, messages };
}

/** Fields for one topic go in one document; what is on or off by itself is not switched on by the rest. */
function requestsOf(messages: readonly Message[], transitionS: number | undefined): Request[] {
  const documents = new Map<string, JsonObject>();
  const requests: Request[] = [];
  for (const message of messages) {
    if ("payload" in message) {
      requests.push(message);
      continue;
    }
    const { topic, fields } = message;
    const before = documents.get(topic);
    const state = before?.["state"] === "OFF" || fields["state"] === "OFF" ? { state: "OFF" } : {};
    documents.set(topic, { ...before, ...fields, ...state });
  }
  const fade = transitionS === undefined ? {} : { transition: transitionS };
  const whole = [...documents].map(([topic, fields]) => ({
    topic,
    payload: JSON.stringify({ ...fields, ...fade }),
  }));
  return [...whole, ...requests];
}
