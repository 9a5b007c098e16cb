import { vendorProperty, type PropertyFacts, type Scalar } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { typeOf } from "../../../reading/vendor.ts";

/** Which of several of a kind. */
export type Place = Pick<PropertyFacts, "part" | "optionalPart">;

/** Light schemes by their number in Tasmota. */
const schemes = ["none", "wakeup", "cycle_up", "cycle_down", "random"] as const;

/** What can be wished: those, and the schemes of LED strips by their number. */
const effects = [...schemes, ...Array.from({ length: 9 }, (_, n) => `scheme_${n + 5}`)];

/** Limits of Tasmota's CT command in mired. */
export const mired = { min: 153, max: 500 } as const;

/** Stages of Tasmota's FanSpeed command, by number. */
export const fanModes = ["off", "low", "medium", "high"] as const;

/** What Tasmota's PowerOnState command does when the mains come back, by number. */
export const powerOnStates = ["off", "on", "toggle", "previous"] as const;

export function powerOnFacts(): PropertyFacts {
  return { is: "power_on_behavior", values: powerOnStates, source: "PowerOnState" };
}

export function onoffFacts(n: number): PropertyFacts {
  return { is: "onoff", part: String(n), source: n === 1 ? "POWER" : `POWER${n}` };
}

export function dimmerFacts(n: number): PropertyFacts {
  return { is: "brightness", part: String(n), source: n === 1 ? "Dimmer" : `Dimmer${n}` };
}

export function colorTemperatureFacts(): PropertyFacts {
  return {
    is: "color_temperature",
    min: Math.round(1e6 / mired.max),
    max: Math.round(1e6 / mired.min),
    source: "CT",
  };
}

export function colorFacts(): PropertyFacts {
  return { is: "color", source: "HSBColor" };
}

export function colorModeFacts(): PropertyFacts {
  return { is: "color_mode", source: "Channel" };
}

export function effectFacts(): PropertyFacts {
  return { is: "effect", values: effects, source: "Scheme" };
}

export function fanFacts(): PropertyFacts {
  return { is: "fan_mode", values: fanModes, source: "FanSpeed" };
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
