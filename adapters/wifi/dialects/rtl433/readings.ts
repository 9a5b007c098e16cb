import {
  fromNative,
  conversionText,
  slug,
  specOf,
  vendorProperty,
  type EventData,
  type PropertyFacts,
  type Ref,
  type Scalar,
} from "koine/adapter";
import type { Heard } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, type JsonObject, textOf } from "../../../reading/json.ts";
import { RuleBook, type RuleMatch } from "../../rules.ts";
import { typeOf } from "../../../reading/vendor.ts";
import { numberFieldOf, type NumberField } from "./fields.ts";

const rules = new RuleBook("rtl_433");

/** Of the transmission, not of the device; what names it; and numbers of copies. */
const addressing = new Set([
  "time",
  "model",
  "subtype",
  "id",
  "channel",
  "mic",
  "mod",
  "protocol",
  "freq",
  "freq1",
  "freq2",
  "snr",
  "noise",
  "sequence_num",
  "message_type",
  "exception",
  "raw_msg",
  "duration",
  "type",
  "rssi",
]);

/** What differs between the copies of one message. */
const ofTheCopy = new Set([
  "time",
  "sequence_num",
  "rssi",
  "snr",
  "noise",
  "freq",
  "freq1",
  "freq2",
  "mod",
  "duration",
]);

/** What one decoded transmission says; undefined when it is none of a device. */
export function radioDevice(message: JsonObject, via?: Ref): Heard | undefined {
  const name = nameOf(message);
  if (name === undefined) return undefined;
  const measuredAtMs = timeOf(message["time"]);
  const rssi = message["rssi"];
  const model = textOf(message["model"]);
  return {
    ref: [["rf", name]],
    facts: { model, ...(via && { via }) },
    observations: [
      ...fieldObservations(message),
      ...(typeof rssi === "number"
        ? [{ facts: { is: "rssi", source: "rssi" }, value: Math.round(rssi) }]
        : []),
    ],
    events: pressesOf(message),
    copyOf: JSON.stringify(message, (key, value: unknown) =>
      ofTheCopy.has(key) ? undefined : value,
    ),
    ...(measuredAtMs !== undefined && { measuredAtMs }),
  };
}

/** Model, channel and id tell one device from another; ids may change with the battery. */
export function nameOf({ model, channel, id }: JsonObject): string | undefined {
  if (typeof model !== "string" || slug(model) === "") return undefined;
  return [model, channel, id].filter(isWord).map(String).join("-");
}

/** What stays when the id changes: model and channel. */
export function kindOf({ model, channel }: JsonObject): string {
  return [model, channel].filter(isWord).map(String).join("-");
}

function isWord(value: Scalar | undefined): value is string | number {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

/** Whether a field is of the transmission, and no reading. */
export function isAddressing(key: string): boolean {
  return addressing.has(key);
}

/** Everything a message says of the device. */
export function fieldObservations(message: JsonObject): Observation[] {
  return Object.entries(message).flatMap(([key, value]) => {
    if (addressing.has(key) || isObject(value) || isRedundant(key, message)) return [];
    return fieldObservation(key, value, message);
  });
}

/** The same in Fahrenheit, or by another sensor; a button is an event. */
function isRedundant(key: string, message: JsonObject): boolean {
  if (key === "button") return true;
  // The contact is what a device reports that has another one inside.
  if (key === "reed_open") return message["contact_open"] !== undefined;
  return key.endsWith("_F") && message[`${key.slice(0, -1)}C`] !== undefined;
}

/** What one field says. Nothing of it can be set: a device on this radio only sends. */
export function fieldObservation(key: string, raw: Scalar, message: JsonObject): Observation[] {
  return meaningOf(key, raw, message).map((one) => ({
    ...one,
    facts: { ...one.facts, access: "r" },
  }));
}

function meaningOf(key: string, raw: Scalar, message: JsonObject): Observation[] {
  if (key === "battery_ok") return battery(raw);
  if (key === "battery") return oldBattery(raw);
  if (key === "closed") return flag("open", key, raw, { inverted: true });
  const is = flags.get(key);
  if (is !== undefined) return flag(is, key, raw);
  if (!isFamiliar(key, message)) return vendor(key, raw);
  const field = numberFieldOf(key);
  if (field) return scaled(field, key, raw);
  const match = find(key);
  return match ? matched(match, key, raw) : vendor(key, raw);
}

/** Fields of 1 and 0 that the vocabulary does not list. */
const flags = new Map([
  ["open", "open"],
  ["battery_low", "battery_low"],
  ["leak_detected", "water_leak"],
]);

/** Whether a word means here what it usually does. */
function isFamiliar(key: string, { type, model }: JsonObject): boolean {
  if (key === "alarm") return /smoke/i.test(textOf(model));
  // The pressure of a tyre is not that of the air; and the unit of a strike's distance is not told.
  if (key.startsWith("pressure_") && type === "TPMS") return false;
  return !["strike_distance", "button", "event", "consumption_data", "state"].includes(key);
}

interface Found extends RuleMatch {
  readonly part?: string;
}

/** `temperature_2_C` is the second temperature. */
function find(key: string): Found | undefined {
  const exact = rules.find(key);
  if (exact) return exact;
  const [, before, part, after = ""] = /^(.+?)_(\d{1,2})((?:_.+)?)$/.exec(key) ?? [];
  const match = before === undefined ? undefined : rules.find(before + after);
  return match && part !== undefined ? { ...match, part } : undefined;
}

function matched({ is, rule, part }: Found, key: string, raw: Scalar): Observation[] {
  const place = part === undefined ? {} : { part };
  if (specOf(is)?.type === "boolean") return flag(is, key, raw, place);
  const value = fromNative(rule, raw) ?? raw;
  const facts = { is, ...place, source: key };
  if (value === raw) return [{ facts, value }];
  const conversion = conversionText(rule);
  return [{ facts, value, raw, ...(conversion !== undefined && { conversion }) }];
}

function flag(
  is: string,
  key: string,
  raw: Scalar,
  { inverted = false, part }: { readonly inverted?: boolean; readonly part?: string } = {},
): Observation[] {
  const value = truth(raw);
  if (value === undefined) return vendor(key, raw);
  const conversion = inverted ? "1 → false, 0 → true" : "1 → true, 0 → false";
  const facts = { is, ...(part !== undefined && { part }), source: key };
  return [{ facts, value: value !== inverted, raw, conversion }];
}

function truth(raw: Scalar): boolean | undefined {
  if (raw === 1 || raw === true) return true;
  return raw === 0 || raw === false ? false : undefined;
}

/** 0 is low and 1 is good; what lies between is how full it is. */
function battery(raw: Scalar): Observation[] {
  if (typeof raw !== "number" || raw < 0 || raw > 1) return vendor("battery_ok", raw);
  const facts = { is: "battery_low", source: "battery_ok" };
  const low: Observation = { facts, value: raw === 0, raw, conversion: "0 → true, else false" };
  if (raw === 0 || raw === 1) return [low];
  return [low, ...scaled({ is: "battery", mul: 100 }, "battery_ok", raw)];
}

function oldBattery(raw: Scalar): Observation[] {
  if (raw !== "OK" && raw !== "LOW") return vendor("battery", raw);
  const facts = { is: "battery_low", source: "battery" };
  return [{ facts, value: raw === "LOW", raw, conversion: "LOW → true, OK → false" }];
}

function scaled({ is, mul = 1, part }: NumberField, source: string, raw: Scalar): Observation[] {
  if (typeof raw !== "number") return vendor(source, raw);
  const facts = { is, ...(part !== undefined && { part }), source };
  if (mul === 1) return [{ facts, value: raw }];
  return [{ facts, value: raw * mul, raw, conversion: `× ${mul}` }];
}

function vendor(key: string, value: Scalar): Observation[] {
  const type = typeOf(value);
  if (type === undefined) return [];
  const facts: PropertyFacts = { is: vendorProperty("rtl433", key), type, source: key };
  return [{ facts, value }];
}

/** A button that is not pressed says 0. */
export function pressesOf({ button }: JsonObject): EventData[] {
  if (button === undefined || button === 0 || button === false || !isWord(button)) return [];
  const part = slug(String(button)).replaceAll("-", "_");
  return part === "" ? [] : [{ name: "action", action: "press", part }];
}

/** Only where it is Unix time or has a zone. */
function timeOf(time: Scalar | undefined): number | undefined {
  if (typeof time === "number") return time > 1e9 && time < 1e11 ? time * 1_000 : undefined;
  if (typeof time !== "string") return undefined;
  if (/^\d{10}(?:\.\d+)?$/.test(time)) return Number(time) * 1_000;
  const ms = /(?:Z|[+-]\d{2}:?\d{2})$/.test(time.slice(19)) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
