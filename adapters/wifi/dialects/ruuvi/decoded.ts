import { specOf } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import type { JsonObject } from "../../../reading/json.ts";
import { ruuviGravity as gravity } from "../../../reading/ruuvi.ts";

/** Fields of a decoded message, what they are, and the factor to our unit. */
const fields: readonly (readonly [key: string, is: string, mul: number, part?: string])[] = [
  ["temperature", "temperature", 1],
  ["humidity", "humidity", 1],
  ["pressure", "pressure", 0.01],
  ["voltage", "battery_voltage", 1],
  ["accelX", "acceleration", gravity, "x"],
  ["accelY", "acceleration", gravity, "y"],
  ["accelZ", "acceleration", gravity, "z"],
  ["movementCounter", "count", 1],
  ["PM1.0", "pm1", 1],
  ["PM2.5", "pm25", 1],
  ["PM4.0", "pm4", 1],
  ["PM10.0", "pm10", 1],
  ["CO2", "co2", 1],
  ["VOC", "voc_index", 1],
  ["NOx", "x_ruuvi_nox_index", 1],
  ["luminosity", "illuminance", 1],
];

/** The readings that a gateway decoded itself; undefined when there are none. */
export function decodedReadings(message: JsonObject): Observation[] | undefined {
  const found = fields.flatMap(([key, is, mul, part]): Observation[] => {
    const raw = message[key];
    const type = specOf(is) ? {} : ({ type: "number" } as const);
    const facts = { is, source: key, ...type, ...(part !== undefined && { part }) };
    // The sensor has this one, and cannot tell it.
    if (raw === null) return [{ facts, value: null }];
    if (typeof raw !== "number") return [];
    return [{ facts, value: raw * mul, ...(mul !== 1 && { raw, conversion: `× ${mul}` }) }];
  });
  return found.length > 0 ? found : undefined;
}
