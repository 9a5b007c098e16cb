import {
  CommandError,
  slug,
  type Command,
  type DeviceFacts,
  type EventData,
  type Scalar,
  type Write,
} from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Dialect, Encoded, Heard, Hearing, Listening } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import {
  isObject,
  numberOf,
  parseDeviceJson,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { below } from "../../named-peer.ts";
import { typeOf } from "../../../reading/vendor.ts";
import { isKnown, valueOf } from "./classes.ts";
import { gatewayHearing, gatewayOf, gatewayRef, isGateway } from "./gateway.ts";
import { nodeOf, placeBelow, type Place } from "./places.ts";
import { zwavePeerSchema, type ZwavePeer } from "./peer.ts";
import type { ZwaveValue } from "./value.ts";

/**
 * Nodes behind Z-Wave JS UI, in its topics by value or by name. Source: the project's documentation
 * and the command classes of Z-Wave. Units are told only where whole values are published.
 */
export const zwaveJsUi: Dialect<ZwavePeer> = {
  name: "zwave-js-ui",
  rank: "native",
  peerSchema: zwavePeerSchema,
  recognise(frame, { config }) {
    const { prefix, temperature_unit: temperatureUnit } = config.zwave_js_ui;
    const gateway = gatewayOf(frame.topic, prefix);
    if (gateway !== undefined) return gatewayPeer(gateway, temperatureUnit);
    const root = rootOf(frame, prefix);
    return root === undefined ? undefined : zwavePeer(root, prefix, temperatureUnit);
  },
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type ZwaveHearing = Hearing<ZwavePeer>;

function zwavePeer(
  root: string,
  prefixes: readonly string[],
  temperatureUnit: "C" | "F",
): ZwavePeer {
  const name =
    prefixes.map((prefix) => below(root, prefix)).find((found) => found !== undefined) ?? root;
  return { key: root, ref: [["zwave", name]], bases: [], roots: [root], root, temperatureUnit };
}

function gatewayPeer(root: string, temperatureUnit: "C" | "F"): ZwavePeer {
  return { key: root, ref: gatewayRef(root), bases: [root], root, temperatureUnit };
}

function rootOf({ topic }: Frame, prefixes: readonly string[]): string | undefined {
  const root = topic.endsWith("/set") ? undefined : nodeOf(topic, prefixes);
  return root === undefined || slug(root) === "" ? undefined : root;
}

function normalise(
  { topic, payload }: Frame,
  peer: ZwavePeer,
  { peers }: Listening<ZwavePeer>,
): ZwaveHearing {
  const path = below(topic, peer.root) ?? "";
  if (path.endsWith("/set") || payload === "") return { devices: [] };
  const message = messageIn(payload);
  if (message === undefined) return { devices: [], diagnostic: "bad_payload" };
  if (isGateway(peer)) return gatewayHearing(path, message.value, peer, peers);
  if (path === "status") return status(message, peer);
  if (path === "nodeinfo") return nodeInfo(message.document, peer);
  if (path === "lastActive") return { devices: [] };
  const place = placeBelow(path, peer.root);
  return place ? valueHearing(place, message, peer, path) : { devices: [] };
}

/** What a payload carries, whichever of the three forms it has. */
interface Message {
  readonly value: Scalar | undefined;
  readonly timeMs?: number | undefined;
  readonly document: JsonObject;
}

function messageIn(payload: string): Message | undefined {
  const parsed = parseDeviceJson(payload) ?? (/^[[{"]/.test(payload) ? undefined : payload);
  if (parsed === undefined) return undefined;
  if (!isObject(parsed)) return { value: parsed, document: {} };
  if (!isEnvelope(parsed)) return { value: parsed, document: parsed };
  const timeMs = numberOf(parsed["time"]) ?? numberOf(parsed["lastUpdate"]);
  // What is not known is left out.
  return { value: parsed["value"] ?? null, timeMs, document: parsed };
}

/** Whether a value comes with its time, or with all that is known of it. */
function isEnvelope(parsed: JsonObject): boolean {
  return (
    "value" in parsed || "time" in parsed || ("commandClass" in parsed && "property" in parsed)
  );
}

/** A node that sleeps is there all the same. */
function status({ value, document }: Message, { ref }: ZwavePeer): ZwaveHearing {
  const word = document["status"];
  if (word === "Asleep")
    return { devices: [{ ref, facts: { sleepy: true }, availability: "sleeping" }] };
  if (typeof value !== "boolean") return { devices: [], diagnostic: "bad_payload" };
  return { devices: [{ ref, facts: {}, availability: value ? "online" : "offline" }] };
}

/** Motors among the switches with levels. */
const motors: ReadonlySet<Scalar> = new Set<Scalar>([3, 5, 6, 7]);

function isMotor({ deviceClass }: JsonObject): boolean {
  if (!isObject(deviceClass)) return false;
  return deviceClass["generic"] === 17 && motors.has(deviceClass["specific"] ?? null);
}

function nodeInfo(info: JsonObject, peer: ZwavePeer): ZwaveHearing {
  const [name, manufacturer, model, firmware] = [
    "name",
    "manufacturer",
    "productLabel",
    "firmwareVersion",
  ].map((key) => stringOf(info[key]));
  const facts: DeviceFacts = {
    ...(name !== undefined && { name }),
    ...(manufacturer !== undefined && { manufacturer }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
  };
  const learned = isMotor(info) ? { ...peer, isCover: true } : peer;
  return { peer: learned, devices: [{ ref: peer.ref, facts }] };
}

function valueHearing(
  place: Place,
  message: Message,
  peer: ZwavePeer,
  topic: string,
): ZwaveHearing {
  const { value: raw, timeMs, document } = message;
  if (place.commandClass === 91) return scene(place, raw, peer);
  const unit = stringOf(document["unit"]);
  const property = stringOf(document["propertyName"]) ?? place.property;
  if (isCoverCommand(place)) return covered(peer);
  const found = valueOf({ ...place, property, unit }, peer);
  if (!found || raw === undefined) return { peer, devices: [] };
  const observation = observed(found, raw, topic);
  if (!observation) return { devices: [], diagnostic: "bad_value" };
  const heard: Heard = {
    ref: peer.ref,
    observations: [observation],
    ...(timeMs !== undefined && timeMs > 1e12 && { measuredAtMs: timeMs }),
  };
  return { peer, devices: [heard] };
}

/** Levels that go up and down are those of a light, those that open and close those of a cover. */
function isCoverCommand({ commandClass, property }: Place): boolean {
  return commandClass === 38 && (property === "Open" || property === "Close");
}

function covered(peer: ZwavePeer): ZwaveHearing {
  return { peer: { ...peer, isCover: true }, devices: [{ ref: peer.ref, facts: {} }] };
}

function observed(found: ZwaveValue, raw: Scalar, source: string): Observation | undefined {
  const { read, says, write } = found;
  const facts = { ...found.facts, source: beside(source, found.source) };
  const value = raw === null ? null : read(raw);
  if (value === undefined) return undefined;
  if (!isKnown(found)) {
    const type = typeOf(raw) ?? (isObject(raw) ? "object" : undefined);
    return type && { facts: { ...facts, type, kind: "diagnostic" }, value };
  }
  const access = write ? ({} as const) : ({ access: "r" } as const);
  return {
    facts: { ...facts, ...access },
    value,
    ...(value !== raw && { raw }),
    ...(says !== undefined && { conversion: says }),
  };
}

/** The path of another property of the same endpoint. */
function beside(path: string, property: string | undefined): string {
  return property === undefined ? path : path.replace(/[^/]+$/, property);
}

const presses: ReadonlyMap<number, string> = new Map([
  [0, "press"],
  [1, "release"],
  [2, "hold"],
  [3, "double_press"],
  [4, "triple_press"],
  [5, "quadruple_press"],
]);

function scene(
  { property, key = property }: Place,
  raw: Scalar | undefined,
  peer: ZwavePeer,
): ZwaveHearing {
  const action = typeof raw === "number" ? presses.get(raw) : undefined;
  if (action === undefined) return { peer, devices: [] };
  const part = String(Number(key.replace(/\D/g, "")) || key);
  const events: EventData[] = [{ name: "action", action, part }];
  return { peer, devices: [{ ref: peer.ref, events }] };
}

function encode({ writes }: Extract<Command, { type: "set" }>, peer: ZwavePeer): Encoded {
  const wishes = writes.map((write) => wishOf(write, peer));
  return {
    requests: wishes.map(({ request }) => request),
    expectations: wishes.map(({ expectation }) => expectation),
  };
}

/** The property was heard at `38/0/currentValue`, and is set beside it. */
function wishOf(
  { is, part, source = "", value }: Write,
  peer: ZwavePeer,
): { request: Encoded["requests"][number]; expectation: Encoded["expectations"][number] } {
  const { root } = peer;
  const place = placeBelow(source, root);
  const found = place && valueOf(place, peer);
  const wire = found?.write?.(value);
  if (!place || found?.target === undefined || wire === undefined) {
    throw new CommandError("unsupported", `The node has no command for ${is}`);
  }
  const levels = source.split("/");
  levels[levels.length - (place.key === undefined ? 1 : 2)] = found.target;
  const accepts = agrees(found.read(wire) ?? value);
  return {
    request: { topic: `${root}/${levels.join("/")}/set`, payload: JSON.stringify({ value: wire }) },
    expectation: { wish: { is, part }, anyOf: [{ is, part, accepts }] },
  };
}
