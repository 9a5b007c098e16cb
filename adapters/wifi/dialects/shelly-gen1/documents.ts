import type { DeviceFacts, EventData, PropertyFacts, Scalar } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { vendorFields } from "../../fields.ts";
import {
  isObject,
  listOf,
  numberOf,
  stringOf,
  textOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { topics } from "./topics.ts";

/** What an announcement tells of its device. */
export function announcedFacts(announcement: JsonObject): DeviceFacts {
  const model = stringOf(announcement["model"]);
  const firmware = stringOf(announcement["fw_ver"]);
  return {
    manufacturer: "Shelly",
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
    ...(model !== undefined && sleepyModels.test(model) && { sleepy: true }),
  };
}

/** Models that sleep between reports: their last will says nothing. */
const sleepyModels = /^(?:SHHT-1|SHWT-1|SHDW-[12]|SHSM-01|SHBTN-[12]|SHSEN-1)$/;

/** Where a document carries what the vocabulary knows: path with `*` for a number, and meaning. */
const paths: readonly (readonly [path: RegExp, is: string, mul?: number])[] = [
  [/^relays\.(\d+)\.ison$/, "onoff"],
  [/^inputs\.(\d+)\.input$/, "input"],
  [/^meters\.(\d+)\.power$/, "power"],
  [/^meters\.(\d+)\.total$/, "energy", 1 / 60_000],
  [/^emeters\.(\d+)\.power$/, "power"],
  [/^emeters\.(\d+)\.reactive$/, "reactive_power"],
  [/^emeters\.(\d+)\.pf$/, "power_factor"],
  [/^emeters\.(\d+)\.current$/, "current"],
  [/^emeters\.(\d+)\.voltage$/, "voltage"],
  [/^emeters\.(\d+)\.total$/, "energy", 0.001],
  [/^emeters\.(\d+)\.total_returned$/, "energy_returned", 0.001],
  [/^rollers\.(\d+)\.current_pos$/, "position"],
  [/^rollers\.(\d+)\.power$/, "power"],
  [/^thermostats\.(\d+)\.pos$/, "valve_position"],
  [/^thermostats\.(\d+)\.window_open$/, "window_detected"],
  [/^ext_temperatures?\.(\d+)\.tC$/, "temperature"],
  [/^ext_humidit(?:y|ies)\.(\d+)\.hum$/, "humidity"],
  [/^adcs\.(\d+)\.voltage$/, "voltage"],
  [/^wifi_sta\.rssi$/, "rssi"],
  [/^uptime$/, "uptime"],
  [/^(?:update\.)?has_update$/, "update_available"],
  [/^bat(?:\.value)?$/, "battery"],
  [/^bat\.voltage$/, "battery_voltage"],
  [/^hum\.value$/, "humidity"],
  [/^(?:lux\.value|lux)$/, "illuminance"],
  [/^lux\.illumination$/, "light_level"],
  [/^temperature$/, "device_temperature"],
  [/^voltage$/, "voltage"],
  [/^charger$/, "charging"],
  [/^flood$/, "water_leak"],
  [/^smoke$/, "smoke"],
  [/^(?:sensor\.)?motion$/, "motion"],
  [/^(?:sensor\.)?vibration$/, "vibration"],
];

/** Where a document says what a topic says too, in the words of that topic. */
const likeTopics: readonly (readonly [path: RegExp, topic: string])[] = [
  [/^overtemperature$/, "overtemperature"],
  [/^overload$/, "overload"],
  [/^loaderror$/, "loaderror"],
  [/^rollers\.(\d+)\.state$/, "roller/<n>"],
  [/^valves\.(\d+)\.state$/, "valve/<n>/state"],
  [/^accel\.tilt$/, "sensor/tilt"],
  [/^accel\.vibration$/, "sensor/vibration"],
  [/^gas_sensor\.alarm_state$/, "sensor/gas"],
  [/^gas_sensor\.sensor_state$/, "sensor/operation"],
  [/^gas_sensor\.self_test_state$/, "sensor/self_test"],
  [/^concentration\.ppm$/, "sensor/concentration"],
];

/** Faults, each of its own part. */
const faults = /^rollers\.\d+\.overtemperature$/;

/** Said elsewhere, or of no use to anybody: the same in Fahrenheit, bookkeeping, addresses. */
const skipped =
  /^(?:mac|time|unixtime|serial|cfg_changed_cnt|tmp\.(?!is_valid)|temperature_f|mqtt\.|cloud\.|actions_stats|wifi_sta\.(?!rssi)|lights|update\.(?:status|new_version|old_version)|inputs\.\d+\.event|inputs\.\d+\.event_cnt|meters\.\d+\.(?:timestamp|counters|is_valid)|timestamp)|\.tF$|\.hwID$|\.is_valid$|(?:^|\.)tmp\.|(?:^|\.)target_t\.|\.enabled$/;

/** Everything a document says: `info`, and what battery devices call `status`. */
export function documentObservations(document: JsonObject): Observation[] {
  const flat = flatten(document);
  const known = flat.map(([path, value]) => ({ path, found: knownField(path, value) }));
  const taken = new Set(known.flatMap(({ path, found }) => (found ? path : [])));
  return [
    ...known.flatMap(({ found }) => found ?? []),
    ...temperatures(document),
    ...openings(document),
    ...vendorFields(objectOf(flat.filter(([path]) => !taken.has(path) && !skipped.test(path))), {
      vendor: "shelly",
      skip: () => false,
    }),
  ];
}

/** What a field says; undefined when nobody knows it. */
function knownField(path: string, value: Scalar): readonly Observation[] | undefined {
  if (value === null || isObject(value)) return undefined;
  for (const [regex, topic] of likeTopics) {
    const found = regex.exec(path);
    if (found) return asTopic(topic.replace("<n>", found[1] ?? ""), value);
  }
  if (faults.test(path)) {
    const part = path.replace(/[^a-z0-9]+/g, "_");
    const facts = { is: "problem", part, optionalPart: true, source: path };
    return [{ facts, value: value === true || value === 1 }];
  }
  for (const [regex, is, mul] of paths) {
    const found = regex.exec(path);
    if (found) return [converted({ is, ...partOf(found[1]), source: path }, value, mul)];
  }
  return undefined;
}

function asTopic(topic: string, value: Scalar): readonly Observation[] {
  const found = topics.read(topic, textOf(value));
  return found === undefined || found === "unreadable" ? [] : found;
}

function converted(facts: PropertyFacts, raw: Scalar, mul: number | undefined): Observation {
  // Inputs are 0 and 1.
  const bit = facts.is === "input" && (raw === 0 || raw === 1);
  if (bit) return { facts, value: raw === 1, raw, conversion: "1 → true, 0 → false" };
  const number = numberOf(raw);
  if (mul === undefined || number === undefined) return { facts, value: raw };
  return { facts, value: number * mul, raw, conversion: `× ${mul}` };
}

function partOf(number: string | undefined): { part?: string } {
  return number === undefined ? {} : { part: String(Number(number) + 1) };
}

/** What only a sensor or a thermostat has: its temperature is that of the room, not of its case. */
const inRoom = ["bat", "hum", "flood", "sensor", "accel", "target_t"];

/** In the unit it names. */
function temperatures(document: JsonObject): Observation[] {
  const { tmp, thermostats, target_t: target } = document;
  const thermostat = listOf(thermostats).find(isObject);
  const isRoom = inRoom.some((key) => document[key] !== undefined);
  const is = isRoom ? "temperature" : "device_temperature";
  return [
    ...degrees({ is, source: "tmp" }, tmp),
    ...degrees({ is: "temperature", source: "thermostats.0.tmp" }, thermostat?.["tmp"]),
    ...degrees(
      { is: "target_temperature", source: "thermostats.0.target_t" },
      thermostat?.["target_t"] ?? target,
    ),
  ];
}

function degrees(facts: PropertyFacts, reading: Scalar | undefined): Observation[] {
  if (!isObject(reading) || reading["is_valid"] === false) return [];
  const celsius = numberOf(reading["tC"]);
  const value = numberOf(reading["value"]);
  if (celsius !== undefined) return [{ facts, value: celsius }];
  if (value === undefined) return [];
  if (reading["units"] !== "F") return [{ facts, value }];
  return [{ facts, value: ((value - 32) * 5) / 9, raw: value, conversion: "°F → °C" }];
}

function openings({ sensor }: JsonObject): Observation[] {
  const state = isObject(sensor) ? sensor["state"] : undefined;
  if (state !== "open" && state !== "close") return [];
  const facts = { is: "open", source: "sensor.state" };
  return [{ facts, value: state === "open", raw: state, conversion: "open → true, close → false" }];
}

function flatten(value: Scalar, path: readonly string[] = []): [string, Scalar][] {
  if (path.length > 4 || value === null || typeof value !== "object") {
    return [[path.join("."), value]];
  }
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, key]));
}

function objectOf(entries: readonly (readonly [string, Scalar])[]): JsonObject {
  return Object.fromEntries(entries.map(([path, value]) => [path.replaceAll(".", "_"), value]));
}

const actions = new Map([
  ["S", "press"],
  ["SS", "double_press"],
  ["SSS", "triple_press"],
  ["L", "long_press"],
  ["SL", "other"],
  ["LS", "other"],
]);

/** The press that an input reports; none for the one it was told of before. */
export function pressOf(input: string, { event, event_cnt: count }: JsonObject): EventData[] {
  const action = typeof event === "string" ? actions.get(event) : undefined;
  if (action === undefined || count === undefined) return [];
  return [{ name: "action", action, part: String(Number(input) + 1) }];
}
