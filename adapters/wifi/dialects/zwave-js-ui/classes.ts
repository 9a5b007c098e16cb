import { specOf, vendorProperty } from "koine/adapter";
import { conversionTo, unitText } from "../../../reading/units.ts";
import { barrier, color, covering, level, lock, switched } from "./actuators.ts";
import { notificationOf } from "./notifications.ts";
import { classNameOf } from "./places.ts";
import { boolean, factsOf, same, words, type ValueId, type ZwaveValue } from "./value.ts";

/** What the gateway is known to have: units where none are told, and what moves a cover. */
export interface NodeTraits {
  readonly temperatureUnit: "C" | "F";
  /** Its levels are those of a cover, not of a light. */
  readonly isCover?: boolean | undefined;
}

/** What a value means; undefined where it is only a target, a duration or a command. */
export function valueOf(id: ValueId, traits: NodeTraits): ZwaveValue | undefined {
  const found = isUnsaid(id) ? "unsaid" : byClass(id, traits);
  if (found === "unsaid") return undefined;
  return found ?? vendorValue(id);
}

/** Codes of the people who may open a lock, and when they did. */
const secretClasses = new Set([76, 99]);

/** A target is what is aimed at; others are commands, or nobody's business. */
function isUnsaid({ commandClass, property }: ValueId): boolean {
  if (secretClasses.has(commandClass)) return true;
  return /^(?:target|duration|restorePrevious|reset|Up$|Down$|On$|Off$|Open$|Close$)/.test(
    property,
  );
}

function byClass(id: ValueId, traits: NodeTraits): ZwaveValue | undefined {
  const { property } = id;
  switch (id.commandClass) {
    case 37:
      return property === "currentValue" ? switched(id) : undefined;
    case 38:
      return property === "currentValue"
        ? level(id, traits.isCover === true ? "position" : "brightness")
        : undefined;
    case 51:
      return color(id);
    case 98:
      return lock(id);
    case 102:
      return property === "currentState" ? barrier(id) : undefined;
    case 106:
      return property === "currentValue" ? covering(id) : undefined;
    default:
      return sensed(id, traits);
  }
}

function sensed(id: ValueId, { temperatureUnit }: NodeTraits): ZwaveValue | undefined {
  const { property } = id;
  switch (id.commandClass) {
    case 48:
      return sensorBinary(id);
    case 49:
      return sensor(id, temperatureUnit);
    case 50:
      return meter(id);
    case 64:
      return property === "mode" ? words(id, "hvac_mode", modes, "mode") : undefined;
    case 66:
      return property === "state" ? words(id, "hvac_action", operatingStates) : undefined;
    case 67:
      return property === "setpoint" ? setpoint(id, temperatureUnit) : undefined;
    case 113:
      return notification(id);
    case 128:
      return battery(id);
    default:
      return undefined;
  }
}

const binarySensors = new Map([
  ["Motion", "motion"],
  ["Door-Window", "open"],
  ["Door/Window", "open"],
  ["Water", "water_leak"],
  ["Smoke", "smoke"],
  ["Tamper", "tamper"],
  ["CO", "co_alarm"],
  ["Freeze", "cold_alarm"],
  ["Heat", "heat_alarm"],
]);

function sensorBinary(id: ValueId): ZwaveValue | undefined {
  const is = binarySensors.get(id.property);
  return is === undefined ? undefined : { facts: factsOf(id, is), read: boolean };
}

/** Names of sensors, and the unit they have where none is told. */
const sensors: readonly (readonly [name: RegExp, is: string, unit?: string])[] = [
  [/^Air_temperature$/, "temperature"],
  [/^(?:Water|Soil|Outside|Target)_temperature$/, "temperature"],
  [/^Humidity$/, "humidity", "%"],
  [/^Illuminance$/, "illuminance", "lx"],
  [/^Dew_point$/, "dew_point"],
  [/^Power$/, "power", "W"],
  [/^Voltage$/, "voltage", "V"],
  [/^Current$/, "current", "A"],
  [/^Barometric_pressure$/, "pressure", "kPa"],
  [/^Carbon_dioxide/, "co2", "ppm"],
  [/^Ultraviolet$/, "uv_index", ""],
  [/^Moisture$/, "soil_moisture", "%"],
  [/^Velocity$/, "wind_speed", "m/s"],
  [/^Particulate_Matter_2/, "pm25", "µg/m³"],
];

function sensor(id: ValueId, temperatureUnit: "C" | "F"): ZwaveValue | undefined {
  const name = id.property.replaceAll(" ", "_");
  const row = sensors.find(([pattern]) => pattern.test(name));
  if (!row) return undefined;
  const [, is, usual] = row;
  return inUnit(id, is, id.unit ?? usual ?? `°${temperatureUnit}`);
}

function inUnit(id: ValueId, is: string, unit: string): ZwaveValue | undefined {
  const conversion = conversionTo(is, unit);
  if (!conversion) return undefined;
  const says = unitText(is, unit);
  return {
    facts: factsOf(id, is),
    read: (raw) => (typeof raw === "number" ? (raw + conversion.add) * conversion.mul : raw),
    write: (value) =>
      typeof value === "number"
        ? Number((value / conversion.mul - conversion.add).toFixed(2))
        : undefined,
    ...(says !== undefined && { says }),
  };
}

/** Keys of electric meters: type, scale and rate in one number. */
const meterKeys = new Map([
  ["65537", "energy"],
  ["65538", "energy_returned"],
  ["66049", "power"],
  ["66561", "voltage"],
  ["66817", "current"],
  ["67073", "power_factor"],
]);

const meterUnits = new Map([
  ["kWh", "energy"],
  ["W", "power"],
  ["V", "voltage"],
  ["A", "current"],
]);

function meter(id: ValueId): ZwaveValue | undefined {
  if (id.property !== "value") return undefined;
  const is = meterUnits.get(id.unit ?? "") ?? meterKeys.get(id.key ?? "");
  return is === undefined ? undefined : { facts: factsOf(id, is), read: same };
}

/** The first number of a word is the one to send. */
const modes: ReadonlyMap<number, string> = new Map([
  [0, "off"],
  [1, "heat"],
  [2, "cool"],
  [3, "auto"],
  [6, "fan_only"],
  [8, "dry"],
  [10, "heat_cool"],
  [11, "heat"],
  [12, "cool"],
]);

/** Several stages of heat are heat all the same. */
const operatingStates: ReadonlyMap<number, string> = new Map([
  [0, "idle"],
  [1, "heating"],
  [2, "cooling"],
  [3, "fan"],
  [4, "preheating"],
  [6, "fan"],
  [7, "heating"],
  [8, "heating"],
  [9, "cooling"],
  [10, "heating"],
  [11, "heating"],
]);

/** Heating is type 1, cooling type 2. */
function setpoint(id: ValueId, temperatureUnit: "C" | "F"): ZwaveValue | undefined {
  const is = new Map([
    ["1", "target_temperature"],
    ["2", "target_temperature_cool"],
  ]).get(id.key ?? "");
  if (is === undefined) return undefined;
  const value = inUnit(id, is, id.unit ?? `°${temperatureUnit}`);
  return value && { ...value, target: "setpoint" };
}

function notification(id: ValueId): ZwaveValue | undefined {
  const found = notificationOf(id.property, id.key);
  if (!found) return undefined;
  const { is, ...reading } = found;
  return { facts: factsOf(id, is), ...reading };
}

function battery(id: ValueId): ZwaveValue | undefined {
  if (id.property === "level") return { facts: factsOf(id, "battery"), read: same };
  return id.property === "isLow" ? { facts: factsOf(id, "battery_low"), read: boolean } : undefined;
}

function vendorValue(id: ValueId): ZwaveValue {
  const { commandClass, property, key } = id;
  const name = [classNameOf(commandClass), property, key]
    .filter((word) => word !== undefined)
    .join("_");
  return { facts: factsOf(id, vendorProperty("zwave", name)), read: same };
}

/** Whether the vocabulary has the property. */
export function isKnown({ facts }: ZwaveValue): boolean {
  return specOf(facts.is) !== undefined;
}
