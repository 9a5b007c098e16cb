import { roundTo, specOf, z, type PropertyFacts, type Scalar } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import { parseDeviceJson } from "../../../reading/json.ts";
import { parseJsonPath, valueAt } from "../../json-path.ts";
import { conversionTo, unitText } from "../../../reading/units.ts";
import { typeOf } from "../../../reading/vendor.ts";

/** `#` only as the last level, `+` only as a whole one. */
const filter = z
  .string()
  .regex(/^(?:[^#+\0/]*|\+)(?:\/(?:[^#+\0/]*|\+))*(?:\/#)?$/, "expected a topic filter")
  .min(1);

const jsonPath = z
  .string()
  .refine((text) => parseJsonPath(text) !== undefined, "expected a path such as sensors[0].value");

const propertyName = z
  .string()
  .refine(
    (name) => specOf(name) !== undefined || /^x_[a-z0-9]+_[a-z0-9_]+$/.test(name),
    "expected a property of the vocabulary, or x_<vendor>_<name>",
  );

const commandSchema = z.strictObject({
  topic: z.string().min(1).describe("Where to send it; {1} is what the first + stood for"),
  payload: z
    .string()
    .default("{value}")
    .describe("What to send; {value} is the value, or the word for it in values"),
});

const propertyShape = {
  property: propertyName.describe("A property of the vocabulary, or x_<vendor>_<name>"),
  part: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_]{0,31}$/)
    .optional()
    .describe("Which of several of a kind"),
  path: jsonPath.optional().describe("Where in a JSON payload; the whole payload when absent"),
  unit: z.string().optional().describe("The unit the device speaks in; converted; also mired"),
  scale: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low !== high, "expected two different numbers")
    .optional()
    .describe("What 0 and 100 % are on the device, such as [0, 255]"),
  mul: z.number().optional().describe("Factor to the value"),
  add: z.number().optional().describe("Added before the factor"),
  values: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("Words of the device, and what they stand for"),
  command: commandSchema.optional().describe("How to set it"),
};

const oneProperty = z.strictObject(propertyShape);

/** One entry of `generic`: what comes on a topic, and what it means. */
export const mappingSchema = z
  .strictObject({
    topic: filter.optional().describe("Topic or topic filter to listen to; none for commands only"),
    device: z
      .string()
      .min(1)
      .describe("Id of the device; {1} is what the first + of the topic stood for"),
    name: z.string().optional().describe("Name of the device; {1} as in device"),
    manufacturer: z.string().optional().describe("Who made the device"),
    model: z.string().optional().describe("Model of the device"),
    interval: z.number().positive().optional().describe("Seconds between its reports"),
    sleepy: z.boolean().optional().describe("It sleeps between reports; silence is healthy"),
    ...propertyShape,
    property: propertyShape.property.optional(),
    properties: z.array(oneProperty).default([]).describe("Several properties of one payload"),
    availability: z
      .strictObject({
        path: jsonPath.optional(),
        online: z.string().default("online"),
        offline: z.string().default("offline"),
      })
      .optional()
      .describe("The payload says whether the device is there"),
  })
  .superRefine((mapping, context) => {
    const { property, properties, availability } = mapping;
    if (property === undefined && properties.length === 0 && availability === undefined) {
      context.addIssue("expected property, properties or availability");
    }
    if (mapping.topic === undefined && (availability || /\{\d\}/.test(mapping.device))) {
      context.addIssue("expected a topic");
    }
    for (const one of [mapping, ...properties]) {
      const problem = one.property === undefined ? undefined : problemOf(one.property, one);
      if (problem !== undefined) context.addIssue(problem);
    }
  });

/** What is wrong with how one property is mapped. */
function problemOf(
  is: string,
  { unit, values, command }: Pick<MappedProperty, "unit" | "values" | "command">,
): string | undefined {
  const spec = specOf(is);
  if (unit !== undefined && spec && !isUnitOf(is, unit)) {
    return `${is} cannot be given in ${unit}; its unit is ${spec.unit ?? "none"}`;
  }
  // What the device calls on and off is not to be guessed when it is told.
  if (command && !values && (spec?.type === "boolean" || spec?.type === "enum")) {
    return `${is} has a command: expected values, such as { "ON": true, "OFF": false }`;
  }
  return undefined;
}

function isUnitOf(is: string, unit: string): boolean {
  return isMired(is, unit) || conversionTo(is, unit) !== undefined;
}

function isMired(is: string, unit: string | undefined): boolean {
  return is === "color_temperature" && unit === "mired";
}

export type Mapping = z.infer<typeof mappingSchema>;
export type MappedProperty = z.infer<typeof oneProperty>;

/** All properties of a mapping, those of the short form first. */
export function propertiesOf(mapping: Mapping): readonly MappedProperty[] {
  const { property, part, path, unit, scale, mul, add, values, command, properties } = mapping;
  if (property === undefined) return properties;
  return [{ property, part, path, unit, scale, mul, add, values, command }, ...properties];
}

/** What a payload says of a property, and what was made of it. */
export interface Mapped {
  readonly value: Scalar;
  readonly raw?: Scalar;
  readonly conversion?: string;
}

/** The value in a payload; undefined when the payload does not have it. */
export function readMapped(
  property: MappedProperty,
  payload: string,
): Mapped | "unreadable" | undefined {
  const document = documentOf(property, payload);
  if (document === undefined) return "unreadable";
  const raw = valueAt(document, parseJsonPath(property.path ?? "") ?? []);
  if (raw === undefined) return undefined;
  const value = readValue(property, raw);
  if (value === undefined) return "unreadable";
  const conversion = conversionOf(property);
  return value === raw
    ? { value }
    : { value, raw, ...(conversion !== undefined && { conversion }) };
}

/** A payload is read as JSON only where a path leads into it; undefined when it is none. */
function documentOf({ path }: MappedProperty, payload: string): Scalar | undefined {
  return path === undefined ? payload : parseDeviceJson(payload);
}

/** A value of the device as ours; undefined when it is none. */
export function readValue(property: MappedProperty, raw: Scalar): Scalar | undefined {
  const { mul = 1, add = 0, values } = property;
  if (values) {
    const word = typeof raw === "object" ? "" : String(raw);
    return Object.hasOwn(values, word) ? values[word] : undefined;
  }
  switch (typeOfProperty(property, raw)) {
    case "number":
    case "integer": {
      const number = typeof raw === "string" ? numberIn(raw) : raw;
      if (typeof number !== "number") return raw;
      return roundTo(ours(property, (number + add) * mul), 9);
    }
    case "boolean":
      return truth(raw);
    default:
      return raw;
  }
}

function typeOfProperty(
  { property, mul, add, unit }: MappedProperty,
  raw: Scalar,
): string | undefined {
  const known = specOf(property)?.type;
  if (known !== undefined) return known;
  if (mul !== undefined || add !== undefined || unit !== undefined) return "number";
  return typeof raw === "string" && numberIn(raw) !== undefined ? "number" : typeOf(raw);
}

/** A number of the device in our unit. */
function ours({ property: is, unit, scale }: MappedProperty, own: number): number {
  if (isMired(is, unit)) return own > 0 ? Math.round(1e6 / own) : Number.NaN;
  if (scale) return ((own - scale[0]) * 100) / (scale[1] - scale[0]);
  const conversion = unit === undefined ? undefined : conversionTo(is, unit);
  return conversion ? (own + conversion.add) * conversion.mul : own;
}

/** A number of ours in the unit of the device; on a scale of its own a whole one. */
function theirs({ property: is, unit, scale }: MappedProperty, value: number): number {
  if (isMired(is, unit)) return Math.round(1e6 / value);
  if (scale) return Math.round(scale[0] + (value * (scale[1] - scale[0])) / 100);
  const conversion = unit === undefined ? undefined : conversionTo(is, unit);
  return conversion ? value / conversion.mul - conversion.add : value;
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  "1": true,
  yes: true,
  false: false,
  off: false,
  "0": false,
  no: false,
};

function truth(raw: Scalar): boolean | undefined {
  const word = typeof raw === "object" ? "" : String(raw).toLowerCase();
  return Object.hasOwn(truths, word) ? truths[word] : undefined;
}

/** Our value in the words of the device; undefined when it has none. */
export function wireValue(property: MappedProperty, value: Scalar): Scalar | undefined {
  const { mul = 1, add = 0, values } = property;
  if (values) return Object.keys(values).find((word) => values[word] === value);
  if (typeof value !== "number") return value;
  return Number((theirs(property, value) / mul - add).toFixed(6));
}

function conversionOf({
  property,
  unit,
  scale,
  mul,
  add,
  values,
}: MappedProperty): string | undefined {
  if (values) return "values of the mapping";
  const steps = [
    add !== undefined && `+ ${add}`,
    mul !== undefined && `× ${mul}`,
    scale && `${scale.join("…")} → 0…100`,
    unit !== undefined && unitText(property, unit),
  ];
  return steps.filter((step) => typeof step === "string").join(", then ") || undefined;
}

/** What the registry is told of a mapped property. */
export function factsOf(property: MappedProperty, value: Scalar, isHeard: boolean): PropertyFacts {
  const { property: is, part, unit, command } = property;
  const own = specOf(is) === undefined;
  const type = own ? typeOf(value) : undefined;
  return {
    is,
    ...(part !== undefined && { part }),
    ...(type !== undefined && { type }),
    ...(own && unit !== undefined && { unit }),
    access: accessOf(is, command !== undefined, isHeard),
  };
}

function accessOf(
  is: string,
  isTold: boolean,
  isHeard: boolean,
): NonNullable<PropertyFacts["access"]> {
  if (specOf(is)?.access === "e") return "e";
  if (!isTold) return "r";
  return isHeard && specOf(is)?.access !== "w" ? "rw" : "w";
}
