import { conversionText, fromNative, specOf, vendorProperty, type Scalar } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, numberOf, type JsonObject } from "../../../reading/json.ts";
import { RuleBook } from "../../rules.ts";
import { conversionTo, unitText } from "../../../reading/units.ts";
import { typeOf } from "../../../reading/vendor.ts";
import { bookkeeping } from "./bookkeeping.ts";

const rules = new RuleBook("theengs");

export interface KeysOptions {
  /** `theengs` for what was heard over Bluetooth, `openmqttgateway` for sensors of the gateway. */
  readonly vendor: string;
  readonly part?: string;
}

/** Everything that one message of a decoder says. */
export function keyObservations(message: JsonObject, options: KeysOptions): Observation[] {
  return Object.entries(message).flatMap(([key, value]) => {
    if (bookkeeping.has(key) || isObject(value)) return [];
    if (isPress(key, options) || isDoubled(key, message)) return [];
    return keyObservation(key, plain(value), message, options).map((one) => placed(one, options));
  });
}

/** A button that is pressed is an event. */
function isPress(key: string, { vendor: name }: KeysOptions): boolean {
  return name === "theengs" && /^button\d?$/.test(key);
}

/** The same in Fahrenheit. */
function isDoubled(key: string, message: JsonObject): boolean {
  return key.startsWith("tempf") && message[key.replace("tempf", "tempc")] !== undefined;
}

/** Old firmware writes numbers and truth as texts. */
function plain(value: Scalar): Scalar {
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "string" ? (numberIn(value) ?? value) : value;
}

function placed(one: Observation, { part }: KeysOptions): Observation {
  if (part === undefined || one.facts.part !== undefined) return one;
  return { ...one, facts: { ...one.facts, part, optionalPart: true } };
}

function keyObservation(
  key: string,
  raw: Scalar,
  message: JsonObject,
  options: KeysOptions,
): Observation[] {
  const temperature = temperatureOf(key, raw, message);
  if (temperature) return temperature;
  return ambiguous(key, raw, message, options) ?? ruled(key, raw, options);
}

/** Keys whose meaning is in the rest of the message, or that the vocabulary does not list. */
function ambiguous(
  key: string,
  raw: Scalar,
  message: JsonObject,
  options: KeysOptions,
): Observation[] | undefined {
  switch (key) {
    case "sum":
    case "avg":
      return metered(key, raw, message[`${key}u`]);
    case "distance":
      return distance(raw, options);
    case "weight":
      return inUnit("weight", key, raw, weightUnit(message), options);
    case "contact":
      return contact(raw, options);
    case "accx":
    case "accy":
    case "accz":
      return [{ facts: { is: "acceleration", part: key.slice(3), source: key }, value: raw }];
    case "pa":
      return inUnit("pressure", key, raw, "Pa", options);
    case "volt":
      return [{ facts: { is: voltageIs(options), source: key }, value: raw }];
    case "pres":
      if (typeof raw === "boolean") return known("motion", key, raw);
      return message["type"] === "TIRE" ? tyre(key, raw, options) : known("pressure", key, raw);
    case "presence":
    case "moving":
      return typeof raw === "boolean" ? known(key, key, raw) : vendor(key, raw, options);
    case "current":
      return known("current", key, raw);
    case "mov":
      return known("count", key, raw);
    default:
      return undefined;
  }
}

/** Guessed from how loud a device is; or measured by sound, in centimetres. */
function distance(raw: Scalar, { vendor: name }: KeysOptions): Observation[] {
  const facts = { is: "distance", source: "distance" };
  if (name === "theengs") return [{ facts, value: raw, quality: "estimated" }];
  const number = numberOf(raw);
  if (number === undefined) return [{ facts, value: raw }];
  return [{ facts, value: number * 0.01, raw, conversion: "cm → m" }];
}

/** Only one make of scales does not say what it weighs in. */
function weightUnit({ unit, model_id: model }: JsonObject): Scalar | undefined {
  return unit ?? (model === "SKALE" ? "g" : undefined);
}

/** A tyre is under another pressure than the air. */
function tyre(key: string, value: Scalar, { vendor: name }: KeysOptions): Observation[] {
  const facts = {
    is: vendorProperty(name, key),
    type: "number",
    unit: "bar",
    source: key,
  } as const;
  return [{ facts, value }];
}

const contacts: ReadonlyMap<Scalar, boolean> = new Map<Scalar, boolean>([
  ["open", true],
  ["closed", false],
  ["timeout not closed", true],
]);

function contact(raw: Scalar, options: KeysOptions): Observation[] {
  const value = contacts.get(raw);
  if (value === undefined) return vendor("contact", raw, options);
  const conversion = "open, timeout not closed → true, closed → false";
  return [{ facts: { is: "open", source: "contact" }, value, raw, conversion }];
}

/** A sensor on wires measures the mains, one on the air its battery. */
function voltageIs({ vendor: name }: KeysOptions): string {
  return name === "theengs" ? "battery_voltage" : "voltage";
}

/** In both scales, of which one is enough; several probes have numbers. */
function temperatureOf(key: string, raw: Scalar, message: JsonObject): Observation[] | undefined {
  const [, scale, probe = "", dew] = /^temp([cf])(\d?)(_dp)?$/.exec(key) ?? [];
  if (key === "temp") {
    const isFahrenheit = message["unit"] === "F";
    return inScale("temperature", key, raw, isFahrenheit ? "f" : "c");
  }
  if (scale === undefined) return undefined;
  // The second key of a dew point has no number of its own.
  if (dew !== undefined) return inScale("dew_point", key, raw, scale);
  return inScale("temperature", key, raw, scale, probe === "" ? undefined : probe);
}

function inScale(
  is: string,
  source: string,
  raw: Scalar,
  scale: string,
  part?: string,
): Observation[] {
  const facts = { is, source, ...(part !== undefined && { part }) };
  const degrees = numberOf(raw);
  if (scale === "c" || degrees === undefined) return [{ facts, value: raw }];
  return [{ facts, value: ((degrees - 32) * 5) / 9, raw, conversion: "°F → °C" }];
}

/** The unit decides whether it is power and energy, or something else that flows. */
function metered(key: "sum" | "avg", raw: Scalar, unit: Scalar | undefined): Observation[] {
  const is = key === "sum" ? "energy" : "power";
  const conversion = typeof unit === "string" ? conversionTo(is, unit) : undefined;
  const number = numberOf(raw);
  if (!conversion || number === undefined || typeof unit !== "string") {
    const facts = { is: vendorProperty("theengs", key), type: "number", source: key } as const;
    return number === undefined ? [] : [{ facts, value: number }];
  }
  const said = unitText(is, unit);
  const value = (number + conversion.add) * conversion.mul;
  return [
    { facts: { is, source: key }, value, ...(said !== undefined && { raw, conversion: said }) },
  ];
}

function inUnit(
  is: string,
  key: string,
  raw: Scalar,
  unit: Scalar | undefined,
  options: KeysOptions,
): Observation[] {
  const number = numberOf(raw);
  const conversion = typeof unit === "string" ? conversionTo(is, unit) : undefined;
  if (number === undefined || !conversion || typeof unit !== "string")
    return vendor(key, raw, options);
  const said = unitText(is, unit);
  const value = (number + conversion.add) * conversion.mul;
  return [
    { facts: { is, source: key }, value, ...(said !== undefined && { raw, conversion: said }) },
  ];
}

function ruled(key: string, raw: Scalar, options: KeysOptions): Observation[] {
  const match = rules.find(key);
  if (!match) return vendor(key, raw, options);
  const { is, rule } = match;
  const type = specOf(is)?.type;
  const fits = type === "boolean" ? typeof raw === "boolean" : true;
  if (!fits) return vendor(key, raw, options);
  const value = fromNative(rule, raw) ?? raw;
  const conversion = value === raw ? undefined : conversionText(rule);
  return [
    { facts: { is, source: key }, value, ...(conversion !== undefined && { raw, conversion }) },
  ];
}

function known(is: string, source: string, value: Scalar): Observation[] {
  return [{ facts: { is, source }, value }];
}

function vendor(key: string, value: Scalar, { vendor: name }: KeysOptions): Observation[] {
  const type = typeOf(value);
  if (type === undefined) return [];
  return [{ facts: { is: vendorProperty(name, key), type, source: key }, value }];
}
