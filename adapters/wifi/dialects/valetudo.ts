import {
  CommandError,
  slug,
  vendorProperty,
  z,
  type Command,
  type DeviceFacts,
  type PropertyFacts,
  type Write,
} from "koine/adapter";
import { agrees } from "../agreement.ts";
import { number, numberIn, text, words, type Codec } from "../codec.ts";
import type { Dialect, Encoded, Expectation, Hearing, Listening, Observation } from "../dialect.ts";
import type { Frame, Request } from "../frame.ts";
import { below, rootedPeer, rootedPeerShape } from "../named-peer.ts";
import { TopicTable, type TopicRow } from "../topic-table.ts";
import { isSecretName } from "../vendor.ts";
import { textOf } from "../json.ts";

const peerSchema = z.object({
  ...rootedPeerShape,
  /** Units that the robot tells of its properties, by topic. */
  units: z.record(z.string(), z.string()).readonly(),
  /** Presets that it can take, as it tells them, by topic. */
  formats: z.record(z.string(), z.string()).readonly().default({}),
});
type ValetudoPeer = Readonly<z.infer<typeof peerSchema>>;

const switched = words({ ON: true, OFF: false });
const fitted = words({ true: true, false: false });
const x = (name: string): string => vendorProperty("valetudo", name);

/** Something that is read and set on one topic, and that the vocabulary has no word for. */
function setting(topic: string, name: string, codec: Codec): TopicRow {
  const type = codec === text ? "string" : "boolean";
  return { topic, is: x(name), type, access: "rw", codec, set: `${topic}/set` };
}

/** Below the topic of the robot. */
const topics = new TopicTable([
  {
    topic: "StatusStateAttribute/status",
    is: "vacuum_state",
    codec: words({
      error: "error",
      docked: "docked",
      idle: "idle",
      returning: "returning",
      cleaning: "cleaning",
      paused: "paused",
      manual_control: "manual_control",
      moving: "moving",
    }),
  },
  { topic: "StatusStateAttribute/flag", is: x("flag"), type: "string", codec: text },
  {
    topic: "StatusStateAttribute/error_description",
    is: "problem",
    codec: { decode: (word) => word !== "No error", says: "No error → false, else true" },
  },
  {
    topic: "StatusStateAttribute/error_description",
    is: x("error"),
    type: "string",
    kind: "diagnostic",
    codec: text,
  },
  { topic: "BatteryStateAttribute/level", is: "battery", codec: number() },
  {
    topic: "BatteryStateAttribute/status",
    is: "charging",
    codec: words({ charging: true, none: false, discharging: false, charged: false }),
  },
  { topic: "CurrentStatisticsCapability/time", is: "duration", codec: number() },
  { topic: "CurrentStatisticsCapability/area", is: "cleaned_area", codec: number({ mul: 1e-4 }) },
  { topic: "TotalStatisticsCapability/time", is: "duration", part: "total", codec: number() },
  {
    topic: "TotalStatisticsCapability/area",
    is: "cleaned_area",
    part: "total",
    codec: number({ mul: 1e-4 }),
  },
  { topic: "TotalStatisticsCapability/count", is: "count", codec: number() },
  { topic: "WifiConfigurationCapability/signal", is: "rssi", codec: number() },
  { topic: "DockStatusStateAttribute/status", is: x("dock_status"), type: "string", codec: text },
  {
    topic: "DockComponentStateAttribute/<key>",
    is: x("dock"),
    type: "string",
    codec: text,
  },
  { topic: "AttachmentStateAttribute/<key>", is: x("attached"), type: "boolean", codec: fitted },
  {
    topic: "FanSpeedControlCapability/preset",
    is: "preset",
    codec: text,
    set: "FanSpeedControlCapability/preset/set",
  },
  setting("WaterUsageControlCapability/preset", "water_usage", text),
  setting("OperationModeControlCapability/preset", "operation_mode", text),
  {
    topic: "SpeakerVolumeControlCapability/value",
    is: x("speaker_volume"),
    type: "number",
    access: "rw",
    codec: number({ decimals: 0 }),
    set: "SpeakerVolumeControlCapability/value/set",
  },
  {
    topic: "KeyLockCapability/enabled",
    is: "child_lock",
    codec: switched,
    set: "KeyLockCapability/enabled/set",
  },
  setting("CarpetModeControlCapability/enabled", "carpet_mode", switched),
  setting("ObstacleAvoidanceControlCapability/enabled", "obstacle_avoidance", switched),
  setting("PetObstacleAvoidanceControlCapability/enabled", "pet_obstacle_avoidance", switched),
  setting("CarpetSensorModeControlCapability/mode", "carpet_sensor_mode", text),
]);

/** Topics of which a unit or a format is remembered; the others are read without. */
const maxDescribed = 200;

/** Robots with Valetudo. Source: the project's documentation of its MQTT interface. */
export const valetudo: Dialect<ValetudoPeer> = {
  name: "valetudo",
  rank: "native",
  peerSchema,
  recognise: (frame, known) => {
    const root = rootOf(frame, known);
    return root === undefined ? undefined : { ...rootedOf(root), units: {}, formats: {} };
  },
  normalise,
  encode,
  identify: () => [],
  poll: () => [],
};

type ValetudoHearing = Hearing<ValetudoPeer>;

function rootedOf(root: string): ReturnType<typeof rootedPeer> {
  return rootedPeer({ make: "valetudo", name: root.slice(root.lastIndexOf("/") + 1), root });
}

function rootOf({ topic }: Frame, { config }: Listening<ValetudoPeer>): string | undefined {
  for (const prefix of config.valetudo.prefix) {
    const [id, ...rest] = below(topic, prefix)?.split("/") ?? [];
    if (id !== undefined && slug(id) !== "" && rest.length > 0) return `${prefix}/${id}`;
  }
  // Under another prefix only what no other make of Homie device has.
  return /^(.+)\/(?:StatusStateAttribute|BatteryStateAttribute)\/[a-z_]+$/.exec(topic)?.[1];
}

function normalise({ topic, payload }: Frame, peer: ValetudoPeer): ValetudoHearing {
  const path = below(topic, peer.root) ?? "";
  if (path === "$state") return state(payload, peer);
  if (path === "$name") return said(peer, { name: payload, manufacturer: "Valetudo" });
  const [, of = "", attribute = ""] = /^(.+)\/\$(unit|format)$/.exec(path) ?? [];
  if (attribute === "unit") return learned({ ...peer, units: withText(peer.units, of, payload) });
  if (attribute === "format") return format(of, payload, peer);
  if (payload === "" || unsaid.test(path)) return { devices: [] };
  const found = topics.read(path, payload);
  if (found === "unreadable") return { devices: [], diagnostic: "bad_value" };
  const told = found ?? otherObservation(path, payload, peer);
  const observations = told.map((one) => ({ ...one, facts: withValues(one.facts, path, peer) }));
  return {
    peer,
    devices: [{ ref: peer.ref, facts: { properties: actionsOf(path) }, observations }],
  };
}

/** Attributes, maps, and topics on which only commands are answered. */
const unsaid =
  /\$|\/(?:set|operation|locate|reset|trigger|clean|start|go|refresh|interact|play)$|^(?:hass|MapData|ValetudoEvents)\//;

function learned(peer: ValetudoPeer): ValetudoHearing {
  return { peer, devices: [{ ref: peer.ref, facts: {} }] };
}

function withText(
  texts: Readonly<Record<string, string>>,
  of: string,
  payload: string,
): Readonly<Record<string, string>> {
  const isFull = !Object.hasOwn(texts, of) && Object.keys(texts).length >= maxDescribed;
  return isFull ? texts : { ...texts, [of]: payload };
}

/** The words of a setting; its description is told anew with them. */
function format(of: string, payload: string, before: ValetudoPeer): ValetudoHearing {
  const peer = { ...before, formats: withText(before.formats, of, payload) };
  const found = topics.read(of, payload.split(",")[0] ?? "");
  const known = found === "unreadable" ? [] : (found ?? []);
  const properties = known.map(({ facts }) => withValues(facts, of, peer));
  return { peer, devices: [{ ref: peer.ref, facts: { properties } }] };
}

/** Only presets and modes have words: the format of a number is its range. */
function withValues(facts: PropertyFacts, path: string, { formats }: ValetudoPeer): PropertyFacts {
  const known = /\/(?:preset|mode)$/.test(path) ? formats[path] : undefined;
  return known === undefined || known === "" ? facts : { ...facts, values: known.split(",") };
}

const states = new Map([
  ["ready", "online"],
  ["init", "online"],
  ["alert", "online"],
  ["sleeping", "sleeping"],
  ["disconnected", "offline"],
  ["lost", "offline"],
] as const);

/** Without a state a robot is no more. */
function state(payload: string, { ref, key }: ValetudoPeer): ValetudoHearing {
  if (payload === "") return { devices: [], gone: [key] };
  const availability = [...states].find(([word]) => word === payload)?.[1];
  if (availability === undefined) return { devices: [], diagnostic: "bad_payload" };
  return { devices: [{ ref, availability }] };
}

function said(peer: ValetudoPeer, facts: DeviceFacts): ValetudoHearing {
  return { peer, devices: [{ ref: peer.ref, facts }] };
}

/** What a robot with a status can be told, which it does not say. */
function actionsOf(path: string): PropertyFacts[] {
  if (!path.startsWith("StatusStateAttribute/")) return [];
  const values = Object.keys(operations);
  return [{ is: "vacuum_action", values, source: "BasicControlCapability/operation" }];
}

/** Consumables count seconds down, or percent where the robot says so. */
function otherObservation(path: string, payload: string, { units }: ValetudoPeer): Observation[] {
  const raw = numberIn(payload);
  const [capability = "", ...rest] = path.split("/");
  if (isSecretName(path) || /(?:ssid|ips|frequency)$/.test(path)) return [];
  const consumable = capability === "ConsumableMonitoringCapability";
  const unit = units[path] === "%" ? "%" : "s";
  const name = consumable ? `consumable_${rest.join("_")}` : `${capability}_${rest.join("_")}`;
  const facts: PropertyFacts = {
    is: vendorProperty("valetudo", name),
    type: raw === undefined ? "string" : "number",
    kind: "diagnostic",
    source: path,
    ...(consumable && raw !== undefined && { unit }),
  };
  return [{ facts, value: raw ?? payload }];
}

const operations: Readonly<Record<string, readonly [topic: string, payload: string]>> = {
  start: ["BasicControlCapability/operation/set", "START"],
  stop: ["BasicControlCapability/operation/set", "STOP"],
  pause: ["BasicControlCapability/operation/set", "PAUSE"],
  return_home: ["BasicControlCapability/operation/set", "HOME"],
  locate: ["LocateCapability/locate/set", "PERFORM"],
};

/** What the robot reports when it obeys. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  start: ["cleaning", "moving"],
  stop: ["idle", "docked"],
  pause: ["paused", "idle"],
  return_home: ["returning", "docked"],
};

function encode({ writes }: Extract<Command, { type: "set" }>, peer: ValetudoPeer): Encoded {
  const actions = writes.filter(({ is }) => is === "vacuum_action");
  const settings = topics.encode(
    writes.filter((write) => !actions.includes(write)),
    peer.root,
  );
  return {
    requests: [...actions.map((write) => operation(write, peer)), ...settings.requests],
    expectations: [...actions.map(expectationOf), ...settings.expectations],
  };
}

function operation({ value }: Write, { root }: ValetudoPeer): Request {
  const [topic, payload] = operations[textOf(value)] ?? [];
  if (topic === undefined || payload === undefined) {
    throw new CommandError("unsupported", `The robot has no command to ${textOf(value)}`);
  }
  return { topic: `${root}/${topic}`, payload };
}

function expectationOf({ is, part, value }: Write): Expectation {
  const wanted = consequences[textOf(value)];
  if (!wanted) return { wish: { is, part }, anyOf: [] };
  const accepts = (report: Write["value"]): boolean => wanted.some((word) => agrees(word)(report));
  return { wish: { is, part }, anyOf: [{ is: "vacuum_state", accepts }] };
}
