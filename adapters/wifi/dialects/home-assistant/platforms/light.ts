import { hueSaturationOf, parseColor, rgbOf, type PropertyFacts, type Scalar } from "koine/adapter";
import { numberIn } from "../../../../reading/codec.ts";
import { isObject, listOf, numberOf, stringOf, type JsonObject } from "../../../../reading/json.ts";
import {
  composer,
  extractor,
  nearest,
  reads,
  readsNumber,
  readsText,
  says,
  word,
  type Description,
  type Payload,
  type Point,
  type Said,
} from "../point.ts";
import { scaleOf, type Scale } from "./cover.ts";
import { settable } from "./sensor.ts";
import { templateLight } from "./template-light.ts";

/** A light, in one of the three forms in which lights are described. */
export function light(description: Description): readonly Point[] {
  switch (description.config["schema"]) {
    case "json":
      return jsonLight(description);
    case "template":
      return templateLight(description);
    default:
      return basicLight(description);
  }
}

/** Limits of white in our unit, where the light tells them. */
function whiteLimits(config: JsonObject): Partial<PropertyFacts> {
  const [coldest, warmest] = [numberOf(config["min_mireds"]), numberOf(config["max_mireds"])];
  const min = numberOf(config["min_kelvin"]) ?? (warmest && Math.round(1e6 / warmest));
  const max = numberOf(config["max_kelvin"]) ?? (coldest && Math.round(1e6 / coldest));
  return { ...(min && { min }), ...(max && { max }) };
}

/** Between our kelvin and mired, or kelvin where the light speaks it. */
function white(config: JsonObject): {
  readonly ours: (raw: number) => number;
  readonly theirs: (value: Scalar) => number;
  readonly text: string | undefined;
} {
  const isKelvin = config["color_temp_kelvin"] === true;
  const convert = (value: number): number =>
    isKelvin ? Math.round(value) : Math.round(1e6 / value);
  return {
    ours: convert,
    theirs: (value) => convert(Number(value)),
    text: isKelvin ? undefined : "1000000 / raw",
  };
}

function brightnessScale(config: JsonObject): Scale {
  return scaleOf(0, numberOf(config["brightness_scale"]) ?? 255);
}

/** Each thing about the light has its topics. */
function basicLight({ config, place }: Description): readonly Point[] {
  const [on, off] = [word(config, "payload_on", "ON"), word(config, "payload_off", "OFF")];
  const onoff = settable({
    facts: { is: "onoff", ...place },
    topic: stringOf(config["state_topic"]),
    read: reads(
      extractor(config, "state_value_template", "value_template"),
      new Map([
        [on, true],
        [off, false],
      ]),
    ),
    ...says(config, "command_topic", "command_template", (value) => (value === true ? on : off)),
  });
  const scale = brightnessScale(config);
  const { ours, theirs, text } = white(config);
  const parts: readonly Point[] = [
    aspect(config, "brightness", {
      facts: { is: "brightness", ...place },
      read: (extract) => readsNumber(extract, scale.decode, scale.text),
      encode: scale.encode,
      ...nearest(scale.encode, scale.decode),
    }),
    aspect(config, "color_temp", {
      facts: { is: "color_temperature", ...place, ...whiteLimits(config) },
      read: (extract) => readsNumber(extract, ours, text),
      encode: theirs,
      ...nearest(theirs, ours),
    }),
    aspect(config, "effect", {
      facts: {
        is: "effect",
        ...place,
        values: listOf(config["effect_list"]).filter((one) => typeof one === "string"),
      },
      read: readsText,
      encode: (value) => value,
    }),
    ...colorAspects(config, place),
  ].filter(({ topic, write }) => topic !== undefined || write !== undefined);
  return [onoff, ...parts];
}

interface Aspect extends Pick<Point, "nearest"> {
  readonly facts: PropertyFacts;
  readonly read: (extract: (payload: Payload) => string | undefined) => NonNullable<Point["read"]>;
  readonly encode: (value: Scalar) => Scalar | undefined;
}

function aspect(config: JsonObject, stem: string, { facts, read, encode, ...rest }: Aspect): Point {
  return settable({
    facts,
    topic: stringOf(config[`${stem}_state_topic`]),
    read: read(extractor(config, `${stem}_value_template`)),
    ...says(config, `${stem}_command_topic`, `${stem}_command_template`, encode),
    ...rest,
  });
}

/** Colour in the first form that the light has: hue and saturation, red, green and blue, or x and y. */
function colorAspects(config: JsonObject, place: Description["place"]): Point[] {
  const stem = ["hs", "rgb", "rgbw", "rgbww", "xy"].find(
    (one) =>
      config[`${one}_state_topic`] !== undefined || config[`${one}_command_topic`] !== undefined,
  );
  if (stem === undefined) return [];
  const facts: PropertyFacts = { is: "color", ...place };
  const topic = stringOf(config[`${stem}_state_topic`]);
  const read = readsColor(extractor(config, `${stem}_value_template`), stem);
  return [settable({ facts, topic, read, ...writesColor(config, stem) })];
}

/** As numbers in the order of the form, or, with a template, one by one under their names. */
function writesColor(config: JsonObject, stem: string): Pick<Point, "write"> {
  const topic = stringOf(config[`${stem}_command_topic`]);
  if (topic === undefined) return {};
  const compose = composer(config, `${stem}_command_template`);
  return {
    write: (value) => {
      const named = numbersOf(value, stem);
      if (!named) return undefined;
      const payload = compose ? compose(named) : Object.values(named).join(",");
      return payload === undefined ? undefined : [{ topic, payload }];
    },
  };
}

function readsColor(
  extract: (payload: Payload) => string | undefined,
  stem: string,
): NonNullable<Point["read"]> {
  return (payload) => {
    const text = extract(payload);
    if (text === undefined || text === "" || text === "None") return undefined;
    const [a, b, c] = text.split(",").map(numberIn);
    if (a === undefined || b === undefined) return "unreadable";
    const value = colorFrom(stem, a, b, c);
    return value ? { value: { ...value }, raw: text, conversion: `${stem} → h, s` } : "unreadable";
  };
}

function colorFrom(
  stem: string,
  a: number,
  b: number,
  c: number | undefined,
): ReturnType<typeof parseColor> {
  if (stem === "hs") return parseColor({ h: a, s: b });
  if (stem === "xy") return parseColor({ x: a, y: b });
  return c === undefined ? undefined : parseColor({ r: a, g: b, b: c });
}

/** The numbers of a form by the names that templates have for them, in their order. */
function numbersOf(value: Scalar, stem: string): Readonly<Record<string, number>> | undefined {
  const color = parseColor(value);
  if (!color) return undefined;
  if (stem === "hs") return { hue: color.h, sat: color.s };
  const [red, green, blue] = rgbOf(color);
  if (stem === "xy") return chromaticity(red, green, blue);
  const whites = { rgbw: { white: 0 }, rgbww: { cold_white: 0, warm_white: 0 } };
  return { red, green, blue, ...(stem === "rgbw" || stem === "rgbww" ? whites[stem] : {}) };
}

/** One JSON document in each direction. */
function jsonLight({ config, place }: Description): readonly Point[] {
  const [topic, command] = [stringOf(config["state_topic"]), stringOf(config["command_topic"])];
  const has = features(config);
  const scale = brightnessScale(config);
  const { ours, theirs } = white(config);
  const point = (
    is: string,
    read: (document: JsonObject) => Said,
    encode?: (value: Scalar) => JsonObject | undefined,
    more: Partial<PropertyFacts> = {},
    rounding: Pick<Point, "nearest"> = {},
  ): Point =>
    settable({
      ...rounding,
      facts: { is, ...place, ...more },
      topic,
      read: (payload) => (isObject(payload.json) ? read(payload.json) : "unreadable"),
      ...(encode &&
        command !== undefined && { write: (value) => fieldsFor(command, encode(value)) }),
    });
  return [
    point("onoff", onoffIn, (value) => ({ state: value === true ? "ON" : "OFF" })),
    ...(has.brightness
      ? [
          point(
            "brightness",
            (document) => scaled(document["brightness"], scale),
            (value) => ({ state: "ON", brightness: scale.encode(value) ?? 0 }),
            {},
            nearest(scale.encode, scale.decode),
          ),
        ]
      : []),
    ...(has.white
      ? [
          point(
            "color_temperature",
            (document) => converted(document["color_temp"], ours),
            (value) => ({ state: "ON", color_temp: theirs(value) }),
            whiteLimits(config),
            nearest(theirs, ours),
          ),
        ]
      : []),
    ...(has.color
      ? [point("color", colorIn, (value) => colorFields(value, has.color ?? "hs"))]
      : []),
    ...(has.color || has.white
      ? [
          {
            ...point("color_mode", modeIn),
            facts: { is: "color_mode", ...place, access: "r" } as const,
          },
        ]
      : []),
    ...(config["effect"] === true
      ? [
          point(
            "effect",
            ({ effect }) =>
              stringOf(effect) === undefined ? undefined : { value: effect ?? null },
            (value) => ({ state: "ON", effect: value }),
            { values: listOf(config["effect_list"]).filter((one) => typeof one === "string") },
          ),
        ]
      : []),
  ];
}

function fieldsFor(
  topic: string,
  fields: JsonObject | undefined,
): ReturnType<NonNullable<Point["write"]>> {
  return fields && [{ topic, fields }];
}

interface Features {
  readonly brightness: boolean;
  readonly white: boolean;
  /** The form in which colours are sent. */
  readonly color: "hs" | "xy" | "rgb" | undefined;
}

/** By the modes it names, or, in older descriptions, by single flags. */
function features(config: JsonObject): Features {
  const modes = new Set(listOf(config["supported_color_modes"]).map(String));
  const hasMode = (...names: string[]): boolean =>
    names.some((name) => modes.has(name) || config[name] === true);
  const color = hasMode("hs")
    ? "hs"
    : hasMode("rgb", "rgbw", "rgbww")
      ? "rgb"
      : hasMode("xy")
        ? "xy"
        : undefined;
  const isWhite = hasMode("color_temp");
  const isBright = config["brightness"] === true || modes.has("brightness") || modes.has("white");
  return { brightness: isBright || isWhite || color !== undefined, white: isWhite, color };
}

function onoffIn({ state }: JsonObject): Said {
  if (state === undefined) return undefined;
  if (state === null) return { value: null };
  if (state !== "ON" && state !== "OFF") return "unreadable";
  return { value: state === "ON", raw: state, conversion: "ON → true, OFF → false" };
}

function scaled(raw: Scalar | undefined, { decode, text }: Scale): Said {
  const number = numberOf(raw);
  if (number === undefined) return undefined;
  return { value: decode(number), raw: number, ...(text !== undefined && { conversion: text }) };
}

function converted(raw: Scalar | undefined, ours: (raw: number) => number): Said {
  const number = numberOf(raw);
  if (number === undefined || number <= 0) return undefined;
  return { value: ours(number), raw: number, conversion: "to kelvin" };
}

function colorIn({ color, color_mode: mode }: JsonObject): Said {
  if (!isObject(color) || mode === "color_temp") return undefined;
  const [red, green, blue] = [color["r"], color["g"], color["b"]].map(numberOf);
  const hs = parseColor({ h: color["h"] ?? null, s: color["s"] ?? null });
  const isRgb = red !== undefined && green !== undefined && blue !== undefined;
  const xy = parseColor({ x: color["x"] ?? null, y: color["y"] ?? null });
  const value = hs ?? (isRgb ? hueSaturationOf([red, green, blue]) : xy);
  return value && { value: { ...value }, raw: color, conversion: "colour → h, s" };
}

function modeIn({ color_mode: mode }: JsonObject): Said {
  if (typeof mode !== "string") return undefined;
  const value =
    mode === "color_temp"
      ? "color_temperature"
      : mode === "white" || mode === "brightness"
        ? "white"
        : "hs";
  return mode === "onoff" ? undefined : { value, raw: mode, conversion: "word → word" };
}

function colorFields(value: Scalar, form: "hs" | "xy" | "rgb"): JsonObject | undefined {
  const color = parseColor(value);
  if (!color) return undefined;
  if (form === "hs") return { state: "ON", color: { h: color.h, s: color.s } };
  const [r, g, b] = rgbOf(color);
  return { state: "ON", color: form === "rgb" ? { r, g, b } : chromaticity(r, g, b) };
}

/** sRGB to CIE 1931 x and y (IEC 61966-2-1, D65). */
function chromaticity(...bytes: readonly [number, number, number]): { x: number; y: number } {
  const [red = 0, green = 0, blue = 0] = bytes.map((byte) => {
    const unit = byte / 255;
    return unit <= 0.04045 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
  });
  const x = 0.4124 * red + 0.3576 * green + 0.1805 * blue;
  const y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const z = 0.0193 * red + 0.1192 * green + 0.9505 * blue;
  const sum = x + y + z || 1;
  return { x: Number((x / sum).toFixed(4)), y: Number((y / sum).toFixed(4)) };
}
