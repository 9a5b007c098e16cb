import { idScheme, slug, specOf, type DeviceFacts, type EventData } from "koine/adapter";
import type { Dialect, Heard, Hearing, Introduction } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { parseDeviceJson, textOf } from "../../../reading/json.ts";
import { parseJsonPath, valueAt } from "../../json-path.ts";
import { encode } from "./commands.ts";
import { factsOf, propertiesOf, readMapped, type MappedProperty, type Mapping } from "./mapping.ts";
import { filled, levelsIn, type MappedPeer } from "./peer.ts";

type MappedHearing = Hearing<MappedPeer>;

/** Devices that speak no known dialect, as the configuration describes them. */
export const generic: Dialect<MappedPeer> = {
  name: "generic",
  rank: "native",
  recognise: ({ topic }, { config, peers }) => peersOn(topic, config.generic, peers)[0],
  introduce: ({ generic: mappings }) => introductions(mappings),
  normalise(frame, peer, { config, peers }) {
    const { topic } = frame;
    // Another device may be mapped to the same topic.
    const others = peersOn(topic, config.generic, peers).filter(
      ({ key, topics }) => key !== peer.key && topics !== peers.get(key)?.topics,
    );
    const heard = [peer, ...others].flatMap((one) => hearings(frame, one));
    const diagnostic = heard.find((one) => one.diagnostic !== undefined)?.diagnostic;
    return {
      peer,
      ...(others.length > 0 && { others }),
      devices: heard.flatMap(({ devices }) => devices),
      ...(diagnostic !== undefined && { diagnostic }),
    };
  },
  encode,
  identify: () => [],
  poll: () => [],
};

/** The devices that mappings make of a topic, with what is known of each. */
function peersOn(
  topic: string,
  mappings: readonly Mapping[],
  peers: ReadonlyMap<string, MappedPeer>,
): readonly MappedPeer[] {
  const fitting = mappings.flatMap((mapping) => {
    const levels = levelsIn(mapping.topic, topic);
    const id = levels && filled(mapping.device, levels);
    return levels && id !== undefined && slug(id) !== "" ? [{ id, mapping, levels }] : [];
  });
  return [...new Set(fitting.map(({ id }) => id))].map((id) => {
    const before = peers.get(id);
    const known = new Set(before?.mapped.map(({ mapping }) => mapping));
    const own = fitting.filter((one) => one.id === id && !known.has(one.mapping));
    const topics = before?.topics ?? [];
    return {
      key: id,
      ref: [[idScheme, id]],
      bases: [],
      topics: topics.includes(topic) ? topics : [...topics, topic],
      mapped: [
        ...(before?.mapped ?? []),
        ...own.map(({ mapping, levels }) => ({ mapping, levels })),
      ],
    };
  });
}

/** Devices whose mappings leave nothing open. */
function introductions(mappings: readonly Mapping[]): readonly Introduction<MappedPeer>[] {
  const whole = mappings.filter(
    ({ topic = "", device }) => !/[+#]/.test(topic) && !/\{\d\}/.test(device),
  );
  const ids = new Set(whole.map(({ device }) => device).filter((device) => slug(device) !== ""));
  return [...ids].map((id) =>
    introduction(
      id,
      whole.filter(({ device }) => device === id),
    ),
  );
}

function introduction(id: string, mappings: readonly Mapping[]): Introduction<MappedPeer> {
  const mapped = mappings.map((mapping) => ({ mapping, levels: [] }));
  const properties = mappings.flatMap((mapping) =>
    propertiesOf(mapping)
      .filter(({ property }) => specOf(property) !== undefined)
      .map((property) => factsOf(property, null, mapping.topic !== undefined)),
  );
  const each = mappings.map((mapping) => deviceFacts(mapping, []));
  const facts: DeviceFacts = each.reduce((known, one) => Object.assign(known, one), {});
  const topics = mappings.flatMap(({ topic }) => topic ?? []);
  const peer = { key: id, ref: [[idScheme, id]] as const, bases: [], topics, mapped };
  return { peer, facts: { ...facts, properties } };
}

function deviceFacts(mapping: Mapping, levels: readonly string[]): DeviceFacts {
  const { name, manufacturer, model, interval, sleepy } = mapping;
  return {
    ...(name !== undefined && { name: filled(name, levels) }),
    ...(manufacturer !== undefined && { manufacturer }),
    ...(model !== undefined && { model }),
    ...(interval !== undefined && { intervalS: interval }),
    ...(sleepy !== undefined && { sleepy }),
  };
}

function hearings(frame: Frame, peer: MappedPeer): readonly MappedHearing[] {
  return peer.mapped
    .filter(({ mapping }) => levelsIn(mapping.topic, frame.topic) !== undefined)
    .map(({ mapping, levels }) => mappedHearing(mapping, levels, frame, peer));
}

function mappedHearing(
  mapping: Mapping,
  levels: readonly string[],
  { topic, payload }: Frame,
  { ref }: MappedPeer,
): MappedHearing {
  if (payload === "") return { devices: [] };
  const there = availabilityOf(mapping, payload);
  const found = propertiesOf(mapping).map((property) => ({
    property,
    read: readMapped(property, payload),
  }));
  const isBad = there === "unreadable" || found.some(({ read }) => read === "unreadable");
  const heard: Heard = {
    ref,
    facts: deviceFacts(mapping, levels),
    observations: found.flatMap((one) => observations(one, topic)),
    events: found.flatMap(happened),
    ...(there !== undefined && there !== "unreadable" && { availability: there }),
  };
  return { devices: [heard], ...(isBad && { diagnostic: "bad_value" }) };
}

interface Found {
  readonly property: MappedProperty;
  readonly read: ReturnType<typeof readMapped>;
}

function isEvent({ property }: MappedProperty): boolean {
  return specOf(property)?.access === "e";
}

function observations({ property, read }: Found, topic: string): Observation[] {
  if (read === undefined || read === "unreadable" || isEvent(property)) return [];
  const source = property.path ?? topic;
  return [{ facts: { ...factsOf(property, read.value, true), source }, ...read }];
}

/** What happens is told once, and is no state. */
function happened({ property, read }: Found): EventData[] {
  if (read === undefined || read === "unreadable" || !isEvent(property)) return [];
  const { property: name, part } = property;
  const known = specOf(name)?.values ?? [];
  const action = textOf(read.value);
  if (!known.includes(action)) return [];
  return [{ name, action, ...(part !== undefined && { part }) }];
}

function availabilityOf(
  { availability }: Mapping,
  payload: string,
): "online" | "offline" | "unreadable" | undefined {
  if (!availability) return undefined;
  const path = availability.path === undefined ? undefined : parseJsonPath(availability.path);
  const document = path && parseDeviceJson(payload);
  const word = path
    ? textOf(document === undefined ? undefined : valueAt(document, path))
    : payload;
  if (word === availability.online) return "online";
  return word === availability.offline ? "offline" : "unreadable";
}
