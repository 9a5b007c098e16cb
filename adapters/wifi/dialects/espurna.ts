import {
  hueSaturationOf,
  vendorProperty,
  z,
  type Command,
  type DeviceFacts,
  type EventData,
} from "koine/adapter";
import {
  hexColor,
  level,
  mired,
  number,
  numberIn,
  words,
  type Codec,
} from "../../reading/codec.ts";
import type { Dialect, Encoded, Hearing, Listening } from "../dialect.ts";
import type { Observation } from "../../reading/observation.ts";
import type { Frame } from "../../mqtt/frame.ts";
import { parseDeviceObject } from "../../reading/json.ts";
import { below, macIn, rootedPeer, rootedPeerShape } from "../named-peer.ts";
import { TopicTable, type TopicRow } from "../topic-table.ts";

const peerSchema = z.object(rootedPeerShape);
type EspurnaPeer = Readonly<z.infer<typeof peerSchema>>;

const switched = words({ "1": true, "0": false, on: true, off: false, true: true, false: false });

/** A magnitude has a number where there are several of its kind. */
function magnitude(topic: string, row: Omit<TopicRow, "topic">): TopicRow[] {
  return [
    { ...row, topic },
    { ...row, topic: `${topic}/<n>` },
  ];
}

const hex = hexColor("#");

/** `255,128,0` as it reports, or `#FF8000`, which it takes as well. */
const color: Codec = {
  ...hex,
  decode: (payload) => {
    const channels = payload.split(",").map(numberIn);
    const [red, green, blue] = channels;
    if (red === undefined || green === undefined || blue === undefined) return hex.decode(payload);
    return { ...hueSaturationOf([red, green, blue]) };
  },
};

const fanModes = ["off", "low", "medium", "high"] as const;

const topics = new TopicTable([
  { topic: "relay/<n>", is: "onoff", codec: switched, set: "relay/<n>/set" },
  {
    topic: "light",
    is: "onoff",
    part: "light",
    optionalPart: true,
    codec: switched,
    set: "light/set",
  },
  { topic: "brightness", is: "brightness", codec: level(255), set: "brightness/set" },
  { topic: "rgb", is: "color", codec: color, set: "rgb/set" },
  { topic: "hex", is: "color", codec: color, set: "rgb/set" },
  { topic: "color", is: "color", codec: color, set: "color/set" },
  {
    topic: "speed",
    is: "fan_mode",
    values: fanModes,
    codec: words(Object.fromEntries(fanModes.map((mode) => [mode, mode]))),
    set: "speed/set",
  },
  { topic: "mired", is: "color_temperature", codec: mired, set: "mired/set" },
  { topic: "curtain", is: "position", codec: number({ decimals: 0 }), set: "curtain/set" },
  { topic: "rssi", is: "rssi", codec: number() },
  { topic: "uptime", is: "uptime", codec: number() },
  ...magnitude("temperature", { is: "temperature", codec: number() }),
  ...magnitude("humidity", { is: "humidity", codec: number() }),
  ...magnitude("pressure", { is: "pressure", codec: number() }),
  ...magnitude("current", { is: "current", codec: number() }),
  ...magnitude("voltage", { is: "voltage", codec: number() }),
  ...magnitude("power", { is: "power", codec: number() }),
  ...magnitude("apparent", { is: "apparent_power", codec: number() }),
  ...magnitude("reactive", { is: "reactive_power", codec: number() }),
  ...magnitude("factor", { is: "power_factor", codec: number({ mul: 0.01 }) }),
  ...magnitude("frequency", { is: "frequency", codec: number() }),
  ...magnitude("lux", { is: "illuminance", codec: number() }),
  ...magnitude("pm1dot0", { is: "pm1", codec: number() }),
  ...magnitude("pm2dot5", { is: "pm25", codec: number() }),
  ...magnitude("pm10", { is: "pm10", codec: number() }),
  ...magnitude("co2", { is: "co2", codec: number() }),
  ...magnitude("co", { is: "co", codec: number() }),
  ...magnitude("distance", { is: "distance", codec: number() }),
  ...magnitude("uvi", { is: "uv_index", codec: number() }),
  ...magnitude("ph", { is: "ph", codec: number() }),
  ...magnitude("digital", { is: "input", codec: switched }),
]);

/**
 * Devices with ESPurna firmware. Source: the project's sources, as far as they name topics. Energy is
 * in joules or kWh as the device is set, which it does not tell: it is given as it comes.
 */
export const espurna: Dialect<EspurnaPeer> = {
  name: "espurna",
  rank: "native",
  peerSchema,
  recognise: (frame, known) => {
    const root = rootOf(frame, known);
    return root === undefined ? undefined : espurnaPeer(root);
  },
  normalise,
  encode: ({ writes }: Extract<Command, { type: "set" }>, { root }): Encoded =>
    topics.encode(writes, root),
  identify: ask,
  poll: ask,
};

type EspurnaHearing = Hearing<EspurnaPeer>;

function ask({ root }: EspurnaPeer): { topic: string; payload: string }[] {
  return [{ topic: `${root}/action/set`, payload: "heartbeat" }];
}

function espurnaPeer(root: string, mac?: string): EspurnaPeer {
  return rootedPeer({ make: "espurna", name: root, root, mac });
}

/** Roots of the factory begin with `ESPURNA-`; others are configured. */
function rootOf({ topic }: Frame, { config }: Listening<EspurnaPeer>): string | undefined {
  const configured = config.espurna.hosts.find((host) => topic.startsWith(`${host}/`));
  return configured ?? /^(espurna[-_][0-9a-z]+)\/./i.exec(topic)?.[1];
}

function normalise({ topic, payload }: Frame, peer: EspurnaPeer): EspurnaHearing {
  const path = below(topic, peer.root) ?? "";
  if (path.endsWith("/set") || payload === "") return { devices: [] };
  if (path === "status") return status(payload, peer);
  if (path === "data") return grouped(payload, peer);
  return one(path, payload, peer);
}

function status(payload: string, { ref }: EspurnaPeer): EspurnaHearing {
  const isThere = words({ "1": true, "0": false, online: true, offline: false }).decode(payload);
  if (isThere === undefined) return { devices: [], diagnostic: "bad_payload" };
  return { devices: [{ ref, availability: isThere === true ? "online" : "offline" }] };
}

/** All values in one message, under the names their topics would have. */
function grouped(payload: string, before: EspurnaPeer): EspurnaHearing {
  const message = parseDeviceObject(payload);
  if (!message) return { devices: [], diagnostic: "bad_payload" };
  let peer = before;
  const devices = [];
  for (const [path, value] of Object.entries(message)) {
    if (typeof value === "object") continue;
    const hearing = one(path, String(value), peer);
    peer = hearing.peer ?? peer;
    devices.push(...hearing.devices);
  }
  return { peer, devices: devices.map((heard) => ({ ...heard, ref: peer.ref })) };
}

function one(path: string, payload: string, peer: EspurnaPeer): EspurnaHearing {
  if (path === "mac") return identified(payload, peer);
  const facts = factsOf(path, payload);
  if (facts) return { peer, devices: [{ ref: peer.ref, facts }] };
  const pressed = /^button\/(\d+)$/.exec(path)?.[1];
  if (pressed !== undefined) {
    return { peer, devices: [{ ref: peer.ref, events: pressOf(pressed, payload) }] };
  }
  const found = topics.read(path, payload);
  if (found === "unreadable") return { devices: [], diagnostic: "bad_value" };
  return {
    peer,
    devices: [{ ref: peer.ref, observations: found ?? otherObservation(path, payload) }],
  };
}

function identified(payload: string, before: EspurnaPeer): EspurnaHearing {
  const mac = macIn(payload);
  if (mac === undefined) return { devices: [], diagnostic: "bad_payload" };
  const peer = espurnaPeer(before.root, mac);
  return { peer, devices: [{ ref: peer.ref, facts: {} }] };
}

function factsOf(path: string, payload: string): DeviceFacts | undefined {
  switch (path) {
    case "host":
      return { name: payload };
    case "board":
      return { model: payload };
    case "version":
      return { manufacturer: "ESPurna", firmware: payload };
    default:
      return undefined;
  }
}

const actions = new Map([
  ["pressed", "hold"],
  ["released", "release"],
  ["click", "press"],
  ["double-click", "double_press"],
  ["triple-click", "triple_press"],
  ["long-click", "long_press"],
  ["looong-click", "long_press"],
]);

function pressOf(button: string, payload: string): EventData[] {
  const action = actions.get(payload);
  return action === undefined ? [] : [{ name: "action", action, part: String(Number(button) + 1) }];
}

/** Said in another way, or addresses. */
const unsaid = /^(?:ip|ssid|bssid|app|desc|datetime|interval|hsv|channel\/\d+|id)(?:\/|$)/;

function otherObservation(path: string, payload: string): Observation[] {
  if (unsaid.test(path)) return [];
  const value = numberIn(payload);
  const is = vendorProperty("espurna", path.replaceAll("/", "_"));
  const type = value === undefined ? "string" : "number";
  return [{ facts: { is, type, kind: "diagnostic", source: path }, value: value ?? payload }];
}
