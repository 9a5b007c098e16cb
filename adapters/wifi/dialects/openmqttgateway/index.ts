import { partOf, slug, z, type DeviceFacts, type Ref } from "koine/adapter";
import type { Dialect, Hearing, Heard, Observation } from "../../dialect.ts";
import type { Frame } from "../../frame.ts";
import { parseDeviceObject, stringOf, type JsonObject } from "../../json.ts";
import { below, macIn, rootedPeer, rootedPeerShape } from "../../named-peer.ts";
import { noCommands } from "../../no-commands.ts";
import { radioDevice } from "../rtl433/readings.ts";
import { keyObservations } from "./keys.ts";

const peerSchema = z.object(rootedPeerShape);
type GatewayPeer = Readonly<z.infer<typeof peerSchema>>;

/**
 * OpenMQTTGateway and Theengs Gateway, which pass on what they hear of Bluetooth and radio sensors,
 * and of sensors on their own pins. Source: the projects' documentation, and the tests of Theengs
 * Decoder for keys and units.
 */
export const openMqttGateway: Dialect<GatewayPeer> = {
  name: "openmqttgateway",
  rank: "native",
  peerSchema,
  recognise: (frame) => {
    const root = rootOf(frame);
    return root === undefined ? undefined : gatewayPeer(root);
  },
  normalise,
  encode: noCommands,
  identify: () => [],
  poll: () => [],
};

type GatewayHearing = Hearing<GatewayPeer>;

const source = /^(?:[A-Z0-9][A-Za-z0-9_]*)toMQTT$/;

function gatewayPeer(root: string, mac?: string): GatewayPeer {
  const name = root.slice(root.lastIndexOf("/") + 1);
  const make = /theengs/i.test(name) ? "theengs" : "openmqttgateway";
  return rootedPeer({ make, name, root, mac });
}

/** What stands before the first level that ends in `toMQTT`. */
function rootOf({ topic }: Frame): string | undefined {
  const levels = topic.split("/");
  const at = levels.findIndex((level) => source.test(level));
  if (at < 1 || levels.includes("commands")) return undefined;
  return levels.slice(0, at).join("/");
}

function normalise({ topic, payload }: Frame, peer: GatewayPeer): GatewayHearing {
  const path = below(topic, peer.root) ?? "";
  if (path === "LWT") return lastWill(payload, peer);
  if (path === "version") return said(peer, { firmware: payload });
  const [kind = "", ...rest] = path.split("/");
  if (!source.test(kind) || kind === "RLStoMQTT") return { devices: [] };
  const message = parseDeviceObject(payload);
  if (!message) return { devices: [], diagnostic: "bad_payload" };
  switch (kind) {
    case "BTtoMQTT":
      return bluetooth(rest.join("/"), message, peer);
    case "RTL_433toMQTT":
      return behind(peer, radioDevice(message, peer.ref));
    case "SYStoMQTT":
      return system(message, peer);
    default:
      return wired(kind, rest, message, peer);
  }
}

function lastWill(payload: string, { ref }: GatewayPeer): GatewayHearing {
  if (payload !== "online" && payload !== "offline") {
    return { devices: [], diagnostic: "bad_payload" };
  }
  return { devices: [{ ref, availability: payload }] };
}

function said(peer: GatewayPeer, facts: DeviceFacts): GatewayHearing {
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

function behind(peer: GatewayPeer, device: Heard | undefined): GatewayHearing {
  const gateway: Heard = { ref: peer.ref, facts: {} };
  return { peer, devices: device ? [gateway, device] : [gateway] };
}

function bluetooth(path: string, message: JsonObject, peer: GatewayPeer): GatewayHearing {
  // Its own settings, and what it could not decode.
  if (path === "" || path.startsWith("undecoded")) return { devices: [] };
  const ref = identityOf(path, message);
  if (!ref) return behind(peer, undefined);
  const [name, model, manufacturer] = ["name", "model", "brand"].map((key) =>
    stringOf(message[key]),
  );
  const facts: DeviceFacts = {
    via: peer.ref,
    ...(name !== undefined && { name }),
    ...(model !== undefined && { model }),
    ...(manufacturer !== undefined && manufacturer !== "GENERIC" && { manufacturer }),
  };
  return behind(peer, {
    ref,
    facts,
    observations: keyObservations(message, { vendor: "theengs" }),
  });
}

/**
 * The address; or, where that changes, what the beacon calls itself. An address that changes and
 * names nothing is no device.
 */
function identityOf(path: string, message: JsonObject): Ref | undefined {
  const { uuid, major, minor, mac_type: addressType, type, model_id: decoded } = message;
  if (type === "RMAC") return undefined;
  const [mac] = [message["mac"], message["id"], path].flatMap((one) => macIn(stringOf(one)) ?? []);
  const isRandom = addressType === 1 && mac !== undefined && !isStatic(mac);
  if (typeof uuid === "string" && (isRandom || mac === undefined)) {
    const beacon = [slug(uuid).replaceAll("-", ""), major ?? 0, minor ?? 0].map(String).join("-");
    return [["ble-beacon", beacon]];
  }
  if (mac === undefined || (isRandom && decoded === undefined)) return undefined;
  return [["ble", mac]];
}

/** Random addresses that stay have both highest bits set. */
function isStatic(mac: string): boolean {
  return Number.parseInt(mac.slice(0, 2), 16) >> 6 === 3;
}

function system(message: JsonObject, before: GatewayPeer): GatewayHearing {
  const mac = macIn(stringOf(message["mac"]));
  const peer = mac === undefined ? before : gatewayPeer(before.root, mac);
  const firmware = stringOf(message["version"]);
  const { tempc, uptime, rssi, ...rest } = message;
  const readings: Observation[] = [
    ...(tempc === undefined ? [] : [own("device_temperature", "tempc", tempc)]),
    ...(uptime === undefined ? [] : [own("uptime", "uptime", uptime)]),
    ...(rssi === undefined ? [] : [own("rssi", "rssi", rssi)]),
  ];
  const { SSID: _, BSSID: __, ip: ___, version: ____, modules: _____, ...others } = rest;
  const figures = keyObservations(others, { vendor: "openmqttgateway" }).map(diagnostic);
  const observations = [...readings, ...figures];
  return {
    peer,
    devices: [{ ref: peer.ref, facts: firmware === undefined ? {} : { firmware }, observations }],
  };
}

function own(is: string, key: string, value: JsonObject[string]): Observation {
  return { facts: { is, source: `SYStoMQTT.${key}` }, value };
}

function diagnostic(one: Observation): Observation {
  return { ...one, facts: { ...one.facts, kind: "diagnostic" } };
}

/** A sensor on the gateway's own pins, named by its make and, where there are several, its address. */
function wired(
  kind: string,
  rest: readonly string[],
  message: JsonObject,
  peer: GatewayPeer,
): GatewayHearing {
  const sensor = kind.replace(/toMQTT$/, "");
  const part = partOf(
    [sensor === "CLIMA" ? "" : sensor, ...rest].filter((word) => word !== "").join("_"),
  );
  const named =
    kind === "HCSR501toMQTT"
      ? { motion: message["presence"] ?? message["hcsr501"] ?? null }
      : message;
  const observations = keyObservations(named, { vendor: "openmqttgateway", part });
  return { peer, devices: [{ ref: peer.ref, observations }] };
}
