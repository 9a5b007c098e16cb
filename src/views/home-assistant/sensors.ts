import { limits } from "../../limits.ts";
import type { PropertyType } from "../../model/vocabulary.ts";
import {
  deviceClassOf,
  valuesOf,
  type Entity,
  type Item,
  type Options,
  type Subject,
} from "./entity.ts";
import { flag, json, plain, text } from "./templates.ts";

/** What can only be read. */
export function readingOf(item: Item, subject: Subject): Entity {
  const { type } = item.property;
  const common = { state_topic: subject.state, ...expiryOf(item, subject), ...categoryOf(item) };
  if (type === "boolean") {
    const options = {
      ...common,
      value_template: flag(item.key),
      ...classOn("binary_sensor", item),
    };
    return { platform: "binary_sensor", item, options };
  }
  const options = { ...common, value_template: templateOf(item, type), ...meaningOf(item, type) };
  return { platform: "sensor", item, options };
}

function templateOf({ key }: Item, type: PropertyType): string {
  if (type === "string") return text(key);
  return type === "object" || type === "array" ? json(key) : plain(key);
}

/** Device class, unit and state class, as they go together. */
function meaningOf(item: Item, type: PropertyType): Options {
  switch (type) {
    case "enum": {
      const options = valuesOf(item);
      return options.length === 0 ? {} : { device_class: "enum", options };
    }
    case "timestamp":
      return { device_class: "timestamp" };
    case "number":
    case "integer":
      return { ...classOn("sensor", item), ...unitOf(item), ...stateClassOf(item) };
    default:
      return {};
  }
}

/** The device class, where the vocabulary has the property on that platform. */
export function classOn(platform: string, item: Item): Options {
  return item.ha?.platform === platform ? deviceClassOf(item) : {};
}

export function unitOf({ property, spec }: Item): Options {
  const unit = property.unit ?? spec?.unit;
  return unit == null ? {} : { unit_of_measurement: unit };
}

const stateClasses: ReadonlySet<string> = new Set(["measurement", "total", "total_increasing"]);

function stateClassOf({ property, ha }: Item): Options {
  const own =
    property.kind !== undefined && stateClasses.has(property.kind) ? property.kind : undefined;
  const known = ha ? ha.state_class : own;
  return known === undefined ? {} : { state_class: known };
}

/** Of something that is only read `config` is not allowed. */
function categoryOf({ property, ha }: Item): Options {
  const isAside = ha ? ha.entity_category !== undefined : true;
  return isAside || property.kind === "diagnostic" ? { entity_category: "diagnostic" } : {};
}

/**
 * After how many seconds of silence a reading is no longer one. A value that stays the same is
 * published again only from time to time.
 */
function expiryOf({ property: { interval_s: interval } }: Item, subject: Subject): Options {
  if (interval === undefined) return {};
  const seconds = Math.ceil(limits.intervalsUntilStale * interval + subject.refreshS);
  const isOften = seconds <= daySeconds || subject.description.sleepy !== true;
  return isOften ? { expire_after: seconds } : {};
}

const daySeconds = 86_400;
