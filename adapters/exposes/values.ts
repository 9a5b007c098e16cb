import {
  conversionText,
  fromNative,
  hueSaturationOf,
  parseColor,
  specOf,
  toNative,
  vendorProperty,
  type Scalar,
} from "koine/adapter";
import { numberIn } from "../reading/codec.ts";
import type { Observation } from "../reading/observation.ts";
import { isObject, listOf, numberOf, stringOf, type JsonObject, textOf } from "../reading/json.ts";
import { typeOf } from "../reading/vendor.ts";
import type { Feature } from "./features.ts";

/** Keys that belong to an action, or describe the message. */
const unsaid = /^(?:action.*|click|device|elapsed)$/;

/** Everything a state document says, by the features of the device. */
export function stateObservations(state: JsonObject, features: readonly Feature[]): Observation[] {
  const byKey = reportedBy(features);
  return Object.entries(state).flatMap(([key, raw]) => {
    if (unsaid.test(key) && !byKey.has(key)) return [];
    const feature = byKey.get(key);
    return feature ? featureObservation(feature, raw) : unexposed(key, raw);
  });
}

/** Features by key, made once for those of a device, which never change in place. */
const indexes = new WeakMap<readonly Feature[], ReadonlyMap<string, Feature>>();

function reportedBy(features: readonly Feature[]): ReadonlyMap<string, Feature> {
  const known = indexes.get(features);
  if (known) return known;
  const reported = features.filter(({ facts }) => facts.is !== "cover_action");
  const index = new Map(reported.map((one) => [one.key, one]));
  indexes.set(features, index);
  return index;
}

function featureObservation(feature: Feature, raw: Scalar): Observation[] {
  const { facts, rule } = feature;
  if (raw === null) return [{ facts, value: null }];
  if (facts.is === "color") return color(feature, raw);
  const value = valueOf(feature, raw);
  const said = (rule && conversionText(rule)) ?? "as its exposes say";
  return [{ facts, value, ...(value !== raw && { raw, conversion: said }) }];
}

/** A value in our words; one that cannot be read as it is, to be judged invalid. */
function valueOf({ facts, rule = {}, expose }: Feature, raw: Scalar): Scalar {
  const type = specOf(facts.is)?.type ?? facts.type;
  switch (type) {
    case "boolean":
      return truth(rule, expose, raw) ?? textOf(raw);
    case "number":
    case "integer": {
      const number = typeof raw === "string" ? (numberIn(raw) ?? raw) : raw;
      const value = fromNative(rule, number) ?? number;
      return facts.is === "color_temperature" && typeof value === "number"
        ? Math.round(value)
        : value;
    }
    case "enum":
      // A map of words lets those that are ours already pass.
      return typeof raw === "object" ? raw : (fromNative(rule, String(raw)) ?? String(raw));
    default:
      return raw;
  }
}

function truth(
  rule: NonNullable<Feature["rule"]>,
  expose: JsonObject,
  raw: Scalar,
): boolean | undefined {
  if (typeof raw === "boolean") return rule.not === true ? !raw : raw;
  const mapped = fromNative({ ...(rule.map && { map: rule.map }) }, raw);
  if (rule.map && typeof mapped === "boolean") return mapped;
  if (raw === expose["value_on"]) return rule.not !== true;
  return raw === expose["value_off"] ? rule.not === true : undefined;
}

function color({ facts }: Feature, raw: Scalar): Observation[] {
  if (!isObject(raw)) return [];
  const { hue, saturation, h, s, x, y, r, g, b } = raw;
  const said = parseColor({ h: hue ?? h ?? null, s: saturation ?? s ?? null });
  const [red, green, blue] = [r, g, b].map(numberOf);
  const rgb = red !== undefined && green !== undefined && blue !== undefined;
  const value =
    said ??
    parseColor({ x: x ?? null, y: y ?? null }) ??
    (rgb ? hueSaturationOf([red, green, blue]) : undefined);
  if (!value) return [];
  return [
    { facts, value: { ...value }, raw, conversion: said ? "hue, saturation" : "x, y → h, s" },
  ];
}

/** What every device reports, whether it exposes it or not; the rest is the device's own. */
function unexposed(key: string, raw: Scalar): Observation[] {
  switch (key) {
    case "linkquality":
      return raw === null ? [] : [{ facts: { is: "link_quality", source: key }, value: raw }];
    case "last_seen":
      return lastSeen(raw);
    case "update":
      return update(raw);
    case "update_available":
      return [{ facts: { is: "update_available", source: key }, value: raw }];
    case "color_mode":
      return colorMode(raw);
    default: {
      const type = typeOf(raw) ?? (isObject(raw) ? "object" : undefined);
      if (type === undefined) return [];
      const facts = {
        is: vendorProperty("zigbee", key),
        type,
        source: key,
        kind: "diagnostic",
      } as const;
      return [{ facts, value: raw }];
    }
  }
}

/** A time with a zone, or milliseconds since 1970. */
function lastSeen(raw: Scalar): Observation[] {
  const ms = typeof raw === "number" ? raw : Date.parse(stringOf(raw) ?? "");
  if (Number.isNaN(ms) || Math.abs(ms) > 8.64e15) return [];
  const facts = { is: "last_seen", source: "last_seen" };
  return [{ facts, value: new Date(ms).toISOString(), raw, conversion: "time" }];
}

function update(raw: Scalar): Observation[] {
  const state = isObject(raw) ? stringOf(raw["state"]) : undefined;
  if (state === undefined) return [];
  const facts = { is: "update_available", source: "update.state" };
  return [{ facts, value: state !== "idle", raw: state, conversion: "idle → false, else true" }];
}

const modes = new Map([
  ["hs", "hs"],
  ["xy", "hs"],
  ["color_temp", "color_temperature"],
]);

function colorMode(raw: Scalar): Observation[] {
  const value = modes.get(stringOf(raw) ?? "");
  if (value === undefined) return [];
  const facts = { is: "color_mode", source: "color_mode" };
  return [{ facts, value, raw, conversion: "word → word" }];
}

/** How a wish stands in a `set` document; undefined when the device cannot be told. */
export function wireValue(
  { facts, rule = {}, expose }: Feature,
  value: Scalar,
): Scalar | undefined {
  switch (specOf(facts.is)?.type ?? facts.type) {
    case "boolean":
      return wireTruth({ facts, rule, expose }, value);
    case "object": {
      const hs = facts.is === "color" ? parseColor(value) : undefined;
      return hs ? { hue: hs.h, saturation: hs.s } : value;
    }
    case "enum":
      return facts.is === "cover_action"
        ? textOf(value).toUpperCase()
        : wireWord(rule, expose, value);
    default:
      return toNative(rule, value);
  }
}

function wireTruth(
  { facts, rule = {}, expose }: Pick<Feature, "facts" | "rule" | "expose">,
  value: Scalar,
): Scalar | undefined {
  if (typeof value !== "boolean") return undefined;
  if (facts.is === "siren" && expose["type"] === "composite") return warning(value);
  const words = listOf(expose["values"]);
  if (facts.is === "identify") return value ? (words[0] ?? true) : undefined;
  if (words.length > 0) return words.find((one) => rule.map?.[textOf(one)] === value);
  const wanted = rule.not === true ? !value : value;
  return (wanted ? expose["value_on"] : expose["value_off"]) ?? wanted;
}

/** The siren of a device that is warned with, at most for half an hour. */
function warning(isOn: boolean): JsonObject {
  return isOn
    ? { mode: "burglar", level: "high", strobe: true, duration: 1_800 }
    : { mode: "stop", level: "low", strobe: false, duration: 0 };
}

/** The device's own word for one of ours: the same one where it has it. */
function wireWord(
  { map = {} }: NonNullable<Feature["rule"]>,
  expose: JsonObject,
  value: Scalar,
): Scalar | undefined {
  const words = [...listOf(expose["values"]), expose["value_on"], expose["value_off"]].filter(
    (word) => word !== undefined,
  );
  return words.find((word) => word === value) ?? words.find((word) => map[textOf(word)] === value);
}
