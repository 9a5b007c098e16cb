import { conversionText, fromNative, isList, partOf, specOf, type Scalar } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, stringOf, type JsonObject } from "../../../reading/json.ts";
import { limits } from "../../limits.ts";
import { RuleBook, type RuleMatch } from "../../rules.ts";
import type { TasmotaPeer } from "./peer.ts";
import { vendorObservation, type Place } from "./properties.ts";
import { inputObservation, shutterObservations } from "./state.ts";

const rules = new RuleBook("tasmota");

/** Sensors that mean an amount by energy; to all others it is the strength of a signal. */
const meters = /^(?:ENERGY|PZEM\w*|SDM\w*|SML|ANALOG)\./i;

/** Fields whose usual word means something else with this sensor. */
function isForeign(name: string): boolean {
  return name.endsWith(".Energy") && !meters.test(name);
}

/** Keys that say how to read the others. */
const metaKeys = new Set(["Time", "TempUnit", "PressureUnit", "SpeedUnit"]);

/** The words in which all values of one message are. */
type Units = Readonly<Record<string, string | undefined>>;

/** Every value of a SENSOR message. What the vocabulary does not have becomes `x_tasmota_…`. */
export function sensorObservations(sensors: JsonObject, peer: TasmotaPeer): Observation[] {
  const units: Units = Object.fromEntries(
    Object.entries(sensors).map(([key, value]) => [key, stringOf(value)]),
  );
  return Object.entries(sensors).flatMap(([name, value]) => {
    if (metaKeys.has(name)) return [];
    const shutter = /^Shutter(\d+)$/i.exec(name)?.[1];
    if (shutter !== undefined && isObject(value)) {
      return shutterObservations(Number(shutter), value, peer);
    }
    const part = /^Switch(\d+)$/.exec(name)?.[1];
    const input = part && inputObservation({ part, source: name }, value, peer.words);
    if (input) return input;
    return observe([name], value, units);
  });
}

function observe(path: readonly string[], value: Scalar, units: Units): Observation[] {
  if (path.length > limits.messageDepth) return [];
  const match = find(path);
  if (isObject(value)) {
    return match ? named(match, path, value, units) : fields(path, value, units);
  }
  if (isList(value)) {
    return value.flatMap((item, index) =>
      isList(item) || isObject(item)
        ? []
        : observation(match, path, item, units, { part: String(index + 1) }),
    );
  }
  return observation(match, path, value, units, placeOf(match, path));
}

function fields(path: readonly string[], value: JsonObject, units: Units): Observation[] {
  const found = Object.entries(value).flatMap(([key, below]) =>
    observe([...path, key], below, units),
  );
  // A sensor that measures something and estimates it too has measured it.
  const measured = new Set(found.flatMap(({ facts, quality }) => (quality ? [] : facts.is)));
  return found.flatMap((one) =>
    one.quality && measured.has(one.facts.is)
      ? vendorObservation((one.facts.source ?? "").split("."), one.value)
      : one,
  );
}

/** An object where one value is expected has one value for each part: phases of a meter. */
function named(
  match: RuleMatch,
  path: readonly string[],
  value: JsonObject,
  units: Units,
): Observation[] {
  return Object.entries(value).flatMap(([key, below]) =>
    isObject(below) || isList(below)
      ? observe([...path, key], below, units)
      : observation(match, [...path, key], below, units, { part: partOf(key) }),
  );
}

/**
 * The rule for a path: `ENERGY.Power` as a whole, or what stands below the sensor's own name, which
 * may be numbered as in `Temperature2`.
 */
function find(path: readonly string[]): RuleMatch | undefined {
  const name = path.join(".");
  const whole = rules.find(name);
  if (whole || isForeign(name)) return whole;
  for (let depth = 1; depth < path.length; depth++) {
    const below = path.slice(depth).join(".");
    const match = rules.find(below) ?? numbered(below);
    if (match) return match;
  }
  return undefined;
}

function numbered(path: string): RuleMatch | undefined {
  const [, name, number] = /^([A-Za-z.]+?)(\d+)$/.exec(path) ?? [];
  const match = name === undefined ? undefined : rules.find(name);
  return match && { ...match, number };
}

/** Which of several: by number where the device numbers, else by the sensor that reports it. */
function placeOf(match: RuleMatch | undefined, path: readonly string[]): Place {
  if (match?.number !== undefined) return { part: partOfNumber(match, path) };
  const [module = "", ...rest] = path;
  if (rest.length === 0 || module === "ENERGY") return {};
  const sensor = rest.length > 1 && !match?.rule.key?.includes(".") ? rest.at(-2) : module;
  return { part: partOf(sensor ?? module), optionalPart: true };
}

/** Analogue inputs count from 0, everything else from 1. */
function partOfNumber({ number }: RuleMatch, path: readonly string[]): string {
  if (number === undefined || number === "") return "1";
  return path[0] === "ANALOG" && /^A\d+$/.test(path[1] ?? "") ? String(Number(number) + 1) : number;
}

function observation(
  match: RuleMatch | undefined,
  path: readonly string[],
  raw: Scalar,
  units: Units,
  place: Place,
): Observation[] {
  const source = path.join(".");
  const value = match && canonical(match, raw, units);
  if (!match || value === undefined) return vendorObservation(path, raw, place);
  const facts = { is: match.is, source, ...place };
  const found = { facts, value, ...origin(match, raw, value, units) };
  return [match.rule.quality === "estimated" ? { ...found, quality: "estimated" } : found];
}

/** The value in the unit of the vocabulary; undefined when its unit is not known. */
function canonical(match: RuleMatch, given: Scalar, units: Units): Scalar | undefined {
  const { rule } = match;
  const raw = typed(match, given);
  if (raw === null) return null;
  const unit = rule.unit_key === undefined ? undefined : units[rule.unit_key];
  if (unit === undefined || typeof raw !== "number") return fromNative(rule, raw);
  if (rule.unit_key === "TempUnit") return celsius(raw, unit);
  const factor = rule.units && Object.hasOwn(rule.units, unit) ? rule.units[unit] : undefined;
  return factor === undefined ? undefined : raw * factor;
}

/** Drivers of some sensors write numbers as text, and yes and no as numbers. */
function typed({ is }: RuleMatch, raw: Scalar): Scalar {
  const type = specOf(is)?.type;
  if (type === "boolean") return raw === 0 || raw === 1 ? raw === 1 : raw;
  const isNumber = type === "number" || type === "integer";
  return isNumber && typeof raw === "string" ? (numberIn(raw) ?? raw) : raw;
}

/** What the value was made of, where it is another than the one sent. */
function origin(
  { is, rule }: RuleMatch,
  raw: Scalar,
  value: Scalar,
  units: Units,
): Pick<Observation, "raw" | "conversion"> {
  if (raw === value) return {};
  const unit = rule.unit_key === undefined ? undefined : units[rule.unit_key];
  const conversion =
    unit === undefined ? conversionText(rule) : `${unit} → ${specOf(is)?.unit ?? ""}`;
  return { raw, ...(conversion !== undefined && { conversion }) };
}

function celsius(raw: number, unit: string): number | undefined {
  if (unit === "C") return raw;
  return unit === "F" ? ((raw - 32) * 5) / 9 : undefined;
}
