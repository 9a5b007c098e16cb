import { z, type Ref, type Scalar } from "koine/adapter";
import { isObject, listOf, stringOf, type JsonObject } from "../../../reading/json.ts";
import { idOf } from "../../named-peer.ts";
import { peerShape } from "../../peers.ts";

const peerSchema = z.object({
  ...peerShape,
  kind: z.enum(["bridge", "device", "group"]),
  base: z.string(),
  /** Name in topics; empty for the bridge. */
  name: z.string(),
  isSleepy: z.boolean(),
});
/** What is remembered of a bridge, or of one device or group behind it. */
export type Zigbee2mqttPeer = Readonly<z.infer<typeof peerSchema>> & {
  /** What the bridge says that the device has. */
  readonly exposes: readonly Scalar[];
};

const nothing: readonly Scalar[] = [];

export function bridgePeer(base: string): Zigbee2mqttPeer {
  return {
    key: base,
    ref: [idOf("zigbee2mqtt", base)],
    bases: [],
    roots: [`${base}/bridge`],
    kind: "bridge",
    base,
    name: "",
    isSleepy: false,
    exposes: nothing,
  };
}

/** One entry of `bridge/devices`; undefined for the coordinator, and for what has no address. */
export function devicePeer(base: string, entry: JsonObject): Zigbee2mqttPeer | undefined {
  const address = /^0x([0-9a-f]{16})$/i.exec(stringOf(entry["ieee_address"]) ?? "")?.[1];
  const name = stringOf(entry["friendly_name"]);
  if (address === undefined || name === undefined || entry["type"] === "Coordinator") {
    return undefined;
  }
  const definition = entry["definition"];
  const exposes = isObject(definition) ? listOf(definition["exposes"]) : nothing;
  const ref: Ref = [["zigbee", address.toLowerCase()]];
  const isSleepy = entry["power_source"] === "Battery" || entry["type"] === "GreenPower";
  return {
    key: address,
    ref,
    ...topicsOf(base, name),
    kind: "device",
    base,
    name,
    isSleepy,
    exposes,
  };
}

/** What the members of a group have, of what it may have: it has no exposes of its own. */
function exposesOf(
  entry: JsonObject,
  devices: ReadonlyMap<string, Zigbee2mqttPeer>,
): readonly Scalar[] {
  const members = listOf(entry["members"]).filter(isObject);
  const [first] = members.flatMap(({ ieee_address: address }) => {
    const key = stringOf(address)?.replace(/^0x/, "") ?? "";
    return devices.get(key)?.exposes.filter(isActuator) ?? [];
  });
  return first === undefined ? groupExposes : [first];
}

function isActuator(expose: Scalar): boolean {
  return (
    isObject(expose) && /^(?:light|cover|switch|lock|fan)$/.test(stringOf(expose["type"]) ?? "")
  );
}

/** One entry of `bridge/groups`. */
export function groupPeer(
  base: string,
  entry: JsonObject,
  devices: ReadonlyMap<string, Zigbee2mqttPeer>,
): Zigbee2mqttPeer | undefined {
  const name = stringOf(entry["friendly_name"]);
  const id = entry["id"];
  if (name === undefined || typeof id !== "number") return undefined;
  const ref: Ref = [["zigbee-group", `${base}/${id}`]];
  const key = `group/${base}/${id}`;
  return {
    key,
    ref,
    ...topicsOf(base, name),
    kind: "group",
    base,
    name,
    isSleepy: false,
    exposes: exposesOf(entry, devices),
  };
}

function topicsOf(base: string, name: string): Pick<Zigbee2mqttPeer, "bases" | "roots"> {
  return { bases: [], roots: [`${base}/${name}`] };
}

/** A group does not say what it has: what lights and covers have is understood and told. */
const groupExposes: readonly Scalar[] = [
  {
    type: "light",
    features: [
      {
        type: "binary",
        name: "state",
        property: "state",
        access: 7,
        value_on: "ON",
        value_off: "OFF",
      },
      {
        type: "numeric",
        name: "brightness",
        property: "brightness",
        access: 7,
        value_min: 0,
        value_max: 254,
      },
      { type: "numeric", name: "color_temp", property: "color_temp", access: 7, unit: "mired" },
      { type: "composite", name: "color_xy", property: "color", access: 7, features: [] },
    ],
  },
  { type: "numeric", name: "position", property: "position", access: 7, unit: "%" },
];
