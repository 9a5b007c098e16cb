import { specOf } from "koine/adapter";

/** value = (raw + add) × mul */
export interface UnitConversion {
  readonly mul: number;
  readonly add: number;
}

type Factors = Readonly<Record<string, number>>;

const energy: Factors = {
  mWh: 1e-6,
  Wh: 1e-3,
  MWh: 1e3,
  GWh: 1e6,
  J: 1 / 3.6e6,
  kJ: 1 / 3.6e3,
  MJ: 1 / 3.6,
  GJ: 1e3 / 3.6,
  W·min: 1 / 60_000,
};
const length: Factors = {
  mm: 1e-3,
  cm: 0.01,
  km: 1e3,
  in: 0.0254,
  ft: 0.3048,
  yd: 0.9144,
  mi: 1_609.344,
};
const litres: Factors = {
  "m³": 1e3,
  mL: 1e-3,
  gal: 3.785411784,
  "fl. oz.": 0.0295735295625,
  "ft³": 28.316846592,
  CCF: 2_831.6846592,
};

/** Factors to the unit of the vocabulary, by that unit, from every other one in which devices speak. */
const factors: Readonly<Record<string, Factors>> = {
  hPa: {
    Pa: 0.01,
    kPa: 10,
    MPa: 1e4,
    mbar: 1,
    cbar: 10,
    bar: 1e3,
    mmHg: 1.33322387415,
    inHg: 33.86388666667,
    psi: 68.94757293168,
  },
  lx: { klx: 1e3, fc: 10.7639104167 },
  W: { mW: 1e-3, kW: 1e3, MW: 1e6, GW: 1e9 },
  kWh: energy,
  V: { µV: 1e-6, mV: 1e-3, kV: 1e3 },
  A: { mA: 1e-3, µA: 1e-6 },
  VA: { mVA: 1e-3, kVA: 1e3 },
  var: { mvar: 1e-3, kvar: 1e3, VAr: 1, kVAr: 1e3 },
  Hz: { mHz: 1e-3, kHz: 1e3, MHz: 1e6, GHz: 1e9 },
  "m/s": { "km/h": 1 / 3.6, mph: 0.44704, kn: 1_852 / 3_600, "ft/s": 0.3048, "mm/s": 1e-3 },
  mm: { cm: 10, m: 1e3, in: 25.4 },
  "mm/h": { "in/h": 25.4, "mm/d": 1 / 24, "in/d": 25.4 / 24 },
  m: length,
  L: litres,
  "m³": { L: 1e-3, mL: 1e-6, gal: 0.003785411784, "ft³": 0.028316846592, CCF: 2.8316846592 },
  "m³/h": {
    "L/h": 1e-3,
    "L/min": 0.06,
    "L/s": 3.6,
    "mL/s": 0.0036,
    "m³/min": 60,
    "m³/s": 3_600,
    "ft³/min": 1.69901079552,
    "gal/min": 0.22712470704,
    "gal/h": 0.003785411784,
  },
  s: { µs: 1e-6, ms: 1e-3, min: 60, h: 3_600, d: 86_400, w: 604_800 },
  ms: { µs: 1e-3, s: 1e3 },
  kg: { mg: 1e-6, g: 1e-3, oz: 0.028349523125, lb: 0.45359237, st: 6.35029318, jin: 0.5 },
  "µg/m³": { "mg/m³": 1e3, "g/m³": 1e6 },
  "g/m³": { "mg/m³": 1e-3, "µg/m³": 1e-6 },
  ppm: { ppb: 1e-3 },
  ppb: { ppm: 1e3 },
  "µS/cm": { "mS/cm": 1e3, "S/cm": 1e6, "µS/m": 0.01, "S/m": 1e4 },
  dB: { dBA: 1 },
  "W/m²": { "BTU/(h⋅ft²)": 3.15459075 },
  "Bq/m³": { "pCi/L": 37 },
  "m²": { "cm²": 1e-4, "dm²": 0.01, "ft²": 0.09290304 },
  B: { bit: 0.125, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  "°": { rad: 180 / Math.PI },
};

/** Units whose zero is not ours. */
const temperatures: Readonly<Record<string, UnitConversion>> = {
  "°F": { add: -32, mul: 5 / 9 },
  K: { add: -273.15, mul: 1 },
};

const same: UnitConversion = { mul: 1, add: 0 };

/**
 * How a reading in a unit becomes one of this property.
 * @returns undefined when the unit is none of this quantity
 */
export function conversionTo(is: string, unit: string): UnitConversion | undefined {
  const spec = specOf(is);
  if (!spec) return undefined;
  const given = spelling(unit);
  const wanted = spec.unit;
  if (given === (wanted ?? "")) return same;
  // A ratio, given in percent.
  if (wanted === null)
    return given === "%" && spec.range?.[1] === 1 ? { mul: 0.01, add: 0 } : undefined;
  if (wanted === "°C") return temperatures[given];
  const mul = ownFactor(wanted, given);
  return mul === undefined ? undefined : { mul, add: 0 };
}

function ownFactor(wanted: string, given: string): number | undefined {
  const known = Object.hasOwn(factors, wanted) ? factors[wanted] : undefined;
  return known && Object.hasOwn(known, given) ? known[given] : undefined;
}

/** What was made of a reading in a unit, in a few words; undefined where nothing was. */
export function unitText(is: string, unit: string): string | undefined {
  const wanted = specOf(is)?.unit ?? "";
  return spelling(unit) === wanted ? undefined : `${unit} → ${wanted || "ratio"}`;
}

const spellings = new Map([
  ["C", "°C"],
  ["degC", "°C"],
  ["℃", "°C"],
  ["celsius", "°C"],
  ["F", "°F"],
  ["degF", "°F"],
  ["℉", "°F"],
  ["lux", "lx"],
  ["Lux", "lx"],
  ["m3", "m³"],
  ["m3/h", "m³/h"],
  ["m²/h", "m³/h"],
  ["l", "L"],
  ["ft3", "ft³"],
  ["m2", "m²"],
  ["uS/cm", "µS/cm"],
  ["ug/m3", "µg/m³"],
  ["µg/m3", "µg/m³"],
  ["mg/m3", "mg/m³"],
  ["m/s2", "m/s²"],
  ["deg", "°"],
  ["kmh", "km/h"],
  ["kph", "km/h"],
  ["sec", "s"],
  ["seconds", "s"],
  ["minutes", "min"],
  ["hours", "h"],
  ["Hours", "h"],
  ["VOC Index points", ""],
  ["days", "d"],
  ["m³/hr", "m³/h"],
  ["l/min", "L/min"],
  ["KB", "kB"],
]);

/** A unit as the vocabulary spells it: also the micro sign for the Greek letter. */
function spelling(unit: string): string {
  const plain = unit
    .trim()
    .replaceAll("μ", "µ")
    .replace(/^u(?=[gAVs]|S\/)/, "µ");
  return spellings.get(plain) ?? plain;
}
