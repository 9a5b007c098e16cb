import {
  conversionText,
  fromNative,
  hueSaturationOf,
  type Conversion,
  type EventData,
  type PropertyFacts,
  type Scalar,
} from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, numberOf, stringOf, type JsonObject } from "../../../reading/json.ts";
import { RuleBook } from "../../rules.ts";
import { vendorObservation } from "./properties.ts";

const rules = new RuleBook("tasmota");

/** Attributes that identify the device or the route, or describe the pairing, rather than report. */
const addressing = new Set([
  "Device",
  "Name",
  "IEEEAddr",
  "Endpoint",
  "Endpoints",
  "Group",
  "Config",
  "ModelId",
  "Manufacturer",
  "PressureUnit",
  "Reachable",
  "LastSeen",
  "LastSeenEpoch",
  "BatteryLastSeenEpoch",
]);

type Meaning = readonly [is: string, conversion: Conversion];

const isSet: Conversion = { map: { "0": false, "1": true, false: false, true: true } };

/** Attributes that Tasmota's own sensors do not have, or that have Zigbee's range here. */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["Dimmer", ["brightness", { scale: [0, 254, 0, 100] }]],
  ["Occupancy", ["occupancy", isSet]],
  ["Contact", ["open", isSet]],
  ["Water", ["water_leak", isSet]],
  ["Fire", ["smoke", isSet]],
  ["CO", ["co_alarm", isSet]],
  ["RMSVoltage", ["voltage", {}]],
  ["ActivePower", ["power", {}]],
  ["BatteryVoltage", ["battery_voltage", {}]],
  ["LocalTemperature", ["temperature", {}]],
  ["OccupiedHeatingSetpoint", ["target_temperature", {}]],
]);

/** Words of remote controls, which are commands to others and no state of their own. */
const remote = /^(?:Dimmer(?:Up|Down|Move|Step|Stop)|ArrowClick|ArrowHold|click)$/;

/** A command that the device sent, by cluster and number: `0006!02`. */
const commandKey = /^[0-9A-F]{4}![0-9A-F]{2}$/i;

/** Everything a Zigbee device reports of itself. It can only be read: commands are not carried. */
export function zigbeeObservations(report: JsonObject): Observation[] {
  const hasSent = isRemote(report);
  const found = Object.entries(report).flatMap(([attribute, value]) => {
    if (addressing.has(attribute) || remote.test(attribute) || commandKey.test(attribute))
      return [];
    if (attribute === "Power") return hasSent ? [] : onoff(value);
    return isObject(value) ? [] : attributeObservation(named(attribute, report), attribute, value);
  });
  return [...found, ...color(report)].map((one) => ({ ...one, facts: readOnly(one.facts) }));
}

/** The command that a remote control sent. */
export function zigbeeEvents(report: JsonObject): EventData[] {
  const power = report["Power"];
  const words = isRemote(report) ? [switching.get(Number(power))] : [];
  const others = Object.entries(report).flatMap(([key, value]) => actionOf(key, value) ?? []);
  const code = words[0] === undefined ? codes.get(codeIn(report)) : undefined;
  const action = [...others, ...words, code].find((word) => word !== undefined);
  const arrow = numberOf(report["ArrowClick"]);
  const part = arrow === undefined ? {} : { part: arrow === 0 ? "right" : "left" };
  return action === undefined ? [] : [{ name: "action", action, ...part }];
}

const switching = new Map([
  [0, "off"],
  [1, "on"],
  [2, "toggle"],
]);

/** For firmware that gives the number of the command and no word. */
const codes = new Map([
  ["0006!00", "off"],
  ["0006!01", "on"],
  ["0006!02", "toggle"],
]);

function codeIn(report: JsonObject): string {
  return Object.keys(report).find((key) => commandKey.test(key)) ?? "";
}

/** Only who sends commands toggles: a lamp is on or off. */
function isRemote(report: JsonObject): boolean {
  return report["Power"] === 2 || codeIn(report) !== "";
}

const presses: ReadonlyMap<Scalar, string> = new Map<Scalar, string>([
  ["single", "press"],
  ["double", "double_press"],
  ["triple", "triple_press"],
  ["quadruple", "quadruple_press"],
  ["hold", "hold"],
  ["release", "release"],
]);

function actionOf(key: string, value: Scalar): string | undefined {
  switch (key) {
    case "DimmerUp":
      return "dim_up";
    case "DimmerDown":
      return "dim_down";
    case "DimmerStop":
      return "dim_stop";
    case "DimmerMove":
    case "DimmerStep":
      return value === 1 ? "dim_down" : "dim_up";
    case "ArrowClick":
      return "press";
    case "click":
      return presses.get(value) ?? "other";
    default:
      return undefined;
  }
}

/** On/off is `Power` here, which is watts elsewhere. */
function onoff(raw: Scalar): Observation[] {
  const value = raw === true || raw === 1;
  return [{ facts: { is: "onoff", source: "Power" }, value, raw }];
}

/** What has a battery means the battery by its voltage. */
function named(
  attribute: string,
  { Battery: battery, BatteryPercentage: percent }: JsonObject,
): string {
  const hasBattery = battery !== undefined || percent !== undefined;
  return attribute === "Voltage" && hasBattery ? "BatteryVoltage" : attribute;
}

function attributeObservation(name: string, source: string, raw: Scalar): Observation[] {
  const match = rules.find(name);
  const [is, rule] = meanings.get(name) ?? (match ? [match.is, match.rule] : []);
  if (is === undefined || rule === undefined) return vendorObservation([source], raw);
  const value = fromNative(rule, raw) ?? null;
  const conversion = conversionText(rule);
  const facts = { is, source };
  if (value === raw) return [{ facts, value }];
  return [{ facts, value, raw, ...(conversion !== undefined && { conversion }) }];
}

/** Hue and saturation are 0…254; what is read of a lamp may be its RGB. */
function color(report: JsonObject): Observation[] {
  const { Hue: hue, Sat: saturation } = report;
  const rgb = stringOf(report["RGB"]) ?? "";
  const [h, s] = [numberOf(hue), numberOf(saturation)];
  if (h !== undefined && s !== undefined) {
    const value = { h: (h * 360) / 254, s: (s * 100) / 254 };
    const conversion = "0…254 → h, s";
    return [{ facts: { is: "color", source: "Hue,Sat" }, value, raw: [h, s], conversion }];
  }
  const bytes = rgb.match(/[0-9a-f]{2}/gi) ?? [];
  const [red, green, blue] = bytes.map((byte) => Number.parseInt(byte, 16));
  if (red === undefined || green === undefined || blue === undefined) return [];
  const value = { ...hueSaturationOf([red, green, blue]) };
  return [{ facts: { is: "color", source: "RGB" }, value, raw: rgb, conversion: "RGB → h, s" }];
}

function readOnly(facts: PropertyFacts): PropertyFacts {
  return { ...facts, access: "r" };
}
