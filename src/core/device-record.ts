import { z } from "zod";
import { limits } from "../limits.ts";
import type { DeviceFacts, PropertyFacts } from "../model/adapter-event.ts";
import { propertySchema, type Description, type Property } from "../model/description.ts";
import { classify } from "../model/device-class.ts";
import { mintKey, propertyText, type PropertyRef, type Ref } from "../model/identity.ts";
import { parseDocument } from "../model/parse.ts";
import { pattern } from "../model/pattern.ts";
import { roundTo } from "../model/scalar.ts";
import { schemaVersion, specOf, type PropertyType } from "../model/vocabulary.ts";

const identifierSchema = z.tuple([z.string(), z.string()]).readonly();

/** How one adapter reaches a device. */
const routeSchema = z.object({ adapter: z.string(), ref: z.array(identifierSchema).readonly() });
type Route = Readonly<z.infer<typeof routeSchema>>;

const propertyRecordSchema = propertySchema.extend({
  /** The adapter that reports and sets it. */
  adapter: z.string(),
});
export type PropertyRecord = Readonly<z.infer<typeof propertyRecordSchema>>;

const recordSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The user gave the name; what the device calls itself no longer counts. */
  named: z.boolean(),
  revision: z.number(),
  identifiers: z.array(identifierSchema).readonly(),
  routes: z.array(routeSchema).readonly(),
  /** Given by the adapter; the properties tell otherwise. */
  classes: z.array(z.string()).readonly().optional(),
  manufacturer: z.string().optional(),
  model: z.string().optional(),
  firmware: z.string().optional(),
  hardware: z.string().optional(),
  sleepy: z.boolean().optional(),
  simulated: z.boolean().optional(),
  /** It took its leave: not shown, until it is heard again. */
  gone: z.boolean().optional(),
  /** Id of the device this one is reached through. */
  via: z.string().optional(),
  intervalS: z.number().optional(),
  /** Properties by key. Keys are given once and never move to another property. */
  properties: z.record(z.string(), propertyRecordSchema).readonly(),
});
/** Everything the registry keeps of one device, as it lies in the store. Never changed in place. */
export type DeviceRecord = Readonly<z.infer<typeof recordSchema>>;

/**
 * Reads a record back from the store.
 * @throws ProtocolError when it is not one
 */
export function parseRecord(json: string): DeviceRecord {
  return parseDocument(recordSchema, json, "device record");
}

/** What an adapter said about a device, with the references resolved. */
export interface Learned {
  readonly adapter: string;
  readonly ref: Ref;
  readonly facts: DeviceFacts;
  readonly via?: string | undefined;
  readonly simulated?: boolean | undefined;
}

/** A device nothing is known of yet but its id and name. */
export function newRecord(id: string, name: string): DeviceRecord {
  return { id, name, named: false, revision: 0, identifiers: [], routes: [], properties: {} };
}

/** The key of a property, or undefined when the device has no such property. */
export function keyOf({ properties }: DeviceRecord, property: PropertyRef): string | undefined {
  let keys = keysOf.get(properties);
  if (!keys) {
    keys = new Map(Object.entries(properties).map(([key, ref]) => [propertyText(ref), key]));
    keysOf.set(properties, keys);
  }
  return keys.get(propertyText(property));
}

/** Keys by property text, made once for the properties of a record, which never change in place. */
const keysOf = new WeakMap<DeviceRecord["properties"], ReadonlyMap<string, string>>();

/** A property of a device by key, safe for any text as key. */
export function propertyOf(record: DeviceRecord, key: string): PropertyRecord | undefined {
  return Object.hasOwn(record.properties, key) ? record.properties[key] : undefined;
}

/**
 * The record with what was learned added. Identifiers and the name are the registry's part.
 * @returns the facts that were refused, beside the record
 */
export function learn(
  record: DeviceRecord,
  learned: Learned,
): { readonly record: DeviceRecord; readonly refused: readonly string[] } {
  const { facts, adapter } = learned;
  const { properties, refused } = learnProperties(record.properties, learned);
  return {
    refused,
    record: {
      ...record,
      classes: facts.classes ?? record.classes,
      manufacturer: text(facts.manufacturer) ?? record.manufacturer,
      model: text(facts.model) ?? record.model,
      firmware: text(facts.firmware) ?? record.firmware,
      hardware: text(facts.hardware) ?? record.hardware,
      sleepy: facts.sleepy ?? record.sleepy,
      simulated: learned.simulated ?? record.simulated,
      via: learned.via ?? record.via,
      intervalS: facts.intervalS ?? record.intervalS,
      routes: withRoute(record.routes, { adapter, ref: learned.ref }),
      properties,
    },
  };
}

/** What the bus is told about a device. */
export function describe(record: DeviceRecord): Description {
  const { named: _, gone: ____, routes, intervalS: __, properties, ...rest } = record;
  const all = Object.values(properties);
  return {
    koine: schemaVersion,
    ...rest,
    classes: [...(record.classes ?? [classify(all)])],
    adapter: routes.at(-1)?.adapter,
    identifiers: record.identifiers.map(([scheme, value]) => [scheme, value]),
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, { adapter: ___, ...property }]) => [key, property]),
    ),
  };
}

/** The last route is the one last heard on. */
function withRoute(routes: readonly Route[], route: Route): readonly Route[] {
  return [...routes.filter(({ adapter }) => adapter !== route.adapter), route];
}

function learnProperties(
  known: DeviceRecord["properties"],
  { facts, adapter }: Learned,
): { properties: DeviceRecord["properties"]; refused: string[] } {
  const properties: Record<string, PropertyRecord> = { ...known };
  const keys = new Map(Object.entries(known).map(([key, ref]) => [propertyText(ref), key]));
  const refused: string[] = [];
  for (const fact of facts.properties ?? []) {
    const described = describeProperty(fact);
    if (!described) {
      refused.push(`property ${fact.is}: not in the vocabulary, and no x_… with a type either`);
      continue;
    }
    const key = keys.get(propertyText(fact)) ?? newKey(properties, fact);
    if (key === undefined) {
      refused.push(`property ${fact.is}: more than ${limits.propertiesPerDevice} properties`);
      continue;
    }
    keys.set(propertyText(fact), key);
    const before = properties[key] ?? described;
    properties[key] = { ...before, ...defined(described), adapter };
  }
  return { properties, refused };
}

function newKey(
  properties: Readonly<Record<string, PropertyRecord>>,
  fact: PropertyFacts,
): string | undefined {
  if (Object.keys(properties).length >= limits.propertiesPerDevice) return undefined;
  return mintKey(fact, (key) => Object.hasOwn(properties, key));
}

/**
 * What the bus is told of a property: what is not in the facts comes from the vocabulary.
 * @returns undefined when there can be no such property
 */
export function describeProperty(fact: PropertyFacts): Property | undefined {
  const spec = specOf(fact.is);
  const isLegal = spec !== undefined || fact.is.startsWith("x_");
  const type: PropertyType | undefined = spec?.type ?? fact.type;
  if (!type || !isLegal || !pattern.propertyKey.test(fact.is)) return undefined;
  if (fact.part !== undefined && !pattern.part.test(fact.part)) return undefined;
  return {
    is: fact.is,
    part: fact.part,
    name: text(fact.name),
    class: fact.class,
    type,
    unit: spec ? (spec.unit ?? undefined) : text(fact.unit),
    min: inward(Math.ceil, fact.min, spec?.decimals),
    max: inward(Math.floor, fact.max, spec?.decimals),
    step: fact.step,
    values: fact.values ? [...fact.values] : spec?.values && [...spec.values],
    access: fact.access ?? spec?.access ?? "r",
    kind: fact.kind ?? spec?.kind ?? "state",
    source: text(fact.source),
  };
}

/** A limit to the decimals that wishes have, so that it can itself be wished. */
function inward(
  round: (value: number) => number,
  limit: number | undefined,
  decimals: number | null | undefined,
): number | undefined {
  if (limit === undefined || decimals == null) return limit;
  const scale = 10 ** decimals;
  return roundTo(round(roundTo(limit * scale, 6)) / scale, decimals);
}

/** What is absent in newer facts stays as it was. */
function defined(property: Property): Partial<Property> {
  return Object.fromEntries(Object.entries(property).filter(([, value]) => value !== undefined));
}

/** A text of a description: without control characters, cut to its limit, never empty. */
export function text(raw: string | undefined): string | undefined {
  const clean = raw
    // Joiners are part of many scripts, and of emoji.
    ?.replace(/(?:(?![\u200c\u200d])\p{C})+/gu, " ")
    .trim()
    .slice(0, limits.descriptionTextLength);
  return clean === "" ? undefined : clean;
}
