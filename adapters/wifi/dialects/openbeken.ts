import { vendorProperty, z, type Command, type DeviceFacts } from "koine/adapter";
import { hexColor, level, mired, number, words, text } from "../../reading/codec.ts";
import type { Dialect, Encoded, Hearing, Listening } from "../dialect.ts";
import type { Observation } from "../../reading/observation.ts";
import type { Frame, Request } from "../../mqtt/frame.ts";
import { isObject, parseDeviceObject, textOf } from "../../reading/json.ts";
import { below, macIn, rootedPeer, rootedPeerShape } from "../named-peer.ts";
import { numberIn } from "../../reading/codec.ts";
import { TopicTable } from "../topic-table.ts";
import { sensorObservations } from "./tasmota/sensors.ts";
import { stateObservations } from "./tasmota/state.ts";
import { factory, tasmotaPeer } from "./tasmota/peer.ts";

const peerSchema = z.object({
  ...rootedPeerShape,
  name: z.string(),
  /** Channels that had a value that is neither on nor off. */
  analogue: z.array(z.string()).readonly(),
});
type OpenBekenPeer = Readonly<z.infer<typeof peerSchema>>;

const switched = words({ "1": true, "0": false });
const wattHours = number({ mul: 0.001 });

/** Below the name of the device. A value has its topic, and `/get` behind it. */
const topics = new TopicTable([
  { topic: "led_enableAll/get", is: "onoff", part: "light", optionalPart: true, codec: switched },
  { topic: "led_dimmer/get", is: "brightness", codec: level(100) },
  { topic: "led_basecolor_rgb/get", is: "color", codec: hexColor("") },
  { topic: "led_temperature/get", is: "color_temperature", min: 2_000, max: 6_500, codec: mired },
  { topic: "voltage/get", is: "voltage", codec: number() },
  { topic: "current/get", is: "current", codec: number() },
  { topic: "power/get", is: "power", codec: number() },
  { topic: "power_apparent/get", is: "apparent_power", codec: number() },
  { topic: "power_reactive/get", is: "reactive_power", codec: number() },
  { topic: "power_factor/get", is: "power_factor", codec: number() },
  { topic: "energycounter/get", is: "energy", codec: wattHours },
  { topic: "energycounter_today/get", is: "energy_today", codec: wattHours },
  { topic: "energycounter_yesterday/get", is: "energy_yesterday", codec: wattHours },
  { topic: "voltage_b/get", is: "voltage", part: "b", codec: number() },
  { topic: "current_b/get", is: "current", part: "b", codec: number() },
  { topic: "power_b/get", is: "power", part: "b", codec: number() },
  { topic: "energycounter_b/get", is: "energy", part: "b", codec: wattHours },
  { topic: "rssi", is: "rssi", codec: number() },
  { topic: "uptime", is: "uptime", codec: number() },
  { topic: "temp", is: "device_temperature", codec: number() },
]);

/** Commands of the light have a topic of their own. */
const lightCommands = new Map([
  ["brightness", "led_dimmer"],
  ["color", "led_basecolor_rgb"],
  ["color_temperature", "led_temperature"],
]);

/**
 * Devices with OpenBeken firmware. Source: the project's documentation of its MQTT topics. The type
 * of a channel is not told: 0 and 1 are a switch, any other value is given as it is.
 */
export const openbeken: Dialect<OpenBekenPeer> = {
  name: "openbeken",
  rank: "native",
  peerSchema,
  recognise: (frame, known) => {
    const name = nameOf(frame, known);
    return name === undefined ? undefined : bekenPeer(name);
  },
  normalise,
  encode,
  identify: ({ name }) => [{ topic: `cmnd/${name}/publishAll`, payload: "" }],
  poll: ({ name }) => [{ topic: `cmnd/${name}/publishAll`, payload: "" }],
};

type BekenHearing = Hearing<OpenBekenPeer>;

function bekenPeer(name: string, mac?: string, analogue: readonly string[] = []): OpenBekenPeer {
  const bases = [`tele/${name}`, `stat/${name}`];
  return { ...rootedPeer({ make: "openbeken", name, root: name, mac }), bases, name, analogue };
}

/** Names of the factory begin with `obk`; others are configured, or told by what only it sends. */
const telling = /^([^/]+)\/(?:connected|led_(?:enableAll|basecolor_rgb|finalcolor_rgb)\/get)$/;

function nameOf(
  { topic, payload }: Frame,
  { config }: Listening<OpenBekenPeer>,
): string | undefined {
  const configured = config.openbeken.names.find(
    (name) =>
      topic.startsWith(`${name}/`) ||
      (/^(?:tele|stat)\//.test(topic) && topic.split("/")[1] === name),
  );
  if (configured !== undefined) return configured;
  const factoryName = /^(?:(?:tele|stat)\/)?(obk[^/]*)\/.+/.exec(topic)?.[1];
  if (factoryName !== undefined) return factoryName;
  const [, name, leaf] = telling.exec(topic) ?? [];
  const isTold = leaf !== undefined || payload === "online" || payload === "offline";
  return isTold ? name : undefined;
}

function normalise({ topic, payload }: Frame, peer: OpenBekenPeer): BekenHearing {
  const path = below(topic, peer.name);
  if (path === undefined) return likeTasmota(topic, payload, peer);
  if (path === "connected") return connected(payload, peer);
  if (path.endsWith("/set") || payload === "") return { devices: [] };
  const facts = factsOf(path, payload);
  if (facts) return { devices: [{ ref: peer.ref, facts }] };
  if (path === "mac") return identified(payload, peer);
  const channel = /^(\d{1,2})\/get$/.exec(path)?.[1];
  if (channel !== undefined) return channelHearing(channel, payload, peer);
  const found = topics.read(path, payload);
  if (found === "unreadable") return { devices: [], diagnostic: "bad_value" };
  return heard(peer, found?.map(writable) ?? otherObservation(path, payload));
}

/** The light is set elsewhere than it is reported. */
function writable(one: Observation): Observation {
  const isLight = one.facts.source?.startsWith("led_") === true;
  return isLight ? { ...one, facts: { ...one.facts, access: "rw" } } : one;
}

function connected(payload: string, { ref }: OpenBekenPeer): BekenHearing {
  if (payload !== "online" && payload !== "offline") {
    return { devices: [], diagnostic: "bad_payload" };
  }
  return { devices: [{ ref, availability: payload }] };
}

function identified(payload: string, before: OpenBekenPeer): BekenHearing {
  const mac = macIn(payload);
  if (mac === undefined) return { devices: [], diagnostic: "bad_payload" };
  const peer = bekenPeer(before.name, mac, before.analogue);
  return { peer, devices: [{ ref: peer.ref, facts: {} }] };
}

function factsOf(path: string, payload: string): DeviceFacts | undefined {
  if (path === "host") return { name: payload };
  return path === "build" ? { manufacturer: "OpenBeken", firmware: payload } : undefined;
}

function channelHearing(channel: string, payload: string, before: OpenBekenPeer): BekenHearing {
  const value = switched.decode(payload);
  const source = `${channel}/get`;
  if (value !== undefined && !before.analogue.includes(channel)) {
    const facts = { is: "onoff", part: channel, source };
    return heard(before, [{ facts, value, raw: payload, conversion: switched.says ?? "" }]);
  }
  const analogue = [...new Set([...before.analogue, channel])];
  const peer = bekenPeer(before.name, before.mac, analogue);
  const is = vendorProperty("openbeken", `channel_${channel}`);
  const raw = numberIn(payload);
  const type = raw === undefined ? "string" : "number";
  return heard(peer, [{ facts: { is, type, access: "rw", source }, value: raw ?? payload }]);
}

/** Bookkeeping, or said in another way. */
const unsaid = /^(?:ip|ssid|datetime|sockets|led_finalcolor_.*)(?:\/get)?$/;

function otherObservation(path: string, payload: string): Observation[] {
  if (unsaid.test(path)) return [];
  const name = path.replace(/\/get$/, "");
  const raw = numberIn(payload);
  const is = vendorProperty("openbeken", name);
  const type = raw === undefined ? "string" : "number";
  return [
    {
      facts: { is, type, kind: "diagnostic", source: path },
      value: raw ?? text.decode(payload) ?? null,
    },
  ];
}

/** With a flag set it reports as Tasmota does, too. */
function likeTasmota(topic: string, payload: string, peer: OpenBekenPeer): BekenHearing {
  const message = parseDeviceObject(payload);
  const last = topic.slice(topic.lastIndexOf("/") + 1);
  if (!message)
    return last === "LWT" ? { devices: [] } : { devices: [], diagnostic: "bad_payload" };
  const like = tasmotaPeer({
    topic: peer.name,
    fullTopic: "%prefix%/%topic%/",
    relays: [],
    tilts: [],
    ...factory,
  });
  const inner = Object.values(message).find(isObject) ?? {};
  const body = last.startsWith("STATUS") ? inner : message;
  const observations =
    last === "SENSOR" ? sensorObservations(body, like) : stateObservations(body, like);
  return heard(peer, observations.map(readOnly));
}

function readOnly(one: Observation): Observation {
  return { ...one, facts: { ...one.facts, access: "r" } };
}

function heard(peer: OpenBekenPeer, observations: readonly Observation[]): BekenHearing {
  return { peer, devices: [{ ref: peer.ref, observations }] };
}

function encode({ writes }: Extract<Command, { type: "set" }>, peer: OpenBekenPeer): Encoded {
  const encoded = writes.map((write) => {
    const { is, part, source = "" } = write;
    const row = lightCommands.get(is) ?? (source.startsWith("led_") ? "led_enableAll" : undefined);
    const channel = /^(\d+)\/get$/.exec(source)?.[1] ?? part ?? "1";
    const accepts = (report: unknown): boolean => String(report) === textOf(write.value);
    if (row === undefined) {
      const payload =
        typeof write.value === "boolean" ? String(Number(write.value)) : textOf(write.value);
      const request = { topic: `${peer.name}/${channel}/set`, payload };
      return { request, expectation: { wish: { is, part }, anyOf: [{ is, part, accepts }] } };
    }
    return lightWish(write, row, peer);
  });
  return {
    requests: encoded.map(({ request }) => request),
    expectations: encoded.map(({ expectation }) => expectation),
  };
}

function lightWish(
  write: Extract<Command, { type: "set" }>["writes"][number],
  row: string,
  { name }: OpenBekenPeer,
): { request: Request; expectation: Encoded["expectations"][number] } {
  const { is, part } = write;
  const { payload, accepts } = topics.wish(write, `${row}/get`);
  const request = { topic: `cmnd/${name}/${row}`, payload };
  return { request, expectation: { wish: { is, part }, anyOf: [{ is, part, accepts }] } };
}
