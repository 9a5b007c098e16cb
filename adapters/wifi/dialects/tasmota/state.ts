import { hueSaturationOf, roundTo, type EventData, type Scalar } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, listOf, numberOf, type JsonObject } from "../../../reading/json.ts";
import type { TasmotaPeer } from "./peer.ts";
import {
  colorFacts,
  colorModeFacts,
  colorTemperatureFacts,
  dimmerFacts,
  effectFacts,
  effectOf,
  fanFacts,
  onoffFacts,
  powerOnFacts,
  powerOnStates,
  shutterFacts,
  tiltFacts,
  vendorObservation,
} from "./properties.ts";

/** What one key of a STATE or RESULT message says; undefined when the key is none of these. */
type Reader = (value: Scalar, n: number, peer: TasmotaPeer) => Observation[] | undefined;

/** Keys of which the value is carried under another key, or describes the message itself. */
const carriedElsewhere = new Set(["Time", "Uptime", "Color"]);

const readers: Readonly<Record<string, Reader>> = {
  POWER: (value, n, peer) => relayObservation(value, n, peer),
  Dimmer: (value, n) => [{ facts: dimmerFacts(n), value }],
  CT: (value) => colorTemperature(value),
  HSBColor: (value) => hueSaturation(value),
  Scheme: (value) =>
    typeof value === "number"
      ? [{ facts: effectFacts(), value: effectOf(value), raw: value, conversion: "number → word" }]
      : undefined,
  FanSpeed: (value) => fanObservation(value),
  PowerOnState: (value) => powerOnObservation(value),
  SHUTTER: (value, n, peer) => shutterObservations(n, { Position: value }, peer),
  Shutter: (value, n, peer) =>
    shutterObservations(n, isObject(value) ? value : { Position: value }, peer),
  UptimeSec: (value) => [{ facts: { is: "uptime", source: "UptimeSec" }, value }],
  Wifi: (value) => (isObject(value) ? wifiObservations(value) : undefined),
};

/** Every value of a STATE message; what the vocabulary does not have becomes `x_tasmota_…`. */
export function stateObservations(state: JsonObject, peer: TasmotaPeer): Observation[] {
  const known = resultObservations(state, peer);
  return [...known, ...Object.entries(state).flatMap(([key, value]) => unknownKey(key, value))];
}

/**
 * The values of a RESULT message that are known. The rest answers somebody's command, may be
 * anything, secrets included, and is no reading.
 */
export function resultObservations(result: JsonObject, peer: TasmotaPeer): Observation[] {
  const found = Object.entries(result).flatMap(([key, value]) => {
    const [, name = "", digits = ""] = /^([A-Za-z]+?)(\d*)$/.exec(key) ?? [];
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    return reader?.(value, digits === "" ? 1 : Number(digits), peer) ?? [];
  });
  return [
    ...found,
    ...colorWithoutHue(result),
    ...colorMode(result),
    ...uptimeWithoutSeconds(result),
  ];
}

/** Button presses, and switches that act as buttons. */
export function resultEvents(result: JsonObject, { words }: TasmotaPeer): EventData[] {
  return Object.entries(result).flatMap(([key, value]) => {
    const [, kind, part] = /^(Button|Switch)(\d+)$/.exec(key) ?? [];
    const word = isObject(value) ? value["Action"] : undefined;
    if (part === undefined || typeof word !== "string") return [];
    const action = actions.get(word) ?? "other";
    const isInput = kind === "Switch" && inputState(word, words) !== undefined;
    return isInput ? [] : [{ name: "action", action, part }];
  });
}

/** Switch inputs, as RESULT reports their changes. */
export function switchObservations(result: JsonObject, { words }: TasmotaPeer): Observation[] {
  return Object.entries(result).flatMap(([key, value]) => {
    const [, part] = /^Switch(\d+)$/.exec(key) ?? [];
    const raw = isObject(value) ? value["Action"] : undefined;
    if (part === undefined || raw === undefined) return [];
    return inputObservation({ part, source: key }, raw, words) ?? [];
  });
}

/** A switch input, in the device's own words for on and off or the usual ones. */
export function inputObservation(
  place: { readonly part: string; readonly source: string },
  raw: Scalar,
  words: TasmotaPeer["words"],
): Observation[] | undefined {
  const value = inputState(raw, words);
  if (value === undefined) return undefined;
  const [off, on] = raw === words[0] || raw === words[1] ? words : ["OFF", "ON"];
  const conversion = `${on} → true, ${off} → false`;
  return [{ facts: { is: "input", ...place }, value, raw, conversion }];
}

/** Position, direction and tilt of one shutter. */
export function shutterObservations(
  n: number,
  shutter: JsonObject,
  peer: TasmotaPeer,
): Observation[] {
  const [position, state] = shutterFacts(n);
  const found: Observation[] = [];
  const isInverted = peer.inverted?.[n - 1] === true;
  const direction = numberOf(shutter["Direction"]);
  const at = numberOf(shutter["Position"]);
  const target = numberOf(shutter["Target"]);
  if (at !== undefined) found.push({ facts: position, ...percent(at, isInverted) });
  if (direction !== undefined) {
    const [down, up] = isInverted ? [1, -1] : [-1, 1];
    const conversion = `${down} → closing, 0 → stopped, ${up} → opening`;
    found.push({ facts: state, value: coverState(direction * up), raw: direction, conversion });
  }
  if (target !== undefined) {
    found.push({ facts: position, ...percent(target, isInverted), echo: true });
  }
  const tilt = numberOf(shutter["Tilt"]);
  return tilt === undefined ? found : [...found, ...tiltObservation(n, tilt, peer)];
}

function percent(raw: number, isInverted: boolean): Omit<Observation, "facts"> {
  return isInverted ? { value: 100 - raw, raw, conversion: "100 - raw" } : { value: raw };
}

function powerOnObservation(raw: Scalar): Observation[] | undefined {
  const value = powerOnStates[numberOf(raw) ?? -1];
  if (value === undefined) return undefined;
  return [{ facts: powerOnFacts(), value, raw, conversion: "number → word" }];
}

export function relayObservation(
  value: Scalar,
  n: number,
  { words, relays }: TasmotaPeer,
): Observation[] | undefined {
  // The relays of a shutter are its motor, not switches.
  if (relays[n - 1] === 3) return [];
  const word = typeof value === "object" ? "" : String(value).toUpperCase();
  const on = value === words[1] || word === "ON" || word === "1";
  const off = value === words[0] || word === "OFF" || word === "0";
  const conversion = `${words[1]} → true, ${words[0]} → false`;
  return on || off ? [{ facts: onoffFacts(n), value: on, raw: value, conversion }] : undefined;
}

const actions = new Map([
  ["SINGLE", "press"],
  ["DOUBLE", "double_press"],
  ["TRIPLE", "triple_press"],
  ["QUAD", "quadruple_press"],
  ["PENTA", "many_press"],
  ["HOLD", "hold"],
  ["CLEAR", "release"],
  ["TOGGLE", "toggle"],
]);

function inputState(word: Scalar, [off, on]: TasmotaPeer["words"]): boolean | undefined {
  if (word === on || word === "ON") return true;
  return word === off || word === "OFF" ? false : undefined;
}

function coverState(direction: number): string {
  if (direction === 0) return "stopped";
  return direction > 0 ? "opening" : "closing";
}

/** Tilt is in degrees; without its configured limits it says nothing common. */
function tiltObservation(n: number, tilt: number, { tilts }: TasmotaPeer): Observation[] {
  const [min, max] = tilts[n - 1] ?? [0, 0];
  if (max === min) return vendorObservation([`Shutter${n}`, "Tilt"], tilt);
  const value = ((tilt - min) * 100) / (max - min);
  return [{ facts: tiltFacts(n), value, raw: tilt, conversion: `${min}…${max} → 0…100` }];
}

function colorTemperature(value: Scalar): Observation[] | undefined {
  if (typeof value !== "number" || value <= 0) return undefined;
  const kelvin = Math.round(1e6 / value);
  return [{ facts: colorTemperatureFacts(), value: kelvin, raw: value, conversion: "1e6 / raw" }];
}

function hueSaturation(raw: Scalar): Observation[] | undefined {
  const [h, s] = typeof raw === "string" ? raw.split(",").map(Number) : [];
  if (h === undefined || s === undefined || Number.isNaN(h + s)) return undefined;
  return [{ facts: colorFacts(), value: { h, s }, raw, conversion: "h,s,b → h, s" }];
}

/** `Color` is hexadecimal or decimal channels, red first; only needed where the hue is not given. */
function colorWithoutHue({ Color: color, HSBColor: hue }: JsonObject): Observation[] {
  if (typeof color !== "string" || hue !== undefined) return [];
  const decimal = color.split(",").map(Number);
  const hex = color.match(/[0-9a-f]{2}/gi)?.map((digits) => Number.parseInt(digits, 16)) ?? [];
  const [red, green, blue] = color.includes(",") ? decimal : hex;
  if (red === undefined || green === undefined || blue === undefined) return [];
  if (Number.isNaN(red + green + blue)) return [];
  const value = { ...hueSaturationOf([red, green, blue]) };
  return [{ facts: colorFacts(), value, raw: color, conversion: "RGB → h, s" }];
}

/**
 * `Channel` lists the levels in %: red, green, blue and one or two whites. A light without colour
 * or without white has one mode only and says none; nor does one of which every channel is dark.
 */
function colorMode({ Channel: channels, CT: mired }: JsonObject): Observation[] {
  const levels = listOf(channels).map((level) => numberOf(level) ?? 0);
  if (levels.length < 4 || levels.every((level) => level === 0)) return [];
  const white = mired === undefined ? "white" : "color_temperature";
  const value = levels.slice(0, 3).some((level) => level > 0) ? "hs" : white;
  const conversion = "the channels that are lit → mode";
  return [{ facts: colorModeFacts(), value, raw: levels, conversion }];
}

/** Old firmware gives the uptime as `1T02:03:04` only. */
function uptimeWithoutSeconds({ Uptime: text, UptimeSec: seconds }: JsonObject): Observation[] {
  if (typeof text !== "string" || seconds !== undefined) return [];
  const [, days, hours, minutes, rest] = /^(\d+)T(\d+):(\d+):(\d+)$/.exec(text) ?? [];
  if (days === undefined) return [];
  const value = Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(rest);
  const facts = { is: "uptime", source: "Uptime" };
  return [{ facts, value, raw: text, conversion: "days, hours, minutes, seconds → s" }];
}

function fanObservation(value: Scalar): Observation[] | undefined {
  const facts = fanFacts();
  const mode = typeof value === "number" ? facts.values?.[value] : undefined;
  if (mode === undefined) return undefined;
  return [{ facts, value: mode, raw: value, conversion: "number → word" }];
}

/** `RSSI` is a percentage, `Signal` the dBm that others call RSSI. */
function wifiObservations(wifi: JsonObject): Observation[] {
  return Object.entries(wifi).flatMap(([key, value]) =>
    key === "Signal"
      ? [{ facts: { is: "rssi", source: "Wifi.Signal" }, value }]
      : diagnostic(["Wifi", key], value),
  );
}

function unknownKey(key: string, value: Scalar): Observation[] {
  const name = key.replace(/\d+$/, "");
  if (Object.hasOwn(readers, name) || carriedElsewhere.has(key)) return [];
  if (!isObject(value)) return diagnostic([key], value);
  return Object.entries(value).flatMap(([below, inner]) => diagnostic([key, below], inner));
}

/** A figure about the device rather than the world. */
function diagnostic(path: readonly string[], value: Scalar): Observation[] {
  if (isObject(value)) return [];
  const plain = typeof value === "number" ? roundTo(value, 6) : value;
  return vendorObservation(path, plain).map(({ facts, ...rest }) => ({
    ...rest,
    facts: { ...facts, kind: "diagnostic" },
  }));
}
