import type { DeviceFacts } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import type { Dialect, Hearing, Heard } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import {
  parseDeviceJson,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { below, macIn } from "../../named-peer.ts";
import { radioDevice } from "../rtl433/readings.ts";
import { bluetoothDevice } from "./bluetooth.ts";
import { keyObservations } from "./keys.ts";
import { gatewayPeer, gatewayPeerSchema, hearing, withAddress, type GatewayPeer } from "./peer.ts";
import { code, encode, isCode, relay, wired } from "./wired.ts";

/**
 * OpenMQTTGateway and Theengs Gateway, which pass on what they hear of Bluetooth and radio sensors,
 * and of sensors on their own pins. Source: the projects' documentation, and the tests of Theengs
 * Decoder for keys and units.
 */
export const openMqttGateway: Dialect<GatewayPeer> = {
  name: "openmqttgateway",
  rank: "native",
  peerSchema: gatewayPeerSchema,
  recognise: (frame) => {
    const root = rootOf(frame);
    return root === undefined ? undefined : gatewayPeer(root);
  },
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type GatewayHearing = Hearing<GatewayPeer>;

const source = /^(?:[A-Z0-9][A-Za-z0-9_]*)toMQTT$/;
/** Names that gateways are given unless their owner has another. */
const usualName = /openmqttgateway|^omg|theengs/i;

/** What stands before the first level that ends in `toMQTT`, or before what a gateway says of itself. */
function rootOf({ topic }: Frame): string | undefined {
  const levels = topic.split("/");
  const [name = "", last = ""] = levels.slice(-2);
  const isOwn = (last === "LWT" || last === "version") && usualName.test(name);
  const at = isOwn ? levels.length - 1 : levels.findIndex((level) => source.test(level));
  if (at < 1 || levels.includes("commands")) return undefined;
  return levels.slice(0, at).join("/");
}

/** Its updates, and the texts that somebody wrote to a telephone. */
const unsaid = new Set(["RLStoMQTT", "2GtoMQTT"]);

function normalise({ topic, payload }: Frame, peer: GatewayPeer): GatewayHearing {
  const path = below(topic, peer.root) ?? "";
  if (path === "LWT") return lastWill(payload, peer);
  if (path === "version") return said(peer, { firmware: payload });
  const [kind = "", ...rest] = path.split("/");
  if (!source.test(kind) || unsaid.has(kind)) return { devices: [] };
  const message = parseDeviceObject(payload);
  if (message) return whole(kind, rest, message, peer);
  return single(kind, rest, payload, peer) ?? { devices: [], diagnostic: "bad_payload" };
}

function whole(
  kind: string,
  rest: readonly string[],
  message: JsonObject,
  peer: GatewayPeer,
): GatewayHearing {
  if (isCode(kind)) return code(kind, message, peer);
  switch (kind) {
    case "BTtoMQTT":
      return bluetooth(rest.join("/"), message, peer);
    case "RTL_433toMQTT":
      return radio(message, peer);
    case "SYStoMQTT":
      return system(message, peer);
    case "ONOFFtoMQTT":
      return relay(message, peer);
    default:
      return wired(kind, rest, message, peer);
  }
}

/** One key of a message on a topic of its own, as a gateway with little memory publishes it. */
function single(
  kind: string,
  levels: readonly string[],
  payload: string,
  peer: GatewayPeer,
): GatewayHearing | undefined {
  const [rest, key] = [levels.slice(0, -1), levels.at(-1)];
  if (key === undefined || !/^[a-z][a-z0-9_]*$/i.test(key)) return undefined;
  const message = { [key]: parseDeviceJson(payload) ?? payload };
  if (kind === "BTtoMQTT") {
    const [address] = rest;
    return rest.length === 1 && macIn(address) ? singleOfDevice(rest, message, peer) : undefined;
  }
  const isReading = numberIn(payload) !== undefined || /^(?:true|false)$/.test(payload);
  return isReading ? whole(kind, rest, message, peer) : undefined;
}

/** How loud it is does not tell a sensor from whatever else passes by. */
function singleOfDevice(
  rest: readonly string[],
  message: JsonObject,
  peer: GatewayPeer,
): GatewayHearing {
  const device = bluetoothDevice(rest.join("/"), message, peer.ref);
  const isReading = device?.observations?.some(
    ({ facts }) => !/^(?:rssi|distance)$/.test(facts.is),
  );
  const isSensor = isReading === true || (device?.events ?? []).length > 0;
  return behind(peer, isSensor ? device : undefined);
}

/** What is behind a gateway that is gone cannot be heard. */
function lastWill(payload: string, { ref, behind: known }: GatewayPeer): GatewayHearing {
  if (payload !== "online" && payload !== "offline") {
    return { devices: [], diagnostic: "bad_payload" };
  }
  const gateway: Heard = { ref, availability: payload };
  if (payload === "online") return { devices: [gateway] };
  return {
    devices: [gateway, ...known.map((one): Heard => ({ ref: [one], availability: "unknown" }))],
  };
}

function said(peer: GatewayPeer, facts: DeviceFacts): GatewayHearing {
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

function behind(peer: GatewayPeer, device: Heard | undefined): GatewayHearing {
  const gateway: Heard = { ref: peer.ref, facts: {} };
  if (!device) return { peer, devices: [gateway] };
  return { peer: hearing(peer, device.ref), devices: [gateway, device] };
}

function bluetooth(path: string, message: JsonObject, peer: GatewayPeer): GatewayHearing {
  // Its own settings, and what it could not decode.
  if (path === "" || path.startsWith("undecoded")) return { devices: [] };
  return behind(peer, bluetoothDevice(path, message, peer.ref));
}

/** Models by which the receiver speaks of itself, or of what it did not understand. */
const noModels = new Set(["status", "undecoded signal"]);

function radio(message: JsonObject, peer: GatewayPeer): GatewayHearing {
  const isDevice = !noModels.has(stringOf(message["model"]) ?? "");
  return behind(peer, isDevice ? radioDevice(message, peer.ref) : undefined);
}

/** Where it is, what it is made of, and what it was told to show. */
const unsaidOfItself = new Set(["SSID", "BSSID", "ip", "version", "modules", "message", "tempf"]);
const ofItself = new Map([
  ["tempc", "device_temperature"],
  ["uptime", "uptime"],
  ["rssi", "rssi"],
]);

function system(message: JsonObject, before: GatewayPeer): GatewayHearing {
  const mac = macIn(stringOf(message["mac"]));
  const peer = mac === undefined ? before : withAddress(before, mac);
  const firmware = stringOf(message["version"]);
  const figures = Object.fromEntries(
    Object.entries(message).filter(([key]) => !unsaidOfItself.has(key) && !ofItself.has(key)),
  );
  const observations = [
    ...[...ofItself].flatMap(([key, is]) => own(is, key, message[key])),
    ...keyObservations(figures, { vendor: "openmqttgateway" }).map(diagnostic),
  ];
  return {
    peer,
    devices: [{ ref: peer.ref, facts: firmware === undefined ? {} : { firmware }, observations }],
  };
}

function own(is: string, key: string, value: JsonObject[string] | undefined): Observation[] {
  return value === undefined ? [] : [{ facts: { is, source: `SYStoMQTT.${key}` }, value }];
}

function diagnostic(one: Observation): Observation {
  return { ...one, facts: { ...one.facts, kind: "diagnostic" } };
}
