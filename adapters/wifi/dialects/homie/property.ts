import {
  hueSaturationOf,
  parseColor,
  partOf,
  rgbOf,
  specOf,
  vendorProperty,
  z,
  type PropertyFacts,
  type Scalar,
} from "koine/adapter";
import { numberIn, text, words, type Codec } from "../../codec.ts";
import { meaningOf } from "../../meaning.ts";
import { conversionTo, unitText } from "../../units.ts";
import { textOf } from "../../json.ts";

/** What a device says of one of its properties. */
export const definitionSchema = z.object({
  name: z.string().optional(),
  datatype: z.string().optional(),
  unit: z.string().optional(),
  format: z.string().optional(),
  settable: z.boolean().optional(),
  retained: z.boolean().optional(),
});
export type Definition = Readonly<z.infer<typeof definitionSchema>>;

/** A property of ours, and how it is written in a payload. */
export interface HomieProperty {
  readonly facts: PropertyFacts;
  readonly codec: Codec;
}

/**
 * What a property of a Homie device is. `path` is `node/property`; `version` is that of the
 * convention, which changed how colours are written.
 */
export function homieProperty(
  path: string,
  definition: Definition,
  version: number,
): HomieProperty {
  const type = typeOf(definition);
  const is = isOf(path, definition, type);
  const facts = factsOf(path, definition, is, type);
  return { facts, codec: codecOf(definition, is, version) };
}

type Kind = "number" | "boolean" | "string" | "enum" | "color";

function typeOf({ datatype = "string" }: Definition): Kind {
  switch (datatype) {
    case "integer":
    case "float":
    case "percent":
      return "number";
    case "boolean":
      return "boolean";
    case "enum":
      return "enum";
    case "color":
    case "colour":
      return "color";
    default:
      return "string";
  }
}

function isOf(path: string, definition: Definition, type: Kind): string {
  const [, id = path] = path.split("/");
  const { unit, settable = false } = definition;
  if (type === "color" && settable) return "color";
  if (type === "enum") return enumMeaning(id, definition) ?? vendorProperty("homie", id);
  if (type === "color" || type === "string") return vendorProperty("homie", id);
  const name = `${id} ${definition.name ?? ""}`;
  const found =
    meaningOf({ name: id, unit, type, isSettable: settable }) ??
    meaningOf({ name, unit, type, isSettable: settable });
  return found ?? vendorProperty("homie", id);
}

/** Properties of words, and the names by which they are told. */
const wordProperties: readonly (readonly [is: string, name: RegExp])[] = [
  ["hvac_mode", /mode/],
  ["fan_mode", /fan/],
  ["cover_action", /cover|shutter|blind|action/],
];

/** A mode of heating or of a fan, where every word is one of ours. */
function enumMeaning(id: string, definition: Definition): string | undefined {
  const given = valuesOf(definition);
  const found = wordProperties.find(([is, name]) => {
    const known = specOf(is)?.values ?? [];
    return given.length > 0 && name.test(id) && given.every((one) => known.includes(one));
  });
  return found?.[0];
}

function valuesOf({ format = "" }: Definition): string[] {
  if (format === "") return [];
  // Two commas stand for one in a word.
  return format.split(/(?<!,),(?!,)/).map((word) => word.replaceAll(",,", ","));
}

function factsOf(path: string, definition: Definition, is: string, type: Kind): PropertyFacts {
  const { name, unit, settable = false, retained = true } = definition;
  const own = specOf(is) === undefined;
  const [node = ""] = path.split("/");
  const access = settable ? (retained ? "rw" : "w") : "r";
  return {
    is,
    part: partOf(node),
    optionalPart: true,
    source: path,
    access: specOf(is)?.access === "w" ? "w" : access,
    ...(name !== undefined && name !== "" && { name }),
    ...(own && { type: type === "color" ? "string" : type }),
    ...(own && unit !== undefined && unit !== "" && { unit }),
    ...limitsOf(definition, is, type),
  };
}

function limitsOf(definition: Definition, is: string, type: Kind): Partial<PropertyFacts> {
  if (type === "enum") return { values: valuesOf(definition) };
  if (type !== "number" || definition.format === undefined) return {};
  const [min, max, step] = definition.format.split(":").map((bound) => numberIn(bound));
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

function codecOf(definition: Definition, is: string, version: number): Codec {
  switch (typeOf(definition)) {
    case "boolean":
      return words({ true: true, false: false });
    case "number":
      return numberCodec(definition, is);
    case "enum":
      return enumCodec(valuesOf(definition));
    case "color":
      return is === "color" ? colorCodec(definition, version) : text;
    case "string":
      return text;
  }
}

function numberCodec({ unit = "", datatype }: Definition, is: string): Codec {
  const { mul, add } = conversionTo(is, unit) ?? { mul: 1, add: 0 };
  const says = specOf(is) ? unitText(is, unit) : undefined;
  return {
    decode: (payload) => {
      const raw = numberIn(payload);
      return raw === undefined ? undefined : (raw + add) * mul;
    },
    encode: (value) => {
      if (typeof value !== "number") return undefined;
      const raw = value / mul - add;
      return datatype === "integer" ? String(Math.round(raw)) : String(Number(raw.toFixed(6)));
    },
    ...(says !== undefined && { says }),
  };
}

function enumCodec(values: readonly string[]): Codec {
  const known = (word: string): string | undefined => (values.includes(word) ? word : undefined);
  return { decode: known, encode: (value) => known(textOf(value)) };
}

/** Version 5 names the form before the numbers; earlier ones have one form. */
function colorCodec({ format = "rgb" }: Definition, version: number): Codec {
  const preferred = /hsv|rgb/.exec(format)?.[0] ?? "rgb";
  return {
    decode: (payload) => {
      const [first = "", ...rest] = payload.split(",");
      const isNamed = /^[a-z]+$/.test(first);
      const numbers = (isNamed ? rest : [first, ...rest]).map(numberIn);
      return colorOf(isNamed ? first : preferred, numbers);
    },
    encode: (value) => {
      const color = parseColor(value);
      if (!color) return undefined;
      const numbers = preferred === "hsv" ? [color.h, color.s, 100] : rgbOf(color);
      const plain = numbers.map(Math.round).join(",");
      return version >= 5 ? `${preferred},${plain}` : plain;
    },
    says: "colour → h, s",
  };
}

function colorOf(form: string, [a, b, c]: readonly (number | undefined)[]): Scalar | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (form === "xyz") return asScalar(parseColor({ x: a, y: b }));
  if (c === undefined) return undefined;
  if (form === "hsv") return asScalar(parseColor({ h: a, s: b }));
  return [a, b, c].every((byte) => byte >= 0 && byte <= 255)
    ? asScalar(hueSaturationOf([a, b, c]))
    : undefined;
}

function asScalar(color: ReturnType<typeof parseColor>): Scalar | undefined {
  return color && { ...color };
}
