import { idScheme, slug, specOf, type DeviceFacts } from "koine/adapter";
import type { Dialect, Heard, Hearing, Introduction, Observation } from "../../dialect.ts";
import type { Frame } from "../../frame.ts";
import { parseDeviceJson, textOf } from "../../json.ts";
import { parseJsonPath, valueAt } from "../../json-path.ts";
import { encode } from "./commands.ts";
import { factsOf, propertiesOf, readMapped, type Mapping } from "./mapping.ts";
import { filled, levelsIn, type MappedPeer } from "./peer.ts";

type MappedHearing = Hearing<MappedPeer>;

/** Devices that speak no known dialect, as the configuration describes them. */
export const generic: Dialect<MappedPeer> = {
  name: "generic",
  rank: "native",
  recognise({ topic }, { config, peers }) {
    const fitting = config.generic.flatMap((mapping) => {
      const levels = levelsIn(mapping.topic, topic);
      return levels ? [{ mapping, levels }] : [];
    });
    const [first] = fitting;
    if (!first) return undefined;
    const id = filled(first.mapping.device, first.levels);
    if (slug(id) === "") return undefined;
    const before = peers.get(id);
    const own = fitting.filter(
      ({ mapping, levels }) =>
        filled(mapping.device, levels) === id &&
        before?.mapped.every((one) => one.mapping !== mapping) !== false,
    );
    return {
      key: id,
      ref: [[idScheme, id]],
      bases: [],
      topics: [...(before?.topics ?? []), topic],
      mapped: [...(before?.mapped ?? []), ...own],
    };
  },
  introduce: ({ generic: mappings }) => introductions(mappings),
  normalise(frame, peer) {
    const heard = peer.mapped
      .filter(({ mapping }) => levelsIn(mapping.topic, frame.topic) !== undefined)
      .map(({ mapping }) => mappedHearing(mapping, frame, peer));
    const diagnostic = heard.find((one) => one.diagnostic !== undefined)?.diagnostic;
    const devices = heard.flatMap((one) => one.devices);
    return { peer, devices, ...(diagnostic !== undefined && { diagnostic }) };
  },
  encode,
  identify: () => [],
  poll: () => [],
};

/** Devices whose mappings leave nothing open. */
function introductions(mappings: readonly Mapping[]): readonly Introduction<MappedPeer>[] {
  const whole = mappings.filter(
    ({ topic, device }) => !/[+#]/.test(topic) && !/\{\d\}/.test(device),
  );
  const ids = new Set(whole.map(({ device }) => device).filter((device) => slug(device) !== ""));
  return [...ids].map((id) => {
    const own = whole.filter(({ device }) => device === id);
    const name = own.find((mapping) => mapping.name !== undefined)?.name;
    const known = own
      .flatMap(propertiesOf)
      .filter(({ property }) => specOf(property) !== undefined);
    return {
      peer: {
        key: id,
        ref: [[idScheme, id]],
        bases: [],
        topics: own.map(({ topic }) => topic),
        mapped: own.map((mapping) => ({ mapping, levels: [] })),
      },
      facts: {
        ...(name !== undefined && { name }),
        properties: known.map((property) => factsOf(property, null)),
      },
    };
  });
}

function mappedHearing(
  mapping: Mapping,
  { topic, payload }: Frame,
  peer: MappedPeer,
): MappedHearing {
  const { ref } = peer;
  if (payload === "") return { devices: [] };
  const there = availabilityOf(mapping, payload);
  const found = propertiesOf(mapping).map((property) => ({
    property,
    read: readMapped(property, payload),
  }));
  const observations = found.flatMap(({ property, read }): Observation[] => {
    if (read === undefined || read === "unreadable") return [];
    const source = property.path === undefined ? topic : property.path;
    return [{ facts: { ...factsOf(property, read.value), source }, ...read }];
  });
  const isBad = found.some(({ read }) => read === "unreadable");
  const facts: DeviceFacts = mapping.name === undefined ? {} : { name: mapping.name };
  const heard: Heard = { ref, facts, observations, ...(there && { availability: there }) };
  return { devices: [heard], ...(isBad && { diagnostic: "bad_value" }) };
}

function availabilityOf(
  { availability }: Mapping,
  payload: string,
): "online" | "offline" | undefined {
  if (!availability) return undefined;
  const path = availability.path === undefined ? undefined : parseJsonPath(availability.path);
  const document = path && parseDeviceJson(payload);
  const word =
    path === undefined ? payload : textOf(document === undefined ? "" : valueAt(document, path));
  if (word === availability.online) return "online";
  return word === availability.offline ? "offline" : undefined;
}
