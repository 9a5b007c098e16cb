import { slug, z, type Ref } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import type { Dialect, Hearing, Heard, Note } from "../../dialect.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { parseDeviceObject, type JsonObject } from "../../../reading/json.ts";
import { below } from "../../named-peer.ts";
import { noCommands } from "../../no-commands.ts";
import { peerShape } from "../../peers.ts";
import {
  fieldObservation,
  isAddressing,
  kindOf,
  nameOf,
  pressesOf,
  radioDevice,
} from "./readings.ts";

const peerSchema = z.object({
  ...peerShape,
  root: z.string(),
  /** It publishes whole messages: the tree of single values says the same again. */
  hasEvents: z.boolean(),
  /** Names of the devices of each model and channel, the last one last. */
  names: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
  /** Temperatures that were told in Celsius, in the tree of single values. */
  celsius: z.array(z.string()).readonly().default([]),
});
type Rtl433Peer = Readonly<z.infer<typeof peerSchema>>;

/** Models and channels, and names of each, that are remembered for the hint. */
const maxKinds = 500;
const maxNames = 8;
/** Temperatures of which it is remembered that they come in two scales; others may be read twice. */
const maxCelsius = 500;

/**
 * The receiver rtl_433, which decodes the radio sensors of a neighbourhood. Source: the project's
 * documentation of its data format and of its MQTT output.
 */
export const rtl433: Dialect<Rtl433Peer> = {
  name: "rtl-433",
  rank: "native",
  peerSchema,
  recognise: (frame) => {
    const root = rootOf(frame);
    return root === undefined ? undefined : rtl433Peer(root);
  },
  normalise,
  encode: noCommands,
  identify: () => [],
  poll: () => [],
};

type Rtl433Hearing = Hearing<Rtl433Peer>;

function rtl433Peer(root: string): Rtl433Peer {
  const ref: Ref = [["rtl-433", root.replace(/^rtl_433\/?/, "") || root]];
  return {
    key: root,
    ref,
    bases: [],
    roots: [root],
    root,
    hasEvents: false,
    names: {},
    celsius: [],
  };
}

/** By the name of its topic; under another one by what only its messages have together. */
function rootOf({ topic, payload }: Frame): string | undefined {
  const own = /^(rtl_433\/[^/]+)\/(?:events|states|availability|devices\/.+)$/.exec(topic)?.[1];
  if (own !== undefined) return own;
  const root = /^(.+)\/events$/.exec(topic)?.[1];
  const message = root === undefined ? undefined : parseDeviceObject(payload);
  const isDecoded = message?.["time"] !== undefined && nameOf(message) !== undefined;
  const isRadio =
    isDecoded && ["id", "channel", "mic", "protocol"].some((key) => message[key] !== undefined);
  return isRadio ? root : undefined;
}

function normalise({ topic, payload }: Frame, peer: Rtl433Peer): Rtl433Hearing {
  const path = below(topic, peer.root) ?? "";
  if (path === "availability") return availability(payload, peer);
  if (path === "states") return { peer, devices: [{ ref: peer.ref, facts: {} }] };
  if (path.startsWith("devices/")) return single(path.slice("devices/".length), payload, peer);
  if (path !== "events") return { devices: [] };
  const message = parseDeviceObject(payload);
  if (!message) return { devices: [], diagnostic: "bad_payload" };
  return whole(message, { ...peer, hasEvents: true });
}

/** What is behind a receiver that is gone cannot be heard. */
function availability(payload: string, { ref, names }: Rtl433Peer): Rtl433Hearing {
  if (payload !== "online" && payload !== "offline") {
    return { devices: [], diagnostic: "bad_payload" };
  }
  const own: Heard = { ref, availability: payload };
  if (payload === "online") return { devices: [own] };
  const behind = Object.values(names).flat();
  return { devices: [own, ...behind.map(unheard)] };
}

function unheard(name: string): Heard {
  return { ref: [["rf", name]], availability: "unknown" };
}

function whole(message: JsonObject, before: Rtl433Peer): Rtl433Hearing {
  const device = radioDevice(message, before.ref);
  // A report of the receiver about itself.
  if (!device) return { peer: before, devices: [{ ref: before.ref, facts: {} }] };
  const { peer, predecessor } = remember(kindOf(message), nameOf(message), before);
  const hint =
    predecessor === undefined ? {} : { notes: [{ ref: device.ref, ...maybe(predecessor) }] };
  return { peer, devices: [receiver(peer), device], ...hint };
}

function receiver({ ref }: Rtl433Peer): Heard {
  return { ref, facts: { model: "rtl_433" } };
}

/** Sensors of many makes get a new id with a new battery. */
function maybe(predecessor: string): Omit<Note, "ref"> {
  return {
    code: "maybe_replaces",
    message: `rf-${slug(predecessor)} is of the same model and channel; if this is the same sensor with a new battery: koine devices replace`,
  };
}

function remember(
  kind: string,
  name: string | undefined,
  peer: Rtl433Peer,
): { readonly peer: Rtl433Peer; readonly predecessor?: string | undefined } {
  const names = peer.names[kind] ?? [];
  if (name === undefined || names.includes(name)) return { peer };
  if (names.length === 0 && Object.keys(peer.names).length >= maxKinds) return { peer };
  const kept = [...names, name].slice(-maxNames);
  return { peer: { ...peer, names: { ...peer.names, [kind]: kept } }, predecessor: names.at(-1) };
}

/** `<model>/<channel>/<id>/<field>`, with a type before it for tyres; levels that are absent are left out. */
function single(path: string, payload: string, before: Rtl433Peer): Rtl433Hearing {
  const levels = path.split("/").filter((level) => level !== "TPMS");
  const field = levels.pop() ?? "";
  const name = levels.join("-");
  if (before.hasEvents || slug(name) === "" || isNoReading(field)) return { devices: [] };
  const [model = ""] = levels;
  const message: JsonObject = { model, ...(path.startsWith("TPMS/") && { type: "TPMS" }) };
  const { peer, isTold } = withScale(`${name}/${field}`, before);
  if (isTold) return { devices: [] };
  const said = fieldHeard(field, numberIn(payload) ?? payload, message);
  const learned = remember(levels.slice(0, -1).join("-") || name, name, peer).peer;
  const device: Heard = { ref: [["rf", name]], facts: { model, via: peer.ref }, ...said };
  return { peer: learned, devices: [receiver(peer), device] };
}

/** Of the transmission, or one item of a list. */
function isNoReading(field: string): boolean {
  return (isAddressing(field) && field !== "rssi") || /^\d*$/.test(field);
}

/** A temperature may come in Celsius and then in Fahrenheit: once is enough. */
function withScale(
  path: string,
  peer: Rtl433Peer,
): { readonly peer: Rtl433Peer; readonly isTold: boolean } {
  const [, what, scale] = /^(.+)_([CF])$/.exec(path) ?? [];
  if (what === undefined) return { peer, isTold: false };
  const isKnown = peer.celsius.includes(what);
  if (scale === "F") return { peer, isTold: isKnown };
  if (isKnown || peer.celsius.length >= maxCelsius) return { peer, isTold: false };
  return { peer: { ...peer, celsius: [...peer.celsius, what] }, isTold: false };
}

function fieldHeard(
  field: string,
  value: string | number,
  message: JsonObject,
): Pick<Heard, "observations" | "events" | "copyOf"> {
  if (field === "button") {
    return { events: pressesOf({ button: value }), copyOf: `button ${value}` };
  }
  const isLevel = field === "rssi" && typeof value === "number";
  return { observations: fieldObservation(field, isLevel ? Math.round(value) : value, message) };
}
