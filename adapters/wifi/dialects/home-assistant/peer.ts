import { isHardware, z, type Identifier, type PropertyFacts, type Ref } from "koine/adapter";
import { isList, partOf, slug, vendorProperty, type DeviceFacts } from "koine/adapter";
import { listOf, stringOf, type JsonObject } from "../../../reading/json.ts";
import { macIn } from "../../named-peer.ts";
import { peerShape } from "../../peers.ts";
import { availabilitiesOf, topicsIn, type Availabilities } from "./availability.ts";
import type { Component, Discovery, DiscoveryTopic } from "./discovery.ts";
import { templateProblems, type Point } from "./point.ts";
import { platforms, unread } from "./platforms/index.ts";

const peerSchema = z.object(peerShape);

/** What is remembered of one described device. */
export type DescribedPeer = Readonly<z.infer<typeof peerSchema>> & {
  /** Short word of who describes it, for names of its own: `esphome`, `ha`. */
  readonly vendor: string;
  /** Components by the topic that described them. */
  readonly described: Readonly<Record<string, readonly Component[]>>;
  readonly availability: Availabilities;
};

/** A component's points, and what of it could not be read. */
export interface Read {
  readonly points: readonly Point[];
  readonly problems: readonly string[];
}

/** Who a description is about: the hardware address where it tells one, a name otherwise. */
export function identityOf(topic: DiscoveryTopic, { device }: Discovery): Ref {
  const connections = listOf(device["connections"]).flatMap((pair): Identifier[] => {
    const [scheme, value] = listOf(pair).map(stringOf);
    return hardware(scheme, value);
  });
  const names = namesOf(device["identifiers"]);
  const addresses = names.flatMap(addressIn);
  const named = names.map((name): Identifier => ["ha", name]);
  const found = [...connections, ...addresses, ...named];
  if (found.length > 0) return unique(found);
  return [["ha", [topic.component, ...topic.path].join("/")]];
}

function namesOf(identifiers: JsonObject[string] | undefined): string[] {
  const list =
    identifiers !== undefined && isList(identifiers) ? identifiers : [identifiers ?? null];
  return list.flatMap((one) =>
    typeof one === "string" || typeof one === "number" ? String(one) : [],
  );
}

function hardware(scheme: string | undefined, value: string | undefined): Identifier[] {
  const mac = macIn(value);
  if (scheme === "mac" && mac !== undefined) return [["wifi", mac]];
  if (scheme === "bluetooth" && mac !== undefined) return [["ble", mac]];
  const ieee = /^(?:0x)?([0-9a-f]{16})$/i.exec(value?.replaceAll(":", "") ?? "")?.[1];
  return scheme === "zigbee" && ieee !== undefined ? [["zigbee", ieee.toLowerCase()]] : [];
}

/** An address that is given as a name: of twelve digits, or behind the name of a Zigbee bridge. */
function addressIn(name: string): Identifier[] {
  const mac = macIn(name);
  if (mac !== undefined) return [["wifi", mac]];
  const ieee = /^zigbee2mqtt_0x([0-9a-f]{16})$/i.exec(name)?.[1];
  return ieee === undefined ? [] : [["zigbee", ieee.toLowerCase()]];
}

function unique(ref: Ref): Ref {
  const seen = new Set<string>();
  return ref
    .filter(([scheme, value]) => {
      const text = `${scheme}:${value}`;
      const isNew = !seen.has(text);
      seen.add(text);
      return isNew;
    })
    .toSorted((a, b) => Number(isHardware(b)) - Number(isHardware(a)))
    .slice(0, 8);
}

/** What a description tells of the device itself. */
export function factsOf({ device }: Discovery): DeviceFacts {
  const [name, manufacturer, model, firmware, hardwareVersion] = [
    "name",
    "manufacturer",
    "model",
    "sw_version",
    "hw_version",
  ].map((key) => stringOf(device[key]));
  return {
    ...(name !== undefined && { name }),
    ...(manufacturer !== undefined && { manufacturer }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
    ...(hardwareVersion !== undefined && { hardware: hardwareVersion }),
  };
}

/** Whose words the names are that the vocabulary does not have. */
function vendorOf({ device, origin = "" }: Discovery): string {
  const made = `${origin} ${stringOf(device["sw_version"]) ?? ""}`;
  if (/esphome/i.test(made)) return "esphome";
  return /zigbee2mqtt/i.test(made) ? "zigbee" : "ha";
}

/** The peer with what one more description says; undefined when nothing is left of it. */
export function withDescription(
  before: DescribedPeer | undefined,
  topic: string,
  where: DiscoveryTopic,
  discovery: Discovery,
): DescribedPeer {
  const ref = before
    ? unique([...before.ref, ...identityOf(where, discovery)])
    : identityOf(where, discovery);
  const described = { ...before?.described, [topic]: discovery.components };
  const availability = availabilitiesOf(before?.availability, Object.values(described).flat());
  const components = Object.values(described).flat();
  const own = components.flatMap(topicsOf).filter((one) => !/[+#]/.test(one));
  const shared = topicsIn(availability);
  return {
    key: before?.key ?? JSON.stringify(ref[0]),
    ref,
    bases: [],
    topics: [...new Set([...Object.keys(described), ...own, ...shared])],
    claims: own.filter((one) => !shared.includes(one)),
    vendor: vendorOf(discovery),
    described,
    availability,
  };
}

/** Topics on which a component reports or is told something. */
function topicsOf({ config }: Component): string[] {
  return Object.entries(config).flatMap(([key, value]) =>
    typeof value === "string" &&
    /(?:^|_)topic$/.test(key) &&
    key !== "availability_topic" &&
    key !== "json_attributes_topic"
      ? [value]
      : [],
  );
}

const read = new WeakMap<DescribedPeer["described"], Read>();

/** The points of all components of a device; worked out once for what is described. */
export function pointsOf(peer: DescribedPeer): Read {
  const known = read.get(peer.described) ?? readAll(peer);
  read.set(peer.described, known);
  return known;
}

function readAll(peer: DescribedPeer): Read {
  const each = Object.values(peer.described)
    .flat()
    .map((component) => readOne(component, peer));
  return {
    points: each.flatMap(({ points }) => points),
    problems: each.flatMap(({ problems }) => problems),
  };
}

function readOne(component: Component, peer: DescribedPeer): Read {
  const { platform, config, id } = component;
  if (Object.keys(config).length === 0 || unread.has(platform)) return { points: [], problems: [] };
  const describe = platforms.get(platform);
  if (!describe) return { points: [], problems: [`${id}: components of ${platform} are not read`] };
  const short = shortId(component, peer);
  const points = describe({
    config,
    vendorName: (name) =>
      vendorProperty(peer.vendor, [short, name].filter((one) => one !== "").join("_")),
    place: placeOf(short, component),
    words: `${short} ${stringOf(config["name"]) ?? ""}`.toLowerCase(),
  });
  return { points, problems: templateProblems(config).map((problem) => `${id}: ${problem}`) };
}

/** The id of a component without the name of its device, which many put before it. */
function shortId({ id }: Component, { ref }: DescribedPeer): string {
  for (const [, value] of ref) {
    const before = slug(value);
    const plain = slug(id);
    if (before !== "" && plain.startsWith(`${before}-`)) return id.slice(value.length + 1) || id;
  }
  return id;
}

function placeOf(
  short: string,
  { platform, id }: Component,
): Pick<PropertyFacts, "part" | "optionalPart" | "source"> {
  return {
    part: partOf(short === "" ? platform : short),
    optionalPart: true,
    source: `${platform}/${id}`,
  };
}
