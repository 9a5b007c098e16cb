import { specOf, type PropertyFacts } from "koine/adapter";
import { mired, numberIn, type Codec } from "../../../reading/codec.ts";
import { meaningOf } from "../../meaning.ts";
import { conversionTo, unitText, type UnitConversion } from "../../../reading/units.ts";
import type { Definition, Meaning } from "./definition.ts";

const miredUnits = new Set(["MK⁻¹", "mired", "mireds"]);

/** What a number means by its range or by a unit that is not one of a quantity of ours. */
export function numberMeaning(id: string, definition: Definition): Meaning | undefined {
  const { unit = "", settable = false } = definition;
  if (miredUnits.has(unit)) return /colou?r.?temp|^ct$/.test(id) ? warmth(definition) : undefined;
  return settable && unit === "" ? share(id, definition) : undefined;
}

function warmth(definition: Definition): Meaning {
  const { min, max } = boundsOf(definition);
  return {
    is: "color_temperature",
    codec: {
      ...mired,
      decode: (payload) => (numberIn(payload) === undefined ? undefined : mired.decode(payload)),
    },
    limits: {
      ...(max !== undefined && max > 0 && { min: Math.round(1e6 / max) }),
      ...(min !== undefined && min > 0 && { max: Math.round(1e6 / min) }),
    },
  };
}

const shares = new Set(["brightness", "position", "tilt", "fan_speed"]);
/** What devices call full. */
const fullLevels = new Set([1, 100, 254, 255]);

/** How much of the whole, where the whole is the upper end of the range. */
function share(id: string, definition: Definition): Meaning | undefined {
  const is = meaningOf({ name: id, unit: "%", type: "number", isSettable: true });
  const { min = 0, max = definition.datatype === "percent" ? 100 : 0, step } = boundsOf(definition);
  if (is === undefined || !shares.has(is) || min !== 0 || !fullLevels.has(max)) return undefined;
  const mul = 100 / max;
  return {
    is,
    codec: {
      ...scaledCodec(definition, { mul, add: 0 }),
      ...(mul !== 1 && { says: `0…${max} → 0…100` }),
    },
    limits: { min: 0, max: 100, ...(step !== undefined && { step: step * mul }) },
  };
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: number | undefined;
}

function boundsOf({ format = "" }: Definition): Bounds {
  const [min, max, step] = format.split(":").map((bound) => numberIn(bound));
  return { min, max, step };
}

/** A number in the unit of the property. */
export function numberCodec(definition: Definition, is: string): Codec {
  const { unit = "" } = definition;
  const says = specOf(is) ? unitText(is, unit) : undefined;
  const conversion = conversionTo(is, unit) ?? { mul: 1, add: 0 };
  return { ...scaledCodec(definition, conversion), ...(says !== undefined && { says }) };
}

function scaledCodec(definition: Definition, { mul, add }: UnitConversion): Codec {
  const isInteger = definition.datatype === "integer";
  return {
    decode: (payload) => {
      const raw = numberIn(payload);
      if (raw === undefined || (isInteger && isOutside(raw, definition))) return undefined;
      return (raw + add) * mul;
    },
    encode: (value) => {
      if (typeof value !== "number") return undefined;
      const raw = value / mul - add;
      return isInteger ? String(Math.round(raw)) : String(Number(raw.toFixed(6)));
    },
  };
}

function isOutside(raw: number, definition: Definition): boolean {
  const { min = -Infinity, max = Infinity } = boundsOf(definition);
  return raw < min || raw > max;
}

/** The range of a number, in the unit of the property. */
export function rangeOf(definition: Definition, is: string): Partial<PropertyFacts> {
  const { min, max, step } = boundsOf(definition);
  const conversion = definition.unit === undefined ? undefined : conversionTo(is, definition.unit);
  const ours = (bound: number | undefined): number | undefined =>
    bound === undefined || !conversion ? bound : (bound + conversion.add) * conversion.mul;
  const [low, high] = [ours(min), ours(max)];
  return {
    ...(low !== undefined && { min: low }),
    ...(high !== undefined && { max: high }),
    ...(step !== undefined && { step }),
  };
}
