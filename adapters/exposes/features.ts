import {
  isList,
  propertyText,
  rulesFrom,
  specOf,
  vendorProperty,
  type PropertyFacts,
  type PropertyName,
  type Scalar,
  type SourceRule,
} from "koine/adapter";
import { isObject, listOf, numberOf, stringOf, type JsonObject, textOf } from "../reading/json.ts";
import { conversionTo } from "../reading/units.ts";

/** One feature of a Zigbee device: where its value stands, and what it means. */
export interface Feature {
  readonly facts: PropertyFacts;
  /** Key of the value in the state document. */
  readonly key: string;
  readonly rule?: SourceRule;
  readonly expose: JsonObject;
  /** Whether the device can be asked for it. */
  readonly isGettable: boolean;
}

/** Features of a device; more are not carried. The largest model has 340. */
const maxFeatures = 512;

/** Bits of `access`. */
const published = 1;
const settable = 2;
const gettable = 4;

/** What stands around an expose. */
interface Context {
  /** `light`, `cover` … */
  readonly within?: string | undefined;
  readonly hasBattery: boolean;
}

const specific = new Set(["switch", "light", "cover", "lock", "fan", "climate"]);

type Rule = SourceRule & { readonly is: PropertyName };

const rules = new Map<string, Rule[]>();
for (const rule of rulesFrom("zigbee")) {
  const name = rule.expose ?? "";
  rules.set(name, [...(rules.get(name) ?? []), rule]);
}

/** The features of a device, of what it exposes. No two of them are the same property. */
export function featuresOf(exposes: readonly Scalar[]): readonly Feature[] {
  const flat = exposes.filter(isObject);
  const hasBattery = flat.some(({ name }) => name === "battery" || name === "battery_low");
  const taken = new Set<string>();
  return flat
    .flatMap((expose) => walk(expose, { hasBattery }))
    .slice(0, maxFeatures)
    .map((feature) => unique(feature, taken));
}

/** A second property of one meaning is named by its key. */
function unique(feature: Feature, taken: Set<string>): Feature {
  const text = propertyText(feature.facts);
  if (!taken.has(text)) {
    taken.add(text);
    return feature;
  }
  const part = feature.key.replace(/[^a-z0-9]+/g, "_").slice(0, 32);
  return { ...feature, facts: { ...feature.facts, part } };
}

function walk(expose: JsonObject, context: Context): Feature[] {
  const type = stringOf(expose["type"]);
  if (type !== undefined && specific.has(type)) return inside(type, expose, context);
  if (expose["name"] === "color_xy" || expose["name"] === "color_hs") return color(expose);
  if (expose["name"] === "warning") return warning(expose);
  const key = stringOf(expose["property"]);
  const access = numberOf(expose["access"]) ?? published;
  if (key === undefined || key === "action" || key.startsWith("action_")) return [];
  const feature = leaf(expose, key, access, context);
  return context.within === "cover" && expose["name"] === "state"
    ? [feature, coverAction(expose, key)]
    : [feature];
}

/** Chromaticity, and hue and saturation, stand in one place: one of them is enough. */
function inside(type: string, expose: JsonObject, context: Context): Feature[] {
  const features = listOf(expose["features"]).filter(isObject);
  const hasChromaticity = features.some(({ name }) => name === "color_xy");
  return features
    .filter(({ name }) => name !== "color_hs" || !hasChromaticity)
    .flatMap((feature) => walk(feature, { ...context, within: type }));
}

/** A siren that only can be told. */
function warning(expose: JsonObject): Feature[] {
  const facts = { is: "siren", source: "warning", access: "w" } as const;
  return [{ facts, key: "warning", expose, isGettable: false }];
}

function color(expose: JsonObject): Feature[] {
  const key = stringOf(expose["property"]) ?? "color";
  const facts = { is: "color", ...partOfExpose(expose), source: key };
  return [{ facts, key, expose, isGettable: isGettable(expose) }];
}

function coverAction(expose: JsonObject, key: string): Feature {
  const facts = { is: "cover_action", ...partOfExpose(expose), source: key };
  return { facts, key, expose, isGettable: false };
}

function isGettable({ access }: JsonObject): boolean {
  return ((numberOf(access) ?? 0) & gettable) !== 0;
}

function leaf(expose: JsonObject, key: string, access: number, context: Context): Feature {
  const found = ruleFor(expose, key, context);
  const place = {
    ...partOfExpose(expose),
    ...(found?.rule.part !== undefined && { part: found.rule.part }),
  };
  const is = found?.is ?? vendorProperty("zigbee", bareName(expose, key, context));
  const facts: PropertyFacts = {
    is,
    ...place,
    ...(found?.phase !== undefined && { part: found.phase }),
    source: key,
    access: accessOf(is, access),
    ...(specOf(is) === undefined ? vendorFacts(expose) : rangeOf(is, expose, found?.rule)),
  };
  const rule = found?.rule;
  return { facts, key, ...(rule && { rule }), expose, isGettable: isGettable(expose) };
}

function accessOf(is: string, access: number): NonNullable<PropertyFacts["access"]> {
  // A cover reports this, and is told an action.
  if (is === "cover_state") return "r";
  const isSettable = (access & settable) !== 0;
  if (!isSettable) return "r";
  return (access & published) === 0 ? "w" : "rw";
}

/** `power_left` of the endpoint `left` is the part `left`. */
function partOfExpose({ endpoint }: JsonObject): Pick<PropertyFacts, "part"> {
  const part = typeof endpoint === "number" ? String(endpoint) : stringOf(endpoint);
  return part === undefined ? {} : { part: part.toLowerCase().replace(/[^a-z0-9]+/g, "_") };
}

/** Features of a fan that have a plain name, and a telling one elsewhere. */
const fanNames = new Map([
  ["mode", "fan_mode"],
  ["speed", "fan_speed"],
]);

function bareName(expose: JsonObject, key: string, context: Context): string {
  if (isOwnSwitch(expose, key, context)) return key;
  const name = stringOf(expose["name"]) ?? key;
  return context.within === "fan" ? (fanNames.get(name) ?? name) : name;
}

/** A setting that the bridge shows as a switch: its name is `state`, its key is not. */
function isOwnSwitch({ name, endpoint }: JsonObject, key: string, context: Context): boolean {
  if (name !== "state" || context.within !== "switch") return false;
  return key !== "state" && key !== `state_${textOf(endpoint)}`;
}

interface Found {
  readonly is: string;
  readonly rule: SourceRule;
  readonly phase?: string | undefined;
}

function ruleFor(expose: JsonObject, key: string, context: Context): Found | undefined {
  const name = bareName(expose, key, context);
  const [, before = name, phase] = phased.exec(name) ?? [];
  const found =
    before === "voltage" ? voltage(expose, context) : plain(before, expose, key, context);
  return found && phase !== undefined ? { ...found, phase } : found;
}

/** `current_phase_b`, and what meters have of each phase without saying so. */
const phased =
  /^((?:power|current|voltage|power_factor|energy)(?=_)|.+(?=_phase_))_(?:phase_)?([abc])$/;

function plain(name: string, expose: JsonObject, key: string, context: Context): Found | undefined {
  const found = candidates(name).find((rule) => fits(rule, expose, key, context));
  return found && { is: found.is, rule: inUnit(found, expose) };
}

function candidates(name: string): readonly Rule[] {
  const own = rules.get(name) ?? [];
  // What stands within a kind of device is told apart by that kind first.
  return own.toSorted((a, b) => Number(b.within !== undefined) - Number(a.within !== undefined));
}

function fits(rule: Rule, expose: JsonObject, key: string, { within }: Context): boolean {
  const unit = unitOf(expose) ?? null;
  if (rule.within && (within === undefined || !rule.within.includes(within)))
    return isBareState(rule, expose, key, within);
  if (rule.type !== undefined && rule.type !== expose["type"]) return false;
  const isOwnUnit = rule.unit !== undefined && rule.unit === unit;
  // A rule for another unit fits where it converts nothing that this one would need.
  if (rule.unit !== undefined && !isOwnUnit && rule.mul !== undefined) return false;
  if (rule.unit !== undefined && unit === null && rule.unit !== null) return false;
  return isOfType(rule, expose) && (isOwnUnit || hasKnownUnit(rule, unit));
}

/** A switch that stands alone, outside any kind of device. */
function isBareState(
  rule: Rule,
  expose: JsonObject,
  key: string,
  within: string | undefined,
): boolean {
  return (
    within === undefined && rule.is === "onoff" && key === "state" && expose["type"] === "binary"
  );
}

/** Whether an expose of this type can be a value of the property. */
function isOfType({ is, map }: Rule, { type }: JsonObject): boolean {
  const spec = specOf(is);
  switch (spec?.type) {
    case "boolean":
      if (is === "identify") return true;
      return type === "binary" || (type === "enum" && map !== undefined);
    case "number":
    case "integer":
      return type === "numeric";
    case "enum":
      return type === "enum" || (type === "binary" && map !== undefined);
    case "string":
      return type === "enum" || type === "text";
    default:
      return true;
  }
}

/** A rule that converts knows the unit; of any other the unit has to be one of this quantity. */
function hasKnownUnit(rule: Rule, unit: string | null): boolean {
  const converts = rule.scale ?? rule.recip ?? rule.mul;
  const spec = specOf(rule.is);
  if (converts !== undefined || unit === null || spec?.type !== "number") return true;
  return conversionTo(rule.is, unit) !== undefined;
}

/** The rule with the conversion from the unit of the expose, where it has none of its own. */
function inUnit({ is, ...rule }: Rule, expose: JsonObject): SourceRule {
  if (is === "brightness") return { scale: [0, numberOf(expose["value_max"]) ?? 254, 0, 100] };
  if (is === "fan_speed") return { scale: [0, numberOf(expose["value_max"]) ?? 100, 0, 100] };
  if (is === "cover_state") return { map: { ...rule.map, STOP: "stopped" } };
  const unit = unitOf(expose);
  const isPlain = rule.mul === undefined && rule.scale === undefined && rule.recip === undefined;
  const conversion = isPlain && unit !== undefined ? conversionTo(is, unit) : undefined;
  const isSame = !conversion || (conversion.mul === 1 && conversion.add === 0);
  return isSame ? rule : { ...rule, mul: conversion.mul, add: conversion.add };
}

/** The bridge writes some units in capitals. */
function unitOf({ unit }: JsonObject): string | undefined {
  return stringOf(unit)?.replace(/VAR$/, "var");
}

/** Millivolts of a battery device are those of its battery. */
function voltage(expose: JsonObject, { hasBattery }: Context): Found | undefined {
  if (expose["type"] !== "numeric") return undefined;
  const unit = stringOf(expose["unit"]) ?? "V";
  const is = hasBattery && unit === "mV" ? "battery_voltage" : "voltage";
  const conversion = conversionTo(is, unit);
  if (!conversion) return undefined;
  return { is, rule: conversion.mul === 1 ? {} : { mul: conversion.mul } };
}

function vendorFacts(expose: JsonObject): Partial<PropertyFacts> {
  const type = vendorType(expose);
  const unit = stringOf(expose["unit"]);
  const [min, max, step] = ["value_min", "value_max", "value_step"].map((key) =>
    numberOf(expose[key]),
  );
  return {
    type,
    kind: stringOf(expose["category"]) === "config" ? "setting" : "diagnostic",
    ...(type === "enum" && { values: wordsOf(expose) }),
    ...(type === "number" && unit !== undefined && { unit }),
    ...(type === "number" && min !== undefined && { min }),
    ...(type === "number" && max !== undefined && { max }),
    ...(type === "number" && step !== undefined && { step }),
  };
}

function vendorType({ type }: JsonObject): NonNullable<PropertyFacts["type"]> {
  switch (type) {
    case "binary":
      return "boolean";
    case "numeric":
      return "number";
    case "enum":
      return "enum";
    case "composite":
      return "object";
    case "list":
      return "array";
    default:
      return "string";
  }
}

function wordsOf({ values }: JsonObject): string[] {
  return listOf(values).flatMap((value) => (typeof value === "object" ? [] : String(value)));
}

/** Of words those that we have. */
function wordRange(
  is: string,
  expose: JsonObject,
  rule: SourceRule | undefined,
): Partial<PropertyFacts> {
  const spec = specOf(is);
  if (spec?.type === "boolean") return {};
  const words = wordsOf(expose).map((word) => rule?.map?.[word] ?? word);
  const ours = words.filter(
    (word) => typeof word === "string" && (!spec?.values || spec.values.includes(word)),
  );
  return { values: [...new Set(ours.map(String))] };
}

/** What the device takes, in our unit. */
function rangeOf(
  is: string,
  expose: JsonObject,
  rule: SourceRule | undefined,
): Partial<PropertyFacts> {
  if (isList(expose["values"] ?? null)) return wordRange(is, expose, rule);
  const bounds = [expose["value_min"], expose["value_max"]].map((bound) =>
    bounded(numberOf(bound), rule),
  );
  if (rule?.scale || bounds.includes(undefined)) return {};
  const [low = 0, high = 0] = bounds.map((bound) => bound ?? 0).toSorted((a, b) => a - b);
  return { min: low, max: high };
}

function bounded(raw: number | undefined, rule: SourceRule = {}): number | undefined {
  if (raw === undefined) return undefined;
  if (rule.recip !== undefined) return raw > 0 ? Math.round(rule.recip / raw) : undefined;
  return (raw + (rule.add ?? 0)) * (rule.mul ?? 1);
}
