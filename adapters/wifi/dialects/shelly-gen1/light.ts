import { hueSaturationOf, type PropertyFacts } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import {
  isObject,
  listOf,
  numberOf,
  stringOf,
  type JsonObject,
  textOf,
} from "../../../reading/json.ts";
import { vendorFields } from "../../fields.ts";
import type { ShellyPeer } from "./peer.ts";

/** Of the effects only the number is told. */
const effectCount = 7;

/** A light in the list of `info`, and the topic that is its own. */
export interface ListedLight {
  readonly topic: string;
  readonly status: JsonObject;
}

/** The lights that `info` lists. */
export function lightsIn(info: JsonObject, peer: ShellyPeer): ListedLight[] {
  const all = listOf(info["lights"]).filter(isObject);
  return all.map((status, n) => ({ topic: topicOf(n, status, all.length, peer), status }));
}

/**
 * The list does not name topics. Only lights with colours are `color`; `white` are the channels of
 * a strip while it has no colour, and everything else is `light`.
 */
function topicOf(
  n: number,
  { mode, red }: JsonObject,
  count: number,
  { root, lights }: ShellyPeer,
): string {
  if (mode === "color" || red !== undefined) return `color/${n}`;
  const heard = [`light/${n}`, `white/${n}`].find((topic) => lights.includes(topic));
  if (heard !== undefined) return heard;
  const isStrip = /rgbw2/i.test(root) || (mode === "white" && count > 2);
  return `${isStrip ? "white" : "light"}/${n}`;
}

/** What the status of one light says: `topic` is `light/0/status`, `color/0/status` … */
export function lightObservations(topic: string, status: JsonObject): Observation[] {
  const part = String(Number(/\d+/.exec(topic)?.[0] ?? 0) + 1);
  const at = (is: string, key: string): PropertyFacts => ({ is, part, source: `${topic}.${key}` });
  const { ison, mode, gain, brightness, temp, power, overpower } = status;
  const isColor = mode === "color";
  const found: Observation[] = [];
  if (ison !== undefined) found.push({ facts: at("onoff", "ison"), value: ison });
  const bright = isColor ? (gain ?? brightness) : brightness;
  if (bright !== undefined) {
    const key = isColor && gain !== undefined ? "gain" : "brightness";
    found.push({ facts: at("brightness", key), value: bright });
  }
  if (temp !== undefined && !isColor) {
    found.push({ facts: at("color_temperature", "temp"), value: temp });
  }
  if (power !== undefined) found.push({ facts: at("power", "power"), value: power });
  if (typeof overpower === "boolean") {
    const facts = { ...at("problem", "overpower"), optionalPart: true };
    found.push({ facts, value: overpower });
  }
  return [...found, ...color(at, status), ...effect(at, status), ...rest(topic, status)];
}

type At = (is: string, key: string) => PropertyFacts;

function color(at: At, { mode, red, green, blue, temp }: JsonObject): Observation[] {
  const [r, g, b] = [red, green, blue].map(numberOf);
  const found: Observation[] = [];
  if (r !== undefined && g !== undefined && b !== undefined && mode !== "white") {
    const value = { ...hueSaturationOf([r, g, b]) };
    const facts = at("color", "red,green,blue");
    found.push({ facts, value, raw: [r, g, b], conversion: "RGB → h, s" });
  }
  if (mode !== "color" && mode !== "white") return found;
  const white = temp === undefined ? "white" : "color_temperature";
  const value = mode === "color" ? "hs" : white;
  const facts = at("color_mode", "mode");
  return [...found, { facts, value, raw: mode, conversion: "word → word" }];
}

function effect(at: At, { effect: number }: JsonObject): Observation[] {
  if (numberOf(number) === undefined) return [];
  const facts = { ...at("effect", "effect"), values: effects };
  return [{ facts, value: textOf(number), raw: number ?? null, conversion: "number as a word" }];
}

const effects = Array.from({ length: effectCount }, (_, n) => String(n));

const carried = /\.(?:ison|mode|red|green|blue|gain|brightness|temp|power|overpower|effect)$/;

function rest(topic: string, status: JsonObject): Observation[] {
  const [kind = ""] = topic.split("/");
  const path = [`${kind}_${stringOf(/\d+/.exec(topic)?.[0]) ?? "0"}`];
  return vendorFields(status, { vendor: "shelly", path, skip: (name) => carried.test(name) });
}
