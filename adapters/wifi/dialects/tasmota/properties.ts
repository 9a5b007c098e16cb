import { isList, vendorProperty, type PropertyFacts, type Scalar } from "koine/adapter";
import type { Observation } from "../../dialect.ts";

/** Which of several of a kind. */
export type Place = Pick<PropertyFacts, "part" | "optionalPart">;

/** Light schemes by their number in Tasmota; more are named by number. */
const schemes = ["none", "wakeup", "cycle_up", "cycle_down", "random"] as const;

/** Mired limits of Tasmota's CT command, as kelvin. */
const kelvinMin = Math.round(1e6 / 500);
const kelvinMax = Math.round(1e6 / 153);

export function onoffFacts(n: number): PropertyFacts {
  return { is: "onoff", part: String(n), source: n === 1 ? "POWER" : `POWER${n}` };
}

export function dimmerFacts(n: number): PropertyFacts {
  return { is: "brightness", part: String(n), source: n === 1 ? "Dimmer" : `Dimmer${n}` };
}

export function colorTemperatureFacts(): PropertyFacts {
  return { is: "color_temperature", min: kelvinMin, max: kelvinMax, source: "CT" };
}

export function colorFacts(): PropertyFacts {
  return { is: "color", source: "HSBColor" };
}

export function effectFacts(): PropertyFacts {
  return { is: "effect", values: schemes, source: "Scheme" };
}

export function fanFacts(): PropertyFacts {
  return { is: "fan_mode", values: ["off", "low", "medium", "high"], source: "FanSpeed" };
}

/** Everything a shutter has, in the order position, state, action. */
export function shutterFacts(n: number): [PropertyFacts, PropertyFacts, PropertyFacts] {
  const part = String(n);
  const source = `Shutter${n}`;
  return [
    { is: "position", part, source },
    { is: "cover_state", part, source },
    { is: "cover_action", part, source },
  ];
}

export function tiltFacts(n: number): PropertyFacts {
  return { is: "tilt", part: String(n), source: `Shutter${n}.Tilt` };
}

export function effectOf(scheme: number): string {
  return schemes[scheme] ?? `scheme_${scheme}`;
}

export function schemeOf(effect: Scalar): number | undefined {
  const known = schemes.findIndex((name) => name === effect);
  if (known >= 0) return known;
  const number = typeof effect === "string" ? /^scheme_(\d{1,2})$/.exec(effect)?.[1] : undefined;
  return number === undefined ? undefined : Number(number);
}

/** A value as the device gives it, under its own name. */
export function vendorObservation(
  path: readonly string[],
  value: Scalar,
  place: Place = {},
): Observation[] {
  const type = typeOf(value);
  if (type === undefined) return [];
  const is = vendorProperty("tasmota", path.join("_"));
  const part = place.optionalPart === true ? {} : place;
  return [{ facts: { is, type, source: path.join("."), ...part }, value }];
}

function typeOf(value: Scalar): PropertyFacts["type"] | undefined {
  if (isList(value)) return "array";
  switch (typeof value) {
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    default:
      // Nothing is known of a value that is null from the start.
      return undefined;
  }
}
