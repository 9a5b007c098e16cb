import {
  CommandError,
  slug,
  z,
  type Command,
  type DeviceFacts,
  type EventData,
  type Scalar,
  type Write,
} from "koine/adapter";
import { agrees } from "../../agreement.ts";
import type { Dialect, Encoded, Heard, Hearing, Observation } from "../../dialect.ts";
import type { Frame } from "../../frame.ts";
import { isObject, numberOf, parseDeviceJson, stringOf, type JsonObject } from "../../json.ts";
import { below } from "../../named-peer.ts";
import { peerShape } from "../../peers.ts";
import { isSecretName, typeOf } from "../../vendor.ts";
import { classNumbers, isKnown, valueOf, type ValueId, type ZwaveValue } from "./classes.ts";

const peerSchema = z.object({
  ...peerShape,
  root: z.string(),
  temperatureUnit: z.enum(["C", "F"]),
});
type ZwavePeer = Readonly<z.infer<typeof peerSchema>>;

/**
 * Nodes behind Z-Wave JS UI, in its topics by value or by name. Source: the project's documentation
 * and the command classes of Z-Wave. Units are told only where whole values are published.
 */
export const zwaveJsUi: Dialect<ZwavePeer> = {
  name: "zwave-js-ui",
  rank: "native",
  recognise(frame, { config }) {
    const { prefix, temperature_unit: temperatureUnit } = config.zwave_js_ui;
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

interface Place extends ValueId {
  /** The topic of the node. */
  readonly root: string;
}

const byNumber = /^(.+)\/(\d{1,3})\/(\d{1,3})\/([^/]+)(?:\/([^/]+))?$/;
const byName = /^(.+)\/([a-z_]+|unknownClass_\d+)\/(?:endpoint_(\d{1,3})\/)?([^/]+)(?:\/([^/]+))?$/;

/** Where a topic points to, by the number or by the name of the command class. */
function placeOf(topic: string): Place | undefined {
  const numbers = byNumber.exec(topic);
  if (numbers) {
    const [, root = "", commandClass, endpoint, property = "", key] = numbers;
    return { root, commandClass: Number(commandClass), endpoint: Number(endpoint), property, key };
  }
  const [, root, name = "", endpoint = "0", property = "", key] = byName.exec(topic) ?? [];
  const commandClass = classNumbers.get(name);
  if (root === undefined || commandClass === undefined) return undefined;
  return { root, commandClass, endpoint: Number(endpoint), property, key };
}

function rootOf({ topic }: Frame, prefixes: readonly string[]): string | undefined {
  const rest = prefixes.map((prefix) => below(topic, prefix)).find((one) => one !== undefined);
  if (rest === undefined || rest.startsWith("_") || topic.endsWith("/set")) return undefined;
  const node = /^(.+)\/(?:status|lastActive|nodeinfo)$/.exec(topic)?.[1];
  const root = placeOf(topic)?.root ?? node;
  return root === undefined || prefixes.includes(root) || slug(root) === "" ? undefined : root;
}

function normalise({ topic, payload }: Frame, peer: ZwavePeer): ZwaveHearing {
  const path = below(topic, peer.root) ?? "";
  if (path.endsWith("/set") || payload === "") return { devices: [] };
  const message = messageIn(payload);
  if (message === undefined) return { devices: [], diagnostic: "bad_payload" };
  if (path === "status") return status(message, peer);
  if (path === "nodeinfo") return nodeInfo(message.document, peer);
  if (path === "lastActive") return { devices: [] };
  const place = placeOf(topic);
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
  if (!("value" in parsed) && !("time" in parsed)) return { value: parsed, document: parsed };
  const timeMs = numberOf(parsed["time"]) ?? numberOf(parsed["lastUpdate"]);
  return { value: parsed["value"], timeMs, document: parsed };
}

/** A node that sleeps is there all the same. */
function status({ value, document }: Message, { ref }: ZwavePeer): ZwaveHearing {
  const word = document["status"];
  if (word === "Asleep")
    return { devices: [{ ref, facts: { sleepy: true }, availability: "sleeping" }] };
  if (typeof value !== "boolean") return { devices: [], diagnostic: "bad_payload" };
  return { devices: [{ ref, facts: {}, availability: value ? "online" : "offline" }] };
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
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

function valueHearing(
  place: Place,
  message: Message,
  peer: ZwavePeer,
  topic: string,
): ZwaveHearing {
  const { value: raw, timeMs, document } = message;
  if (place.commandClass === 91) return scene(place, raw, peer);
  const [unit, label] = [stringOf(document["unit"]), stringOf(document["label"])];
  const property = stringOf(document["propertyName"]) ?? place.property;
  const found = valueOf({ ...place, property, unit, label }, peer.temperatureUnit);
  if (!found || raw === undefined || isSecretName(property)) return { peer, devices: [] };
  const observation = observed(found, raw, topic);
  if (!observation) return { devices: [], diagnostic: "bad_value" };
  const heard: Heard = {
    ref: peer.ref,
    observations: [observation],
    ...(timeMs !== undefined && timeMs > 1e12 && { measuredAtMs: timeMs }),
  };
  return { peer, devices: [heard] };
}

function observed(found: ZwaveValue, raw: Scalar, source: string): Observation | undefined {
  const { read, says, write } = found;
  const facts = { ...found.facts, source };
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
  { root, temperatureUnit }: ZwavePeer,
): { request: Encoded["requests"][number]; expectation: Encoded["expectations"][number] } {
  const place = placeOf(`${root}/${source}`);
  const found = place && valueOf(place, temperatureUnit);
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
