import {
  isReadable,
  rangeOf,
  valuesOf,
  type Entity,
  type Item,
  type Options,
  type Subject,
} from "./entity.ts";
import { readingOf, classOn, unitOf } from "./sensors.ts";
import { command, fixed, flag, ifKnown, plain } from "./templates.ts";

/** What can be commanded, and is not part of something larger. */
export function settingsOf(item: Item, subject: Subject): readonly Entity[] {
  const { kind, type } = item.property;
  if (kind === "action") return actionsOf(item, subject);
  switch (type) {
    case "boolean":
      return [switchOf(item, subject)];
    case "number":
    case "integer":
      return [numberOf(item, subject)];
    case "timestamp":
      return [textOf(item, subject)];
    case "string":
      return [valuesOf(item).length > 0 ? selectOf(item, subject) : textOf(item, subject)];
    case "enum":
      if (valuesOf(item).length > 0) return [selectOf(item, subject)];
      break;
    case "object":
    case "array":
      break;
  }
  // Home Assistant cannot give what this takes, but it may read it.
  return isReadable(item) ? [readingOf(item, subject)] : [];
}

/** What is done once: a button each. */
function actionsOf(item: Item, subject: Subject): readonly Entity[] {
  const { type } = item.property;
  if (item.property.is === "message") return [notifyOf(item, subject)];
  if (type === "boolean") return [buttonOf(item, subject, true)];
  const words = type === "enum" || type === "string" ? valuesOf(item) : [];
  if (words.length > 0) return words.map((word) => buttonOf(item, subject, word));
  if (type === "string") return [textOf(item, subject)];
  return type === "number" || type === "integer" ? [numberOf(item, subject)] : [];
}

function buttonOf(item: Item, { set }: Subject, value: string | true): Entity {
  const options = {
    command_topic: set,
    payload_press: fixed({ [item.key]: value }),
    ...classOn("button", item),
    ...categoryOf(item),
  };
  return { platform: "button", item, ...(value !== true && { word: value }), options };
}

/** Which kind of text it is to the one who gets it, as far as Home Assistant is concerned. */
const messageClass = "report";

function notifyOf(item: Item, { set }: Subject): Entity {
  const body = `{"body": {{ value | tojson }}, "class": "${messageClass}"}`;
  const options = { command_topic: set, command_template: `{"${item.key}": ${body} }` };
  return { platform: "notify", item, options };
}

export function switchOf(item: Item, subject: Subject): Entity {
  const isMain = item.property.is === "onoff";
  const isOutlet = isMain && subject.description.classes.includes("outlet");
  const options = {
    ...topicsOf(item, subject, flag(item.key)),
    payload_on: fixed({ [item.key]: true }),
    payload_off: fixed({ [item.key]: false }),
    state_on: "ON",
    state_off: "OFF",
    ...classOn("switch", item),
    ...(isOutlet && item.property.class === undefined && { device_class: "outlet" }),
    ...categoryOf(item),
  };
  return { platform: "switch", item, isMain, ...(isMain && { label: "Switch" }), options };
}

/** Home Assistant has no number without limits. */
const numberMost = 1_000_000_000;
/** The smallest step it knows. */
const stepLeast = 0.001;

function numberOf(item: Item, subject: Subject): Entity {
  const { min = -numberMost, max = numberMost } = rangeOf(item);
  const options = {
    ...topicsOf(item, subject, plain(item.key)),
    command_template: command(item.key, "value"),
    min,
    max: max > min ? max : min + 1,
    step: stepOf(item),
    mode: max - min > sliderMost ? "box" : "auto",
    ...(item.property.type !== "enum" && classOnNumber(item)),
    ...unitOf(item),
    ...categoryOf(item),
  };
  return { platform: "number", item, options };
}

/** A range that is wider is typed and not slid. */
const sliderMost = 1_000;

/** A number has the device classes of a sensor. */
function classOnNumber(item: Item): Options {
  return { ...classOn("number", item), ...classOn("sensor", item) };
}

function stepOf({ property, spec }: Item): number {
  if (property.step !== undefined) return Math.max(property.step, stepLeast);
  if (property.type === "integer") return 1;
  return Math.max(10 ** -(spec?.decimals ?? 2), stepLeast);
}

function selectOf(item: Item, subject: Subject): Entity {
  const options = {
    ...topicsOf(item, subject, plain(item.key)),
    command_template: command(item.key),
    options: valuesOf(item),
    ...categoryOf(item),
  };
  return { platform: "select", item, options };
}

/** What is typed for a time: Koine takes none without a zone. */
const timePattern = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$`;

function textOf(item: Item, subject: Subject): Entity {
  const options = {
    ...topicsOf(item, subject, ifKnown(item.key)),
    command_template: command(item.key),
    ...(item.property.type === "timestamp" && { pattern: timePattern }),
    ...categoryOf(item),
  };
  return { platform: "text", item, options };
}

/** Where the value is wished, and where it is read, if it can be. */
function topicsOf(item: Item, { state, set }: Subject, template: string): Options {
  const read = isReadable(item) && { state_topic: state, value_template: template };
  return { command_topic: set, ...read };
}

function categoryOf({ property, ha }: Item): Options {
  if (ha?.entity_category !== undefined) return { entity_category: ha.entity_category };
  const isAside = ha === undefined || property.kind === "setting";
  return isAside ? { entity_category: "config" } : {};
}
