import {
  CommandError,
  hueSaturationOf,
  parseColor,
  rgbOf,
  vendorProperty,
  z,
  type Command,
  type EventData,
  type Write,
} from "koine/adapter";
import { agrees } from "../agreement.ts";
import { number, numberIn, words } from "../codec.ts";
import type { Dialect, Encoded, Heard, Hearing, Listening, Observation } from "../dialect.ts";
import type { Frame, Request } from "../frame.ts";
import { below, rootedPeer, rootedPeerShape } from "../named-peer.ts";
import { TopicTable } from "../topic-table.ts";

const peerSchema = z.object({
  ...rootedPeerShape,
  /** Whether it has told of a white channel. */
  hasWhite: z.boolean().optional(),
});
type WledPeer = Readonly<z.infer<typeof peerSchema>>;

const switched = words({ on: true, off: false });

/** Sensors and relays that add-ons of the firmware have. */
const addOns = new TopicTable([
  { topic: "relay/<n>", is: "onoff", part: "relay", codec: switched, set: "relay/<n>/command" },
  { topic: "temperature", is: "temperature", codec: number() },
  { topic: "dht/temperature", is: "temperature", codec: number() },
  { topic: "humidity", is: "humidity", codec: number() },
  { topic: "dht/humidity", is: "humidity", codec: number() },
  { topic: "pressure", is: "pressure", codec: number() },
  { topic: "brightness", is: "illuminance", codec: number() },
  { topic: "luminance", is: "illuminance", codec: number() },
  { topic: "battery", is: "battery", codec: number() },
  { topic: "batteryPercent", is: "battery", codec: number() },
  { topic: "voltage", is: "battery_voltage", codec: number() },
  { topic: "batteryVoltage", is: "battery_voltage", codec: number() },
  { topic: "motion", is: "motion", codec: switched },
  { topic: "motion/<n>", is: "motion", codec: switched },
]);

/** Lights with WLED firmware. Source: the project's documentation and sources of its MQTT interface. */
export const wled: Dialect<WledPeer> = {
  name: "wled",
  rank: "native",
  peerSchema,
  recognise: (frame, known) => {
    const root = rootOf(frame, known);
    return root === undefined ? undefined : wledPeer(root);
  },
  normalise,
  encode,
  identify: () => [],
  // An empty state makes it publish how it is.
  poll: ({ root }) => [{ topic: `${root}/api`, payload: "{}" }],
};

type WledHearing = Hearing<WledPeer>;

const nothing: WledHearing = { devices: [] };

function wledPeer(root: string): WledPeer {
  const name = root.startsWith("wled/") ? root.slice("wled/".length) : root;
  return rootedPeer({ make: "wled", name, root });
}

/** Topics of the factory are `wled/…`; others are configured, or told by the XML only it sends. */
function rootOf({ topic, payload }: Frame, { config }: Listening<WledPeer>): string | undefined {
  const configured = config.wled.topics.find((root) => topic.startsWith(`${root}/`));
  if (configured !== undefined) return configured;
  const [, own] =
    /^(wled\/[^/]+)\/(?:[gcv]|status|button\/\d+|motion(?:\/\d+)?)$/.exec(topic) ?? [];
  if (own !== undefined && own !== "wled/all") return own;
  const [, root] = /^(.+)\/v$/.exec(topic) ?? [];
  return root !== undefined && payload.includes("<vs>") ? root : undefined;
}

function normalise({ topic, payload }: Frame, peer: WledPeer): WledHearing {
  const path = below(topic, peer.root);
  if (path === undefined || payload === "" || path === "api" || path === "col") return nothing;
  switch (path) {
    case "status":
      return status(payload, peer);
    case "g":
      return levelHearing(payload, peer);
    case "c":
      return colorHearing(payload, peer);
    case "v":
      return document(payload, peer);
    default:
      return other(path, payload, peer);
  }
}

function status(payload: string, { ref }: WledPeer): WledHearing {
  if (payload !== "online" && payload !== "offline") return unreadable("bad_payload");
  return { devices: [{ ref, availability: payload }] };
}

/** 0 is off, and says nothing of how bright it will be. */
function levelHearing(payload: string, peer: WledPeer): WledHearing {
  const raw = numberIn(payload);
  if (raw === undefined || raw < 0 || raw > 255) return unreadable("bad_value");
  return heard(peer, { observations: levelObservations(raw, "g") });
}

function levelObservations(raw: number, source: string): Observation[] {
  const onoff: Observation = {
    facts: { is: "onoff", source },
    value: raw > 0,
    raw,
    conversion: "0 → false, else true",
  };
  if (raw === 0) return [onoff];
  const facts = { is: "brightness", source };
  return [onoff, { facts, value: (raw * 100) / 255, raw, conversion: "× 0.3921568627450980" }];
}

/** `#RRGGBB`, or with the white channel before it. */
function colorHearing(payload: string, peer: WledPeer): WledHearing {
  const [, white, hex] = /^#?([0-9a-f]{2})?([0-9a-f]{6})$/i.exec(payload.trim()) ?? [];
  if (hex === undefined) return unreadable("bad_value");
  const [red = 0, green = 0, blue = 0] = bytes(hex);
  // Without white it leaves the channel out, whether it has one or not.
  const [level = peer.hasWhite === true ? 0 : undefined] = bytes(white ?? "");
  return colored(peer, { observations: colorObservations([red, green, blue], level, "c") });
}

function colorObservations(
  rgb: readonly [number, number, number],
  white: number | undefined,
  source: string,
): Observation[] {
  const value = { ...hueSaturationOf(rgb) };
  const conversion = "RGB → h, s";
  const found: Observation[] = [
    { facts: { is: "color", source }, value, raw: [...rgb], conversion },
  ];
  if (white === undefined) return found;
  const is = whiteProperty;
  return [...found, { facts: { is, type: "number", source, min: 0, max: 255 }, value: white }];
}

const whiteProperty = vendorProperty("wled", "white");

/** Remembers that there is a white channel. */
function colored(before: WledPeer, what: Omit<Heard, "ref">): WledHearing {
  const hasWhite = what.observations?.some(({ facts }) => facts.is === whiteProperty) === true;
  return heard(hasWhite ? { ...before, hasWhite } : before, what);
}

function bytes(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** The XML document: brightness, colour, effect and the name of the device. */
function document(payload: string, peer: WledPeer): WledHearing {
  if (!payload.includes("<vs>")) return unreadable("bad_payload");
  const all = (tag: string): number[] =>
    [...payload.matchAll(new RegExp(`<${tag}>(-?\\d{1,5})</${tag}>`, "g"))].map(([, n]) =>
      Number(n),
    );
  const [ac] = all("ac");
  const [red, green, blue] = all("cl");
  const [wv = -1] = all("wv");
  // -1 is no such channel.
  const white = wv < 0 ? undefined : wv;
  const [effect] = all("fx");
  const name = /<ds>([^<]{1,64})<\/ds>/.exec(payload)?.[1]?.replace(/ \(live\)$/, "");
  const isColor = red !== undefined && green !== undefined && blue !== undefined;
  const observations = [
    ...(ac === undefined ? [] : levelObservations(ac, "v.ac")),
    ...(isColor ? colorObservations([red, green, blue], white, "v.cl") : []),
    ...(effect === undefined ? [] : [effectObservation(effect)]),
  ];
  return colored(peer, { observations, facts: { manufacturer: "WLED", ...(name && { name }) } });
}

/** Effects have numbers on this way; their names are told elsewhere only. */
function effectObservation(effect: number): Observation {
  return { facts: { is: "effect", source: "v.fx" }, value: String(effect), raw: effect };
}

const presses = new Map([
  ["short", "press"],
  ["double", "double_press"],
  ["long", "long_press"],
]);

function other(path: string, payload: string, peer: WledPeer): WledHearing {
  const button = /^button\/(\d+)$/.exec(path)?.[1];
  if (button !== undefined) return buttonHearing(button, path, payload, peer);
  const found = addOns.read(path, payload);
  if (found === "unreadable") return unreadable("bad_value");
  return found ? heard(peer, { observations: found }) : nothing;
}

/** A push button is pressed; a switch is on or off. */
function buttonHearing(n: string, source: string, payload: string, peer: WledPeer): WledHearing {
  const part = String(Number(n) + 1);
  const action = presses.get(payload);
  if (action !== undefined) {
    const events: EventData[] = [{ name: "action", action, part }];
    return heard(peer, { events });
  }
  const value = switched.decode(payload);
  if (value === undefined) return unreadable("bad_value");
  const conversion = switched.says ?? "";
  return heard(peer, {
    observations: [{ facts: { is: "input", part, source }, value, raw: payload, conversion }],
  });
}

function unreadable(diagnostic: string): WledHearing {
  return { devices: [], diagnostic };
}

function heard(peer: WledPeer, what: Omit<Heard, "ref">): WledHearing {
  return { peer, devices: [{ ref: peer.ref, ...what }] };
}

function encode(command: Extract<Command, { type: "set" }>, peer: WledPeer): Encoded {
  const { writes, transitionS } = command;
  const light = writes.filter((write) => !isRelay(write));
  const relays = addOns.encode(writes.filter(isRelay), peer.root);
  const isOff = light.some(({ is, value }) => is === "onoff" && value === false);
  // Any other wish would switch it on again, unless both are said at once.
  const isOne = transitionS !== undefined || (isOff && light.length > 1);
  const requests = isOne
    ? [together(light, transitionS, peer)]
    : light.map((one) => request(one, peer));
  return {
    requests: [...requests, ...relays.requests],
    expectations: [
      ...light.map(({ is, part, value }) => ({
        wish: { is, part },
        anyOf: [
          { is, part, accepts: agrees(reported(is, value)) },
          // While it is off it tells of no brightness.
          ...(isOff && is === "brightness" ? [{ is: "onoff", accepts: agrees(false) }] : []),
        ],
      })),
      ...relays.expectations,
    ],
  };
}

function isRelay({ source }: Write): boolean {
  return source?.startsWith("relay/") === true;
}

/** A level comes back as one of 255 steps. */
function reported(is: string, value: Write["value"]): Write["value"] {
  return is === "brightness" ? (byteOf(value) * 100) / 255 : value;
}

/** Only nothing is 0, which is off. */
function byteOf(value: Write["value"]): number {
  const percent = Number(value);
  return Math.max(Math.round((percent * 255) / 100), percent > 0 ? 1 : 0);
}

function request({ is, value }: Write, { root }: WledPeer): Request {
  switch (is) {
    case "onoff":
      return { topic: root, payload: value === true ? "ON" : "OFF" };
    case "brightness":
      return { topic: root, payload: String(byteOf(value)) };
    case "color": {
      const hex = rgbIn(value).map((byte) => byte.toString(16).padStart(2, "0"));
      return { topic: `${root}/col`, payload: `#${hex.join("")}` };
    }
    case "effect":
      return { topic: `${root}/api`, payload: `FX=${effectIn(value)}` };
    default:
      throw new CommandError("unsupported", `WLED has no command for ${is}`);
  }
}

/** Only the JSON interface takes several wishes, and a time; in tenths of a second. */
function together(
  writes: readonly Write[],
  transitionS: number | undefined,
  { root }: WledPeer,
): Request {
  const state: Record<string, unknown> =
    transitionS === undefined ? {} : { transition: Math.round(transitionS * 10) };
  const segment: Record<string, unknown> = {};
  for (const { is, value } of writes) {
    if (is === "onoff") state["on"] = value === true;
    else if (is === "brightness") state["bri"] = byteOf(value);
    else if (is === "color") segment["col"] = [rgbIn(value)];
    else if (is === "effect") segment["fx"] = Number(effectIn(value));
    else throw new CommandError("unsupported", `WLED has no command for ${is}`);
  }
  const seg = Object.keys(segment).length > 0 ? { seg: [segment] } : {};
  return { topic: `${root}/api`, payload: JSON.stringify({ ...state, ...seg }) };
}

function rgbIn(value: Write["value"]): readonly number[] {
  const color = parseColor(value);
  if (!color) throw new CommandError("bad_type", "color takes hue and saturation");
  return rgbOf(color);
}

function effectIn(value: Write["value"]): string {
  if (typeof value === "string" && /^\d{1,3}$/.test(value)) return value;
  throw new CommandError("not_in_values", "effect takes the number of a WLED effect, such as 9");
}
