import type { Description, Property } from "../../model/description.ts";
import { encodeTopic } from "../../model/topic.ts";
import { specOf, type HomeAssistantSpec, type PropertySpec } from "../../model/vocabulary.ts";

/** The kinds of entity that Koine describes to Home Assistant. */
export type Platform =
  | "binary_sensor"
  | "button"
  | "climate"
  | "cover"
  | "event"
  | "fan"
  | "light"
  | "lock"
  | "notify"
  | "number"
  | "select"
  | "sensor"
  | "siren"
  | "switch"
  | "text"
  | "valve";

/** A property of the device that is described, with what the vocabulary says of it. */
export interface Item {
  readonly key: string;
  readonly property: Property;
  readonly spec: PropertySpec | undefined;
  /** What Home Assistant has for it; of the vocabulary only. */
  readonly ha: HomeAssistantSpec | undefined;
}

/** What an entity says beside its names, in Home Assistant's words. */
export type Options = Readonly<Record<string, unknown>>;

/** One entity of Home Assistant, before it has its name. */
export interface Entity {
  readonly platform: Platform;
  /** The property that gives it its id. */
  readonly item: Item;
  /** Tells apart several entities of one property: `start` of `vacuum_action`. */
  readonly word?: string;
  /** What it is called instead of its property. */
  readonly label?: string;
  /** What the device is there for: named like the device where there is only one. */
  readonly isMain?: boolean;
  readonly options: Options;
}

/** The device that is described, and where it speaks. */
export interface Subject {
  readonly description: Description;
  readonly items: readonly Item[];
  /** After how many seconds an unchanged value is published again. */
  readonly refreshS: number;
  readonly state: string;
  readonly set: string;
  /** The topic of what happens under a name. */
  event(name: string): string;
}

export function subjectOf(
  description: Description,
  { root, refreshS }: { readonly root: string; readonly refreshS: number },
): Subject {
  const { id: device, properties } = description;
  return {
    description,
    refreshS,
    items: Object.entries(properties).map(([key, property]) => itemOf(key, property)),
    state: encodeTopic(root, { kind: "state", device }),
    set: encodeTopic(root, { kind: "set", device }),
    event: (name) => encodeTopic(root, { kind: "event", device, name }),
  };
}

function itemOf(key: string, property: Property): Item {
  const spec = specOf(property.is);
  return { key, property, spec, ha: spec?.to.ha };
}

export function isReadable({ property }: Item): boolean {
  return property.access.includes("r");
}

export function isWritable({ property }: Item): boolean {
  return property.access.includes("w");
}

/** The part of a property; the first of several may be without one. */
export function partNameOf({ property }: Item): string {
  return property.part ?? "1";
}

/** The words a property may have: its own, or those of the vocabulary. */
export function valuesOf({ property, spec }: Item): readonly string[] {
  return property.values ?? spec?.values ?? [];
}

/** The numbers a property may have, as far as anybody says. */
export function rangeOf({ property, spec }: Item): {
  readonly min: number | undefined;
  readonly max: number | undefined;
} {
  return { min: property.min ?? spec?.range?.[0], max: property.max ?? spec?.range?.[1] };
}

/** The device class of a property: its own class where Home Assistant has that one, too. */
export function deviceClassOf({ property, ha }: Item): Options {
  const own = property.class;
  const known = own !== undefined && ha?.classes?.includes(own) === true ? own : ha?.device_class;
  return known == null ? {} : { device_class: known };
}
