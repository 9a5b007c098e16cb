import { specOf, vendorProperty, type PropertyFacts, type Scalar } from "koine/adapter";
import { conversionTo, unitText } from "../../units.ts";

/** Where a value stands on a node. */
export interface ValueId {
  /** Number of the command class. */
  readonly commandClass: number;
  readonly endpoint: number;
  readonly property: string;
  readonly key?: string | undefined;
  readonly unit?: string | undefined;
  readonly label?: string | undefined;
}

/** A value as a property of ours. */
export interface ZwaveValue {
  readonly facts: PropertyFacts;
  readonly read: (raw: Scalar) => Scalar | undefined;
  readonly write?: (value: Scalar) => Scalar | undefined;
  /** Property to write in place of the one that is read. */
  readonly target?: string;
  readonly says?: string;
}

/** Numbers of the command classes that are read, by their names in topics. */
export const classNumbers: ReadonlyMap<string, number> = new Map([
  ["switch_binary", 37],
  ["switch_multilevel", 38],
  ["sensor_binary", 48],
  ["sensor_multilevel", 49],
  ["meter", 50],
  ["thermostat_mode", 64],
  ["thermostat_operating_state", 66],
  ["thermostat_setpoint", 67],
  ["central_scene", 91],
  ["door_lock", 98],
  ["notification", 113],
  ["battery", 128],
]);

/** Full level; 255 is the last one, and 100 is none. */
const fullLevel = 99;

const same = (raw: Scalar): Scalar => raw;
const boolean = (raw: Scalar): Scalar | undefined => (typeof raw === "boolean" ? raw : undefined);

/** What a value means; undefined where it is only a target, a duration or a command. */
export function valueOf(id: ValueId, temperatureUnit: "C" | "F"): ZwaveValue | undefined {
  const found = byClass(id, temperatureUnit);
  if (found === "unsaid") return undefined;
  return found ?? vendorValue(id);
}

function byClass(id: ValueId, temperatureUnit: "C" | "F"): ZwaveValue | "unsaid" | undefined {
  const { commandClass, property } = id;
  // A target is what is aimed at, and the rest are commands.
  if (/^(?:target|duration|restorePrevious|reset|Up$|Down$|On$|Off$|Open$|Close$)/.test(property)) {
    return "unsaid";
  }
  switch (commandClass) {
    case 37:
      return property === "currentValue" ? switched(id) : undefined;
    case 38:
      return property === "currentValue" ? level(id) : undefined;
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
    case 98:
      return property === "currentMode" ? lock(id) : undefined;
    case 113:
      return notification(id);
    case 128:
      return battery(id);
    default:
      return undefined;
  }
}

function factsOf(id: ValueId, is: string): PropertyFacts {
  const { endpoint } = id;
  return { is, ...(endpoint > 0 && { part: String(endpoint) }) };
}

function switched(id: ValueId): ZwaveValue {
  return { facts: factsOf(id, "onoff"), read: boolean, write: same, target: "targetValue" };
}

function level(id: ValueId): ZwaveValue {
  return {
    facts: factsOf(id, "brightness"),
    read: (raw) =>
      typeof raw === "number" && raw <= fullLevel ? (raw * 100) / fullLevel : undefined,
    write: (value) =>
      typeof value === "number" ? Math.round((value * fullLevel) / 100) : undefined,
    target: "targetValue",
    says: "0…99 → 0…100",
  };
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

const modes: ReadonlyMap<number, string> = new Map([
  [0, "off"],
  [1, "heat"],
  [2, "cool"],
  [3, "auto"],
  [6, "fan_only"],
  [8, "dry"],
  [10, "heat_cool"],
]);

const operatingStates: ReadonlyMap<number, string> = new Map([
  [0, "idle"],
  [1, "heating"],
  [2, "cooling"],
  [3, "fan"],
  [4, "preheating"],
]);

function words(
  id: ValueId,
  is: string,
  table: ReadonlyMap<number, string>,
  target?: string,
): ZwaveValue {
  return {
    facts: { ...factsOf(id, is), values: [...table.values()] },
    read: (raw) => (typeof raw === "number" ? table.get(raw) : undefined),
    ...(target !== undefined && {
      write: (value) => [...table].find(([, word]) => word === value)?.[0],
      target,
    }),
    says: "number → word",
  };
}

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

const securedMode = 255;

function lock(id: ValueId): ZwaveValue {
  return {
    facts: factsOf(id, "locked"),
    read: (raw) => (typeof raw === "number" ? raw === securedMode : undefined),
    write: (value) => (value === true ? securedMode : 0),
    target: "targetMode",
    says: "255 → true, else false",
  };
}

/** Notifications: what they are about, and the number that says that it is so; 0 is idle. */
const notifications: readonly (readonly [name: RegExp, is: string, on: readonly number[]])[] = [
  [/Motion_sensor_status/, "motion", [7, 8]],
  [/Cover_status/, "tamper", [3]],
  [/Door_state/, "open", [22]],
  [/Water_Alarm/, "water_leak", [1, 2]],
  [/Smoke_Alarm/, "smoke", [1, 2]],
  [/CO_Alarm/, "co_alarm", [1, 2]],
  [/Heat_Alarm/, "heat_alarm", [1, 2]],
];

function notification(id: ValueId): ZwaveValue | undefined {
  const name = `${id.property}/${id.key ?? ""}`.replaceAll(" ", "_");
  const row = notifications.find(([pattern]) => pattern.test(name));
  if (!row) return undefined;
  const [, is, on] = row;
  return {
    facts: factsOf(id, is),
    read: (raw) => (typeof raw === "number" ? on.includes(raw) : undefined),
    says: `${on.join(" or ")} → true, else false`,
  };
}

function battery(id: ValueId): ZwaveValue | undefined {
  if (id.property === "level") return { facts: factsOf(id, "battery"), read: same };
  return id.property === "isLow" ? { facts: factsOf(id, "battery_low"), read: boolean } : undefined;
}

function vendorValue(id: ValueId): ZwaveValue {
  const { commandClass, property, key } = id;
  const className =
    [...classNumbers].find(([, n]) => n === commandClass)?.[0] ?? `class_${commandClass}`;
  const name = [className, property, key].filter((word) => word !== undefined).join("_");
  return { facts: factsOf(id, vendorProperty("zwave", name)), read: same };
}

/** Whether the vocabulary has the property. */
export function isKnown({ facts }: ZwaveValue): boolean {
  return specOf(facts.is) !== undefined;
}
