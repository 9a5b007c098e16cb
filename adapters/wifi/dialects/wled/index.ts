import { hueSaturationOf, vendorProperty, type EventData } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import type { Diagnostic, Dialect, Heard, Hearing, Listening } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { below, rootedPeer } from "../../named-peer.ts";

import { encode } from "./commands.ts";
import { addOns, switched, wledPeerSchema, type WledPeer } from "./peer.ts";

/** Lights with WLED firmware. Source: the project's documentation and sources of its MQTT interface. */
export const wled: Dialect<WledPeer> = {
  name: "wled",
  rank: "native",
  peerSchema: wledPeerSchema,
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

function unreadable(diagnostic: Diagnostic): WledHearing {
  return { devices: [], diagnostic };
}

function heard(peer: WledPeer, what: Omit<Heard, "ref">): WledHearing {
  return { peer, devices: [{ ref: peer.ref, ...what }] };
}
