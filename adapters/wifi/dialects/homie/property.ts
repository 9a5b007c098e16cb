import {
  hueSaturationOf,
  parseColor,
  partOf,
  rgbOf,
  specOf,
  vendorProperty,
  type PropertyFacts,
  type Scalar,
} from "koine/adapter";
import { numberIn, text, words, type Codec } from "../../../reading/codec.ts";
import { meaningOf } from "../../meaning.ts";
import type { Definition, Meaning } from "./definition.ts";
import { enumCodec, enumMeaning, valuesOf } from "./enums.ts";
import { numberCodec, numberMeaning, rangeOf } from "./numbers.ts";

/** A property of ours, and how it is written in a payload. */
export interface HomieProperty {
  readonly facts: PropertyFacts;
  readonly codec: Codec;
  /** It says what happens, and is not so afterwards: an event. */
  readonly isMomentary: boolean;
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
  if (isMomentary(definition, type)) {
    const { values: _, ...facts } = factsOf(path, definition, { is: "action" }, type);
    return { facts, codec: text, isMomentary: true };
  }
  const meaning = meaningFor(path, definition, type);
  const facts = factsOf(path, definition, meaning, type);
  return {
    facts,
    codec: meaning.codec ?? codecOf(definition, meaning.is, version),
    isMomentary: false,
  };
}

/** What can neither be set nor is kept, and is a word, is told when it happens. */
function isMomentary({ retained, settable = false }: Definition, type: Kind): boolean {
  return retained === false && !settable && (type === "enum" || type === "string");
}

/** By what the name means; otherwise as the device calls it. */
function meaningFor(path: string, definition: Definition, type: Kind): Meaning {
  const [, id = path] = path.split("/");
  const special =
    type === "enum"
      ? enumMeaning(path, definition)
      : type === "number"
        ? numberMeaning(id, definition)
        : undefined;
  return special ?? { is: isOf(id, definition, type) };
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

function isOf(id: string, definition: Definition, type: Kind): string {
  const { unit, settable = false } = definition;
  if (type === "color" && settable) return "color";
  if (type === "color" || type === "string" || type === "enum") return vendorProperty("homie", id);
  const name = `${id} ${definition.name ?? ""}`;
  const found =
    meaningOf({ name: id, unit, type, isSettable: settable }) ??
    meaningOf({ name, unit, type, isSettable: settable });
  return found ?? vendorProperty("homie", id);
}

function factsOf(
  path: string,
  definition: Definition,
  { is, limits }: Meaning,
  type: Kind,
): PropertyFacts {
  const { name, unit, settable = false, retained = true } = definition;
  const own = specOf(is) === undefined;
  const [node = ""] = path.split("/");
  const access = settable ? (retained ? "rw" : "w") : "r";
  return {
    is,
    part: partOf(node),
    optionalPart: true,
    source: path,
    access: givenAccess(is) ?? access,
    ...(name !== undefined && name !== "" && { name }),
    ...(own && { type: type === "color" ? "string" : type }),
    ...(own && unit !== undefined && unit !== "" && { unit }),
    ...(limits ?? limitsOf(definition, is, type)),
  };
}

/** Some properties are never told, or only when they happen. */
function givenAccess(is: string): "w" | "e" | undefined {
  const access = specOf(is)?.access;
  return access === "w" || access === "e" ? access : undefined;
}

function limitsOf(definition: Definition, is: string, type: Kind): Partial<PropertyFacts> {
  const values = type === "enum" ? valuesOf(definition) : [];
  if (values.length > 0) return { values };
  return type === "number" ? rangeOf(definition, is) : {};
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
