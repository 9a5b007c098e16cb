import type { Observation } from "../../reading/observation.ts";
import { reading, vendorReading } from "./readings.ts";

const pulsesAt = 0;
const sumAt = 2;
const optionsAt = 6;
const batteryAndLightAt = 8;
const yesterdayAt = 9;

const constantBits = 0x3fff;
const unitShift = 14;
const kilowattHours = 0;
const cubicMetres = 1;
/** Pulses of a unit where the meter was told none. */
const usualConstants = [100, 1000, 1, 1];

/** What a meter of pulses says: those of the last minute, all of them, and how many are one unit. */
export function meter(data: Buffer): readonly Observation[] {
  const options = data.readUInt16LE(optionsAt);
  const unit = options >> unitShift;
  const constant = options & constantBits || (usualConstants[unit] ?? 1);
  const perHour = (data.readUInt16LE(pulsesAt) * 60) / constant;
  const sum = data.readUInt32LE(sumAt) / constant;
  const light = data.readUInt8(batteryAndLightAt) & 0x0f;
  const yesterday = data.readUInt16LE(yesterdayAt);
  return [
    ...consumption(unit, perHour, sum),
    vendorReading("inode", "constant", constant),
    ...batteryOf(data.readUInt8(batteryAndLightAt) >> 4),
    vendorReading("inode", "light_level", (light * 100) / 15, { raw: light, unit: "%" }),
    vendorReading("inode", "week_day", yesterday >> 13),
    vendorReading("inode", "week_day_total", yesterday & 0x1fff),
  ];
}

function consumption(unit: number, perHour: number, sum: number): readonly Observation[] {
  if (unit === kilowattHours) return [reading("power", perHour * 1000), reading("energy", sum)];
  if (unit === cubicMetres) return [reading("flow_rate", perHour), reading("volume", sum * 1000)];
  return [vendorReading("inode", "rate", perHour), vendorReading("inode", "sum", sum)];
}

/** Tenths, in four bits: 1 is a full or no battery; and the volts that the maker makes of them. */
export function batteryOf(bits: number): readonly Observation[] {
  if (bits === 0) return [];
  const level = bits === 1 ? 100 : 10 * (Math.min(bits, 11) - 1);
  return [
    reading("battery", level, { raw: bits }),
    reading("battery_voltage", 1.8 + ((level - 10) * 1.2) / 100, { quality: "estimated" }),
  ];
}
