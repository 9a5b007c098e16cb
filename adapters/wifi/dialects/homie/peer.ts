import { slug, z, type Identifier, type Ref } from "koine/adapter";
import { isObject, parseDeviceObject, stringOf, type JsonObject } from "../../../reading/json.ts";
import { macIn } from "../../named-peer.ts";
import { peerShape } from "../../peers.ts";
import { definitionSchema, type Definition } from "./definition.ts";

export const homiePeerSchema = z.object({
  ...peerShape,
  /** `homie/5/<device>`, or `homie/<device>` before version 5. */
  root: z.string(),
  /** Major version of the convention. */
  version: z.number(),
  device: z.string(),
  mac: z.string().optional(),
  /** Id of the device whose end is the end of this one, too. */
  parent: z.string().optional(),
  state: z.string().optional(),
  /** Properties by `node/property`. */
  properties: z.record(z.string(), definitionSchema).readonly(),
  /** Values that came before it was said what they are, by `node/property`. */
  kept: z.record(z.string(), z.object({ payload: z.string(), retained: z.boolean() })).readonly(),
});
/** What is remembered of one Homie device. */
export type HomiePeer = Readonly<z.infer<typeof homiePeerSchema>>;

/** Properties of one device that are read; more are not carried. */
const maxProperties = 256;

export function homiePeer(root: string, version: number, mac?: string): HomiePeer {
  const device = root.slice(root.lastIndexOf("/") + 1);
  const named: Identifier = ["homie", device];
  const ref: Ref = mac === undefined ? [named] : [["wifi", mac], named];
  const places = { key: root, ref, bases: [], roots: [root], root };
  const base = { ...places, version, device, properties: {}, kept: {} };
  return mac === undefined ? base : { ...base, mac };
}

/** The device that a topic speaks of: one of version 5, or an attribute of an earlier version. */
export function peerOfTopic(topic: string): HomiePeer | undefined {
  const five = /^(.*\/5\/([a-z0-9-]+))\/\$(?:state|description|log|alert|target)(?:\/|$)/.exec(
    topic,
  );
  if (five?.[1] !== undefined) return homiePeer(five[1], 5);
  const attribute =
    /^(.+?)\/(?:\$(?:homie|state|name|nodes|localip|mac|implementation|extensions|stats|fw|online)(?:\/|$)|[^/$]+\/(?:[^/$]+\/)?\$(?:name|type|properties|datatype|unit|format|settable|retained)$)/;
  const root = attribute.exec(topic)?.[1];
  if (root === undefined || !root.includes("/")) return undefined;
  return slug(root.slice(root.lastIndexOf("/") + 1)) === "" ? undefined : homiePeer(root, 4);
}

/** The peer with what its `$description` says; undefined when that cannot be read. */
export function described(before: HomiePeer, payload: string): HomiePeer | undefined {
  const description = parseDeviceObject(payload);
  if (!description) return undefined;
  const nodes = description["nodes"];
  const parent = stringOf(description["root"]);
  const properties = isObject(nodes) ? propertiesOf(nodes) : {};
  return { ...before, properties, ...(parent !== undefined && { parent }) };
}

function propertiesOf(nodes: JsonObject): Record<string, Definition> {
  const found = Object.entries(nodes).flatMap(([node, definition]) => {
    const properties = isObject(definition) ? definition["properties"] : undefined;
    if (!isObject(properties)) return [];
    return Object.entries(properties).flatMap(([id, raw]): [string, Definition][] => {
      const parsed = definitionSchema.safeParse(raw);
      return parsed.success ? [[`${node}/${id}`, parsed.data]] : [];
    });
  });
  return Object.fromEntries(found.slice(0, maxProperties));
}

/** The peer with one attribute of a property, as versions before 5 tell them one by one. */
export function withAttribute(
  peer: HomiePeer,
  path: string,
  attribute: string,
  payload: string,
): HomiePeer {
  const before = peer.properties[path] ?? {};
  if (!peer.properties[path] && Object.keys(peer.properties).length >= maxProperties) return peer;
  const isFlag = attribute === "settable" || attribute === "retained";
  const value = isFlag ? payload === "true" : payload;
  const definition = definitionSchema.safeParse({ ...before, [attribute]: value });
  if (!definition.success) return peer;
  return { ...peer, properties: { ...peer.properties, [path]: definition.data } };
}

/** Before version 5, an element of an array is described by the array: `lights_0` by `lights`. */
export function templateOf(path: string): string {
  return path.replace(/_\d+(?=\/[^/]+$)/, "");
}

/** What is known of a property, or of the array that it is an element of. */
export function definitionOf(
  { properties, version }: HomiePeer,
  path: string,
): Definition | undefined {
  return properties[path] ?? (version < 5 ? properties[templateOf(path)] : undefined);
}

/** The peer with a value that cannot be read yet. */
export function keeping(
  peer: HomiePeer,
  path: string,
  value: HomiePeer["kept"][string],
): HomiePeer {
  const isFull = !Object.hasOwn(peer.kept, path) && Object.keys(peer.kept).length >= maxProperties;
  return isFull ? peer : { ...peer, kept: { ...peer.kept, [path]: value } };
}

export function withMac(peer: HomiePeer, payload: string): HomiePeer {
  const mac = macIn(payload);
  if (mac === undefined) return peer;
  return { ...peer, mac, ref: homiePeer(peer.root, peer.version, mac).ref };
}
