import { specOf } from "koine/adapter";
import { conversionTo } from "../reading/units.ts";

/** What is known of a value by its name in free words, where no scheme gives it a meaning. */
export interface Described {
  /** Words that name it, such as `Kitchen temperature` or `air-temp`. */
  readonly name: string;
  readonly unit?: string | undefined;
  readonly type: "number" | "boolean" | "string";
  readonly isSettable: boolean;
}

/** Words that name a measurement; believed where the unit fits, too. */
const measurements: readonly (readonly [words: RegExp, is: string])[] = [
  [/dew.?point/, "dew_point"],
  [/colou?r.?temp/, "color_temperature"],
  [/(?:cpu|chip|device|board|internal|esp(?:32)?).?temp/, "device_temperature"],
  [/temp/, "temperature"],
  [/soil.?moist|moisture/, "soil_moisture"],
  [/humid/, "humidity"],
  [/press|baro/, "pressure"],
  [/illum|lux|light.?level/, "illuminance"],
  [/co2|carbon.?dioxide/, "co2"],
  [/pm.?2.?5/, "pm25"],
  [/pm.?10/, "pm10"],
  [/pm.?1(?:\b|_0|\.0)/, "pm1"],
  [/batt.*volt/, "battery_voltage"],
  [/batt/, "battery"],
  [/rssi|signal/, "rssi"],
  [/uptime/, "uptime"],
  [/apparent/, "apparent_power"],
  [/reactive/, "reactive_power"],
  [/power.?factor/, "power_factor"],
  [/returned|export|produc/, "energy_returned"],
  [/energy.?today|today/, "energy_today"],
  [/energy|consum/, "energy"],
  [/volt/, "voltage"],
  [/current|amp/, "current"],
  [/freq/, "frequency"],
  [/power|watt/, "power"],
  [/wind.*(?:gust|max)/, "wind_gust"],
  [/wind.*dir/, "wind_direction"],
  [/wind/, "wind_speed"],
  [/rain.*rate/, "rain_rate"],
  [/rain|precip/, "precipitation"],
  [/distance|level/, "distance"],
  [/weight|mass/, "weight"],
  [/flow/, "flow_rate"],
  [/duration|elapsed/, "duration"],
  [/(?:^|[^a-z])uv(?:[^a-z]|$)/, "uv_index"],
  [/valve/, "valve_position"],
];

/** Units that only one quantity has, of a value that is measured. */
const byUnit: readonly (readonly [unit: string, is: string])[] = [
  ["°C", "temperature"],
  ["hPa", "pressure"],
  ["lx", "illuminance"],
  ["W", "power"],
  ["kWh", "energy"],
  ["V", "voltage"],
  ["A", "current"],
  ["Hz", "frequency"],
  ["dBm", "rssi"],
  ["VA", "apparent_power"],
  ["var", "reactive_power"],
  ["µS/cm", "conductivity"],
  ["W/m²", "irradiance"],
  ["rpm", "rotational_speed"],
];

const settings: readonly (readonly [words: RegExp, is: string])[] = [
  [/target|setpoint|set.?temp/, "target_temperature"],
  [/bright|dim|level|intensity/, "brightness"],
  [/position|shutter|blind/, "position"],
  [/tilt/, "tilt"],
  [/colou?r.?temp/, "color_temperature"],
  [/fan.?speed|speed/, "fan_speed"],
];

const flags: readonly (readonly [words: RegExp, is: string])[] = [
  [/motion/, "motion"],
  [/occup/, "occupancy"],
  [/presen/, "presence"],
  [/leak|flood|^water$|^wet$|water.?(?:detect|alarm)/, "water_leak"],
  [/smoke/, "smoke"],
  [/tamper/, "tamper"],
  [/vibrat/, "vibration"],
  [/batt.*low|low.*batt/, "battery_low"],
  [/charging/, "charging"],
  [/^open(?:ed)?$|(?:door|window|gate).?open/, "open"],
  [/rain/, "rain"],
  [/^(?:door.?)?locked$/, "locked"],
];

/** Truths that can be set, and are not simply a switch. */
const settableFlags: readonly (readonly [words: RegExp, is: string])[] = [
  [/child.?lock/, "child_lock"],
  [/(?:^|[^a-z])siren(?:[^a-z]|$)/, "siren"],
  [/^(?:door.?)?lock(?:ed)?$/, "locked"],
];

/** The property of the vocabulary that a value is, where name and unit leave no doubt. */
export function meaningOf({ name, unit, type, isSettable }: Described): string | undefined {
  const word = name.toLowerCase();
  if (type === "boolean") return booleanMeaning(word, isSettable);
  if (type !== "number") return undefined;
  const named = (isSettable ? settings : measurements)
    .filter(([words]) => words.test(word))
    .map(([, is]) => is);
  const fitting = named.find((is) => fits(is, unit));
  if (fitting !== undefined || isSettable || unit === undefined) return fitting;
  return byUnit.map(([, is]) => is).find((is) => fits(is, unit));
}

const switches =
  /(?:^|[^a-z])(?:switch|power|on|onoff|on.?off|relay|state|light|enabled?)(?:[^a-z]|$)/;

function booleanMeaning(word: string, isSettable: boolean): string | undefined {
  const found = (isSettable ? settableFlags : flags).find(([words]) => words.test(word))?.[1];
  return found ?? (isSettable && switches.test(word) ? "onoff" : undefined);
}

/** Whether a reading in this unit can be one of this property. */
function fits(is: string, unit: string | undefined): boolean {
  if (unit !== undefined) return conversionTo(is, unit) !== undefined;
  return specOf(is)?.unit == null;
}
