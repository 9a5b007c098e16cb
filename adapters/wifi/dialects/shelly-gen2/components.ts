import {
  conversionText,
  fromNative,
  hueSaturationOf,
  isList,
  partOf,
  vendorProperty,
  type PropertyFacts,
  type Scalar,
} from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, listOf, numberOf, type JsonObject } from "../../../reading/json.ts";
import { limits } from "../../limits.ts";
import { RuleBook, type RuleMatch } from "../../rules.ts";
import { typeOf } from "../../../reading/vendor.ts";
import type { ShellyPeer } from "./peer.ts";

const rules = new RuleBook("shelly_gen2");

/** Said elsewhere (°F beside °C, the id in the topic, the MAC as identity), or bookkeeping of sums. */
const redundant = new Set(["id", "mac", "time", "tF", "by_minute", "minute_ts"]);

/** Readings of one component's status: `switch:0` and its fields, all or only those that changed. */
export function componentObservations(
  component: string,
  status: JsonObject,
  peer: ShellyPeer,
): Observation[] {
  const special = specials.get(component.split(":")[0] ?? "")?.(component, status, peer) ?? [];
  const handled = new Set(special.flatMap(({ facts }) => facts.source ?? []));
  const rest = Object.entries(status).flatMap(([key, value]) => {
    const path = `${component}.${key}`;
    return redundant.has(key) || handled.has(path) ? [] : observe(component, path, value, 2);
  });
  return [...special, ...rest];
}

type Special = (component: string, status: JsonObject, peer: ShellyPeer) => Observation[];

/** What needs more than a rule of the vocabulary. */
const specials: ReadonlyMap<string, Special> = new Map<string, Special>([
  ["temperature", temperatureObservations],
  ["sys", updateObservations],
  ["cover", coverObservations],
  ["rgb", colorObservations],
  ["rgbw", colorObservations],
  ["rgbcct", colorObservations],
  ["wifi", wifiObservations],
]);

/** Components whose fields the vocabulary names under others. */
const likes: ReadonlyMap<string, readonly string[]> = new Map([
  ["rgbcct", ["rgb", "cct"]],
  // Whatever talks by Bluetooth has these two.
  ["bthomedevice", ["blutrv"]],
]);

function temperatureObservations(
  component: string,
  { tC: celsius }: JsonObject,
  peer: ShellyPeer,
): Observation[] {
  if (celsius === undefined) return [];
  const facts = { is: temperatureIs(component, peer), ...numberedPart(component) };
  return [{ facts: { ...facts, source: `${component}.tC` }, value: celsius }];
}

function updateObservations(
  component: string,
  { available_updates: updates }: JsonObject,
): Observation[] {
  if (!isObject(updates)) return [];
  const source = `${component}.available_updates`;
  const value = updates["stable"] !== undefined;
  const conversion = "whether there is a stable one";
  return [{ facts: { is: "update_available", source }, value, raw: updates, conversion }];
}

/** On an energy meter this is the case; on everything else, and for add-ons from id 100, the air. */
function temperatureIs(component: string, { model = "", isMeter }: ShellyPeer): string {
  const isCase = isMeter === true || /em|pm/.test(model);
  return isCase && numberOfComponent(component) < 100 ? "device_temperature" : "temperature";
}

function coverObservations(component: string, { target_pos: target }: JsonObject): Observation[] {
  const part = numberedPart(component);
  const found: Observation[] = [];
  const aim = numberOf(target);
  const source = `${component}.target_pos`;
  if (aim !== undefined) {
    found.push({ facts: { is: "position", ...part, source }, value: aim, echo: true });
  }
  return found;
}

/** Without a network the strength of its signal is 0. */
function wifiObservations(component: string, { rssi, status }: JsonObject): Observation[] {
  if (rssi !== 0 || status === "got ip") return [];
  const facts = { is: "rssi", source: `${component}.rssi` };
  return [{ facts, value: null, raw: rssi, conversion: "0 → unknown" }];
}

function colorObservations(component: string, { rgb, mode }: JsonObject): Observation[] {
  const at = (is: string, key: string) => ({
    is,
    ...numberedPart(component),
    source: `${component}.${key}`,
  });
  const found: Observation[] = [];
  const [red, green, blue] = listOf(rgb).map(numberOf);
  if (red !== undefined && green !== undefined && blue !== undefined) {
    const value = { ...hueSaturationOf([red, green, blue]) };
    const raw = [red, green, blue];
    found.push({ facts: at("color", "rgb"), value, raw, conversion: "RGB → h, s" });
  }
  if (mode === "rgb" || mode === "cct") {
    const value = mode === "rgb" ? "hs" : "color_temperature";
    found.push({ facts: at("color_mode", "mode"), value, raw: mode, conversion: "word → word" });
  }
  return found;
}

function observe(component: string, path: string, value: Scalar, depth: number): Observation[] {
  const match = find(path);
  if (match) return matched(component, path, match, value);
  if (isObject(value)) {
    if (depth >= limits.messageDepth) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      redundant.has(key) ? [] : observe(component, `${path}.${key}`, inner, depth + 1),
    );
  }
  return vendorObservation(component, path, value);
}

function find(path: string): RuleMatch | undefined {
  const [type = ""] = path.split(":");
  const below = path.slice(type.length);
  for (const name of [type, ...(likes.get(type) ?? [])]) {
    const match = rules.find(name + below);
    if (match) return match;
  }
  return undefined;
}

function matched(component: string, path: string, match: RuleMatch, raw: Scalar): Observation[] {
  const { is, rule, phase } = match;
  if (is === "problem") return [problem(component, isList(raw) && raw.length > 0)];
  const isTime = is === "device_time";
  const value = isTime ? unixTime(raw) : (fromNative(rule, raw) ?? raw);
  if (value === undefined) return [];
  const part = phase === undefined ? numberedPart(component) : phasePart(phase, component);
  const facts = { is, ...part, source: path };
  if (value === raw) return [{ facts, value }];
  const conversion = isTime ? "Unix time" : conversionText(rule);
  return [{ facts, value, raw, ...(conversion !== undefined && { conversion }) }];
}

/** A fault of a component; devices leave the field out when there is none. */
export function problem(component: string, value: boolean): Observation {
  const part = component.replace(/[^a-z0-9]+/g, "_");
  return {
    facts: { is: "problem", part, optionalPart: true, source: `${component}.errors` },
    value,
  };
}

function vendorObservation(component: string, path: string, value: Scalar): Observation[] {
  const type = typeOf(value);
  if (type === undefined) return [];
  const [name = ""] = component.split(":");
  const is = vendorProperty("shelly", `${name}_${path.slice(component.length + 1)}`);
  return [
    { facts: { is, type, ...numberedPart(component), source: path, kind: "diagnostic" }, value },
  ];
}

type Place = Pick<PropertyFacts, "part" | "optionalPart">;

/**
 * Components count from 0 and parts from 1; the sensors plugged into a device count from 100, and
 * what users add, from 200.
 */
export function numberedPart(component: string): Place {
  const [type, suffix] = component.split(":");
  if (suffix === undefined) return {};
  if (!/^\d{1,9}$/.test(suffix)) return { part: partOf(suffix) };
  const n = Number(suffix);
  // A switch measures a voltage too, under the first numbers.
  if (type === "voltmeter" || n >= 200) return { part: suffix, optionalPart: true };
  const isAddOn = n >= 100 && /^(?:temperature|humidity|illuminance)$/.test(type ?? "");
  return { part: String(isAddOn ? n - 99 : n + 1) };
}

function phasePart(phase: string, component: string): Place {
  const n = numberOfComponent(component);
  return { part: n === 0 ? phase : `${phase}_${n + 1}` };
}

function numberOfComponent(component: string): number {
  return Number(component.split(":")[1] ?? 0);
}

/** Null until the device has a clock. */
function unixTime(raw: Scalar): string | undefined {
  if (typeof raw !== "number" || raw <= 0 || raw > maxUnixTimeS) return undefined;
  return new Date(raw * 1_000).toISOString();
}

/** The year 9999: beyond, a time has no usual notation. */
const maxUnixTimeS = 253_402_300_799;
