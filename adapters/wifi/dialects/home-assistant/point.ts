import { roundTo, type EventData, type PropertyFacts, type Scalar } from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import { numberIn } from "../../../reading/codec.ts";
import type { Expectation } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import { parseDeviceJson, stringOf, type JsonObject } from "../../../reading/json.ts";
import { limits } from "../../limits.ts";
import { parseTemplate, TemplateError, type Template } from "../../template/template.ts";

/** A payload, read as JSON at most once. */
export class Payload {
  readonly text: string;
  #json: { readonly value: Scalar | undefined } | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get json(): Scalar | undefined {
    this.#json ??= { value: parseDeviceJson(this.text) };
    return this.#json.value;
  }
}

/** What a payload says of a property; undefined when it says nothing. */
export type Said = Pick<Observation, "value" | "raw" | "conversion"> | "unreadable" | undefined;

/** One message that a wish needs: whole, or some fields of a JSON document. */
export type Message =
  | { readonly topic: string; readonly payload: string }
  | { readonly topic: string; readonly fields: JsonObject };

/** One property of a described component: where it is heard, and how it is set. */
export interface Point {
  readonly facts: PropertyFacts;
  /** Topic that it is reported on; undefined when nothing reports it. */
  readonly topic?: string | undefined;
  readonly read?: (payload: Payload) => Said;
  /** What is to be sent for a wish; undefined when there is no way to say it. */
  readonly write?: (value: Scalar) => readonly Message[] | undefined;
  /** What the device can be set to that is nearest to a wish, where its steps are not ours. */
  readonly nearest?: (value: Scalar) => Scalar;
  /** What shows that a wish came true, where that is not the same property. */
  readonly shownBy?: (value: Scalar) => Expectation["anyOf"];
  /** Something that happens, in place of something that is. */
  readonly happened?: (payload: Payload) => readonly EventData[];
}

/** Everything a platform needs to describe one component. */
export interface Description {
  readonly config: JsonObject;
  /** `x_<vendor>_…`, for what the vocabulary does not have. */
  readonly vendorName: (name: string) => string;
  /** Part and source of every property of this component. */
  readonly place: Pick<PropertyFacts, "part" | "optionalPart" | "source">;
  /** Words that name the component. */
  readonly words: string;
}

/** A platform in which components are described. */
export type Platform = (description: Description) => readonly Point[];

const templates = new Map<string, Template | TemplateError>();

/** The template, or why it cannot be read. */
function templateOf(text: string): Template | TemplateError {
  const known = templates.get(text);
  if (known) return known;
  const template = readTemplate(text);
  if (templates.size < limits.rememberedPaths) templates.set(text, template);
  return template;
}

function readTemplate(text: string): Template | TemplateError {
  try {
    return parseTemplate(text);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

/** What keeps the templates of a component from being read, one sentence each. */
export function templateProblems(config: JsonObject): readonly string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (typeof value !== "string" || !key.endsWith("template")) return [];
    const template = templateOf(value);
    return template instanceof TemplateError ? [`${key}: ${template.message}`] : [];
  });
}

/** How the text of a value is taken out of a payload; not at all by a template that cannot be read. */
export function extractor(
  config: JsonObject,
  ...keys: readonly string[]
): (payload: Payload) => string | undefined {
  const text = keys.map((key) => stringOf(config[key])).find((found) => found !== undefined);
  if (text === undefined) return (payload) => payload.text;
  const template = templateOf(text);
  if (template instanceof TemplateError) return () => undefined;
  return (payload) => template.render({ value: payload.text, value_json: payload.json });
}

/** How a value is written into a payload; not at all by a template that cannot be read. */
export function writer(
  config: JsonObject,
  key: string,
  name = "value",
): (value: Scalar) => string | undefined {
  const text = stringOf(config[key]);
  if (text === undefined) return (value) => plain(value);
  const template = templateOf(text);
  if (template instanceof TemplateError) return () => undefined;
  return (value) => template.render({ value, [name]: value, code: "" });
}

/** A message made by a template of several values; undefined where there is no such template. */
export function composer(
  config: JsonObject,
  key: string,
): ((values: Readonly<Record<string, Scalar>>) => string | undefined) | undefined {
  const text = stringOf(config[key]);
  const template = text === undefined ? undefined : templateOf(text);
  if (!template) return undefined;
  return template instanceof TemplateError
    ? () => undefined
    : (values) => template.render({ value: null, ...values });
}

function plain(value: Scalar): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A word of the configuration as Home Assistant compares it: a truth as Python writes it. */
export function word(config: JsonObject, key: string, fallback: string): string {
  const value = config[key];
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" || typeof value === "number" ? String(value) : fallback;
}

/** What stands for a value that is not known. */
const unknown = new Set(["None", "unknown", "unavailable"]);

/** A reading of one word out of a table; any other word cannot be read. */
export function reads<T extends Scalar>(
  extract: (payload: Payload) => string | undefined,
  table: ReadonlyMap<string, T>,
): (payload: Payload) => Said {
  return (payload) => {
    const found = extract(payload);
    if (found === undefined || found === "") return undefined;
    const value = table.get(found);
    if (value !== undefined) return { value, raw: found, conversion: `${found} → ${plain(value)}` };
    return unknown.has(found) ? { value: null } : "unreadable";
  };
}

/** A reading of a number; what is none comes back as it is, to be judged invalid. */
export function readsNumber(
  extract: (payload: Payload) => string | undefined,
  convert: (raw: number) => number = (raw) => raw,
  conversion?: string,
): (payload: Payload) => Said {
  return (payload) => {
    const found = extract(payload);
    if (found === undefined || found === "") return undefined;
    if (unknown.has(found)) return { value: null };
    const raw = numberIn(found);
    if (raw === undefined) return { value: found };
    const value = roundTo(convert(raw), 9);
    return {
      value,
      ...(value !== raw && { raw }),
      ...(conversion !== undefined && { conversion }),
    };
  };
}

/** A reading of a text. */
export function readsText(
  extract: (payload: Payload) => string | undefined,
): (payload: Payload) => Said {
  return (payload) => {
    const found = extract(payload);
    return found === undefined || found === ""
      ? undefined
      : { value: unknown.has(found) ? null : found };
  };
}

/** The way to say a value on a topic of its own; undefined when the component has none. */
export function says(
  config: JsonObject,
  topicKey: string,
  templateKey: string,
  encode: (value: Scalar) => Scalar | undefined,
  name?: string,
): Pick<Point, "write"> {
  const topic = stringOf(config[topicKey]);
  if (topic === undefined) return {};
  const write = writer(config, templateKey, name);
  return {
    write: (value) => {
      const wire = encode(value);
      const payload = wire === undefined ? undefined : write(wire);
      return payload === undefined ? undefined : [{ topic, payload }];
    },
  };
}

/** What is read back of what is sent. */
export function nearest(
  encode: (value: Scalar) => Scalar | undefined,
  decode: (raw: number) => number,
): Pick<Point, "nearest"> {
  return {
    nearest: (value) => {
      const raw = encode(value);
      return typeof raw === "number" ? decode(raw) : value;
    },
  };
}

/** What shows that a wish came true: the report of the same property, as it would be read. */
export function shown(point: Point, value: Scalar): Expectation["anyOf"] {
  if (point.shownBy) return point.shownBy(value);
  const { is, part } = point.facts;
  // Nothing reports it.
  if (point.topic === undefined || !point.read) return [];
  const wishes = [value, point.nearest?.(value) ?? value].map(agrees);
  return [{ is, part, accepts: (report) => wishes.some((agreesWith) => agreesWith(report)) }];
}
