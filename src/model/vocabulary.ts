import table from "./vocabulary.json" with { type: "json" };

/** The name of a property of the common vocabulary. */
export type PropertyName = keyof typeof table.properties;
/** A device class of the vocabulary: light, outlet, sensor … */
export type DeviceClass = keyof typeof table.device_classes;

export const propertyTypes = [
  "number",
  "integer",
  "boolean",
  "enum",
  "string",
  "timestamp",
  "object",
  "array",
] as const;
export type PropertyType = (typeof propertyTypes)[number];

export const propertyKinds = [
  "measurement",
  "total_increasing",
  "total",
  "state",
  "setting",
  "diagnostic",
  "action",
  "event",
] as const;
export type PropertyKind = (typeof propertyKinds)[number];

/** r read, w write, e event (never retained). */
export const accesses = ["r", "w", "rw", "e"] as const;
export type Access = (typeof accesses)[number];

/** How a native value becomes the canonical one; at most one of the fields groups is present. */
export interface Conversion {
  /** canonical = (raw + add) × mul */
  readonly mul?: number;
  readonly add?: number;
  /** canonical = not raw */
  readonly not?: boolean;
  /** canonical = map[raw] */
  readonly map?: Readonly<Record<string, string | number | boolean>>;
  /** canonical = recip / raw */
  readonly recip?: number;
  /** Linear: raw lo…hi is canonical lo2…hi2. */
  readonly scale?: readonly number[];
}

/** Where a scheme carries a property, and how to read it there. */
export interface SourceRule extends Conversion {
  /** Native name; `<n>` stands for a number, `<phase>` for a phase letter. */
  readonly key?: string;
  /** Sibling key that names the unit the value is in. */
  readonly unit_key?: string;
  /** Factor to the canonical unit for each unit word of `unit_key`. */
  readonly units?: Readonly<Record<string, number>>;
  readonly quality?: string;
  readonly part?: string;
  /** Zigbee: name of the expose, the device types it is within, its type, and its unit. */
  readonly expose?: string;
  readonly within?: readonly string[];
  readonly type?: string;
  readonly unit?: string | null;
}

/** Limits of one number: of a property, or of a field of an object property. */
export interface NumberShape {
  readonly range: readonly [min: number, max: number] | null;
  readonly decimals: number | null;
}

/** What Home Assistant has for a property; its unit is the same as ours. */
export interface HomeAssistantSpec {
  /** The kind of entity it is, or is a part of. */
  readonly platform: string;
  /** What it is of an entity that stands for several properties. */
  readonly attribute?: string;
  readonly device_class?: string;
  /** Classes that a property of a device may have, and that are device classes there, too. */
  readonly classes?: readonly string[];
  readonly state_class?: string;
  readonly entity_category?: "config" | "diagnostic";
}

/** One row of the vocabulary: what a property name means. */
export interface PropertySpec extends NumberShape {
  readonly type: PropertyType;
  readonly unit: string | null;
  readonly access: Access;
  readonly kind: PropertyKind;
  readonly group: string;
  readonly description: string;
  readonly values?: readonly string[];
  readonly fields?: Readonly<Record<string, NumberShape>>;
  readonly from: Readonly<Record<string, readonly SourceRule[] | undefined>>;
  readonly to: { readonly ha: HomeAssistantSpec };
}

export interface DeviceClassSpec {
  readonly needs: readonly string[];
  readonly may: readonly string[];
}

/** The schema version that every description names: additive within a major version. */
export const schemaVersion = table.koine;

/* The table is data of this package; the test suite parses every row into this shape. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held by that test
const properties = table.properties as unknown as Readonly<Record<PropertyName, PropertySpec>>;
const classes: Readonly<Record<DeviceClass, DeviceClassSpec>> = table.device_classes;

export const propertyNames: readonly PropertyName[] =
  Object.keys(properties).filter(isPropertyName);

/** Every unit a property may have. */
export const units: readonly string[] = Object.keys(table.units);

/** The meaning of a name, or undefined when the vocabulary does not have it (as for `x_…`). */
export function specOf(name: string): PropertySpec | undefined {
  return isPropertyName(name) ? properties[name] : undefined;
}

export function isPropertyName(name: string): name is PropertyName {
  return Object.hasOwn(properties, name);
}

export function classSpecOf(name: DeviceClass): DeviceClassSpec {
  return classes[name];
}

/** Every place where `scheme` carries a property of the vocabulary, in the order of the table. */
export function rulesFrom(scheme: string): readonly (SourceRule & { readonly is: PropertyName })[] {
  return propertyNames.flatMap((is) =>
    (properties[is].from[scheme] ?? []).map((rule) => ({ ...rule, is })),
  );
}
