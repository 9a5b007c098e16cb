import type { DeviceFacts, EventData, PropertyFacts, Scalar } from "koine/adapter";
import type { Observation } from "../../dialect.ts";
import { vendorFields } from "../../fields.ts";
import { isObject, listOf, numberOf, stringOf, type JsonObject } from "../../json.ts";
import { lightObservations } from "./light.ts";

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
  [/^accel\.tilt$/, "tilt_angle"],
];

/** Faults, each of its own part. */
const faults = /^(?:overtemperature|overload|loaderror|rollers\.\d+\.overtemperature)$/;

/** Said elsewhere, or of no use to anybody: the same in Fahrenheit, bookkeeping, addresses. */
const skipped =
  /^(?:mac|time|unixtime|serial|cfg_changed_cnt|tmp\.(?!is_valid)|temperature_f|mqtt\.|cloud\.|actions_stats|wifi_sta\.(?!rssi)|lights|update\.(?:status|new_version|old_version)|inputs\.\d+\.event|inputs\.\d+\.event_cnt|meters\.\d+\.(?:timestamp|counters|is_valid)|timestamp)|\.tF$|\.hwID$|\.is_valid$|(?:^|\.)tmp\.|\.target_t\.|\.enabled$/;

/** Everything a document says: `info`, and what battery devices call `status`. */
export function documentObservations(document: JsonObject): Observation[] {
  const flat = flatten(document);
  const known = flat.flatMap(([path, value]) => knownField(path, value));
  const taken = new Set(known.map(({ facts }) => facts.source));
  return [
    ...known,
    ...temperatures(document),
    ...lights(document),
    ...openings(document),
    ...vendorFields(objectOf(flat.filter(([path]) => !taken.has(path) && !skipped.test(path))), {
      vendor: "shelly",
      skip: () => false,
    }),
  ];
}

function knownField(path: string, value: Scalar): Observation[] {
  if (value === null || isObject(value)) return [];
  if (faults.test(path)) {
    const part = path.replace(/[^a-z0-9]+/g, "_");
    const facts = { is: "problem", part, optionalPart: true, source: path };
    return [{ facts, value: value === true || value === 1 }];
  }
  for (const [regex, is, mul] of paths) {
    const found = regex.exec(path);
    if (found) return [converted({ is, ...partOf(found[1]), source: path }, value, mul)];
  }
  return [];
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

/** Of the room where it is a sensor or a thermostat; in the unit it names. */
function temperatures({ tmp, thermostats, target_t: target, relays }: JsonObject): Observation[] {
  const thermostat = listOf(thermostats).find(isObject);
  const is = relays === undefined ? "temperature" : "device_temperature";
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

function lights({ lights: list }: JsonObject): Observation[] {
  return listOf(list)
    .filter(isObject)
    .flatMap((light, n) => {
      const kind = light["mode"] === undefined ? "light" : modeKind(light["mode"]);
      return lightObservations(`${kind}/${n}/status`, light);
    });
}

function modeKind(mode: Scalar): string {
  return mode === "white" ? "white" : "color";
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
