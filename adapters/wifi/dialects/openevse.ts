import { vendorProperty, z, type Command, type Scalar } from "koine/adapter";
import { number, numberIn, words, type Codec } from "../../reading/codec.ts";
import type { Dialect, Encoded, Hearing, Listening } from "../dialect.ts";
import type { Observation } from "../../reading/observation.ts";
import type { Frame } from "../../mqtt/frame.ts";
import { isObject, parseDeviceObject, stringOf } from "../../reading/json.ts";
import { below, rootedPeer, rootedPeerShape } from "../named-peer.ts";
import { TopicTable } from "../topic-table.ts";
import { typeOf } from "../../reading/vendor.ts";

const peerSchema = z.object(rootedPeerShape);
type OpenEvsePeer = Readonly<z.infer<typeof peerSchema>>;

/** `false` and `null` where there is no such sensor. */
function fitted(codec: Codec): Codec {
  return {
    ...codec,
    decode: (text) => (text === "false" || text === "null" ? null : codec.decode(text)),
  };
}

const tenths = fitted(number({ mul: 0.1 }));
const states = new Map([
  [0, "starting"],
  [1, "not_connected"],
  [2, "connected"],
  [3, "charging"],
  [4, "vent_required"],
  [5, "diode_check_failed"],
  [6, "gfi_fault"],
  [7, "no_earth"],
  [8, "stuck_relay"],
  [9, "gfi_self_test_failed"],
  [10, "over_temperature"],
  [11, "over_current"],
  [254, "sleeping"],
  [255, "disabled"],
]);

function stateNumber(text: string): number | undefined {
  const n = numberIn(text);
  return n !== undefined && states.has(n) ? n : undefined;
}

const topics = new TopicTable([
  { topic: "amp", is: "current", codec: fitted(number({ mul: 0.001 })) },
  { topic: "voltage", is: "voltage", codec: fitted(number()) },
  { topic: "power", is: "power", codec: fitted(number()) },
  { topic: "frequency", is: "frequency", codec: fitted(number({ mul: 0.01 })) },
  { topic: "temp", is: "device_temperature", codec: tenths },
  { topic: "temp<n>", is: "device_temperature", first: 0, codec: tenths },
  { topic: "temp_max", is: "device_temperature", part: "max", codec: tenths },
  { topic: "srssi", is: "rssi", codec: number() },
  { topic: "uptime", is: "uptime", codec: number() },
  { topic: "session_elapsed", is: "duration", codec: number() },
  { topic: "session_energy", is: "energy", part: "session", codec: number({ mul: 0.001 }) },
  { topic: "wattsec", is: "energy", part: "session", codec: number({ mul: 1 / 3.6e6 }) },
  { topic: "total_energy", is: "energy", codec: number() },
  { topic: "watthour", is: "energy", codec: number({ mul: 0.001 }) },
  { topic: "total_day", is: "energy_today", codec: number() },
  { topic: "vehicle", is: "plugged", codec: words({ "1": true, "0": false }) },
  { topic: "state", is: "charging", codec: { decode: (text) => charging(text), says: "3 → true" } },
  { topic: "state", is: "problem", codec: { decode: (text) => faulty(text), says: "4…11 → true" } },
  {
    topic: "state",
    is: "x_openevse_state",
    type: "string",
    codec: { decode: (text) => states.get(stateNumber(text) ?? -1), says: "number → word" },
  },
  {
    topic: "divertmode",
    is: "x_openevse_divertmode",
    type: "enum",
    values: ["normal", "eco"],
    access: "rw",
    codec: words({ "1": "normal", "2": "eco" }),
    set: "divertmode/set",
  },
  {
    topic: "status",
    is: "onoff",
    codec: words({ active: true, disabled: false }),
    set: "override/set",
  },
]);

function charging(text: string): boolean | undefined {
  const state = stateNumber(text);
  return state === undefined ? undefined : state === 3;
}

function faulty(text: string): boolean | undefined {
  const state = stateNumber(text);
  return state === undefined ? undefined : state >= 4 && state <= 11;
}

/** OpenEVSE chargers. Source: the firmware's developer guide to MQTT. */
export const openevse: Dialect<OpenEvsePeer> = {
  name: "openevse",
  rank: "native",
  peerSchema,
  recognise: (frame, known) => {
    const root = announcedRoot(frame) ?? rootOf(frame, known);
    return root === undefined ? undefined : rootedPeer({ make: "openevse", name: root, root });
  },
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type EvseHearing = Hearing<OpenEvsePeer>;

const announcement = /^openevse\/announce\/[^/]+$/;

function announcedRoot({ topic, payload }: Frame): string | undefined {
  return announcement.test(topic) ? stringOf(parseDeviceObject(payload)?.["mqtt"]) : undefined;
}

/** Base topics of the factory are `openevse` or begin with it; others are announced or configured. */
function rootOf({ topic }: Frame, { config }: Listening<OpenEvsePeer>): string | undefined {
  const configured = config.openevse.base_topic.find((base) => topic.startsWith(`${base}/`));
  if (configured !== undefined) return configured;
  const [, root, path] = /^((?:emon\/)?openevse(?:-[0-9a-z]+)?)\/(.+)$/.exec(topic) ?? [];
  return path !== undefined && topics.has(path) ? root : undefined;
}

function normalise(frame: Frame, peer: OpenEvsePeer): EvseHearing {
  const { topic, payload } = frame;
  if (announcement.test(topic)) return announced(frame, peer);
  const path = below(topic, peer.root) ?? "";
  if (/(?:^|\/)(?:set|clear)$|^rapi\//.test(path) || payload === "") return { devices: [] };
  const found = topics.read(path, payload);
  if (found === "unreadable") return { devices: [], diagnostic: "bad_value" };
  const observations = found ?? otherObservation(path, payload);
  return { peer, devices: [{ ref: peer.ref, observations }] };
}

function announced({ topic, payload }: Frame, before: OpenEvsePeer): EvseHearing {
  const message = parseDeviceObject(payload);
  const isThere = message?.["state"] === "connected";
  if (!message || (!isThere && message["state"] !== "disconnected")) {
    return { devices: [], diagnostic: "bad_payload" };
  }
  const speaker = speakerOf(stringOf(message["mqtt"]), topic, before);
  if (!speaker) return { devices: [] };
  const peer = { ...speaker, topics: [topic] };
  const name = stringOf(message["name"]);
  const facts = { manufacturer: "OpenEVSE", ...(name !== undefined && { name }) };
  const devices = [{ ref: peer.ref, facts, availability: isThere ? "online" : "offline" } as const];
  return peer.key === before.key ? { peer, devices } : { others: [peer], devices };
}

/**
 * Who announces itself: where one charger has the topic above, all others announce themselves below
 * it too. A last will does not say whose it is, but has the topic of the announcement.
 */
function speakerOf(
  root: string | undefined,
  topic: string,
  before: OpenEvsePeer,
): OpenEvsePeer | undefined {
  if (root === undefined) return before.topics?.includes(topic) === true ? before : undefined;
  return root === before.root ? before : rootedPeer({ make: "openevse", name: root, root });
}

/** Documents about the configuration, which may hold passwords, and times. */
const unsaid =
  /^(?:config|config_version|claim|override|schedule|limit|rfid_auth|time|local_time|offset|elapsed|wh)(?:\/|$)/;

function otherObservation(path: string, payload: string): Observation[] {
  if (unsaid.test(path)) return [];
  const value: Scalar = numberIn(payload) ?? payload;
  const type = typeOf(value);
  if (type === undefined || isObject(value)) return [];
  const is = vendorProperty("openevse", path.replaceAll("/", "_"));
  return [{ facts: { is, type, kind: "diagnostic", source: path }, value }];
}

/** Switching is an override of what the charger would do by itself. */
function encode({ writes }: Extract<Command, { type: "set" }>, { root }: OpenEvsePeer): Encoded {
  const encoded = topics.encode(writes, root);
  const requests = encoded.requests.map(({ topic, payload }) =>
    topic.endsWith("/override/set")
      ? { topic, payload: JSON.stringify({ state: payload }) }
      : { topic, payload },
  );
  return { ...encoded, requests };
}
