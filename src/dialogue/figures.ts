import type { KnownDevice } from "../core/known-devices.ts";
import type { Property } from "../model/description.ts";
import { roundTo, type Scalar } from "../model/scalar.ts";
import type { Language, StateWord } from "./language.ts";
import type { Target } from "./targets.ts";

/** A value older than this is told with its age, in ms. */
const oldAfterMs = 30 * 60_000;
/** Values of one device that a text tells when nobody asked for a certain one. */
const mostValues = 4;

const words: Readonly<Record<string, readonly [on: StateWord, off: StateWord]>> = {
  onoff: ["on", "off"],
  siren: ["on", "off"],
  open: ["open", "closed"],
  valve_open: ["open", "closed"],
  locked: ["locked", "unlocked"],
};

/** What is told first. */
const ranks: readonly string[] = [
  "onoff",
  "valve_open",
  "locked",
  "open",
  "cover_state",
  "position",
  "siren",
  "hvac_mode",
  "target_temperature",
  "temperature",
  "humidity",
  "soil_moisture",
];

/** Units as an old phone can show them. */
const units: Readonly<Record<string, string>> = { "°C": "C", "°": "deg" };

/** How a target is, in a few words: `ON, 750 W`. Values nobody has heard are not made up. */
export function stateText(
  language: Language,
  target: Target,
  nowMs: number,
  wanted?: string,
): string {
  const { device } = target;
  const told = entriesOf(target)
    .filter(({ property }) => (wanted === undefined ? isTold(property) : isAbout(property, wanted)))
    .filter(({ key }) => device.state?.[key] !== undefined && device.state[key] !== null)
    .toSorted((a, b) => rankOf(a.property) - rankOf(b.property))
    .slice(0, mostValues);
  const values = told.map(({ key, property }) =>
    valueText(language, property, device.state?.[key]),
  );
  const notes = [
    ageText(
      language,
      device,
      told.map(({ key }) => key),
      nowMs,
    ),
  ].flat();
  if (device.availability === "offline") notes.unshift(language.states.offline);
  if (values.length === 0 && notes.length === 0) return language.states.unknown;
  return [...values, ...notes].join(", ");
}

/** One value with its unit, and its name where the unit does not tell what it is. */
export function valueText(
  language: Language,
  property: Property,
  value: Scalar | undefined,
): string {
  if (typeof value === "boolean") return booleanText(language, property, value);
  if (typeof value === "number") {
    const unit = property.unit ? ` ${units[property.unit] ?? property.unit}` : "";
    const label = needsLabel(property) ? `${labelOf(language, property)} ` : "";
    return `${label}${numberText(value)}${unit}`;
  }
  return typeof value === "string" ? stateWord(language, value) : language.states.unknown;
}

/** What a property is called. */
export function labelOf(language: Language, property: Property): string {
  const own = language.properties[property.is]?.[0];
  const plain = property.is.replace(/^x_[a-z0-9]+_/, "").replaceAll("_", " ");
  const name = own ?? property.name ?? plain;
  return property.part === undefined ? name : `${name} ${property.part}`;
}

/** The time of day at the gateway: `14:10`. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** What a wanted word is about: the property itself, or one that has it in its name. */
export function isAbout({ is, name }: Property, wanted: string): boolean {
  return is === wanted || is.endsWith(`_${wanted}`) || name?.toLowerCase() === wanted;
}

/** The properties of a target by key, without those of other parts. */
export function entriesOf({
  device,
  part,
}: Target): readonly { readonly key: string; readonly property: Property }[] {
  return Object.entries(device.description.properties)
    .filter(([, one]) => part === undefined || one.part === undefined || one.part === part)
    .map(([key, property]) => ({ key, property }));
}

function isTold({ access, kind, type }: Property): boolean {
  const isRead = access.includes("r") && type !== "object" && type !== "array";
  return isRead && kind !== "diagnostic" && kind !== "setting" && kind !== "event";
}

function rankOf({ is }: Property): number {
  const rank = ranks.indexOf(is);
  return rank < 0 ? ranks.length : rank;
}

function booleanText(language: Language, property: Property, value: boolean): string {
  const pair = words[property.is];
  if (pair) return language.states[value ? pair[0] : pair[1]];
  return `${labelOf(language, property)} ${language.states[value ? "yes" : "no"]}`;
}

function stateWord({ states }: Language, value: string): string {
  const known = Object.entries(states).find(([word]) => word === value)?.[1];
  return known ?? value.replaceAll("_", " ");
}

/** Degrees, watts and volts say what they are; percents and plain numbers do not. */
function needsLabel({ unit, is }: Property): boolean {
  return is !== "position" && (!unit || unit === "%");
}

function numberText(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : roundTo(value, 1));
}

function ageText(
  language: Language,
  { state }: KnownDevice,
  keys: readonly string[],
  nowMs: number,
): readonly string[] {
  if (!state || keys.length === 0) return [];
  const times = keys.map((key) => Date.parse(state._t?.[key] ?? state._ts));
  // The oldest of what is told: a fresh value must not make another look fresh.
  const ageMs = nowMs - Math.min(...times);
  if (ageMs < oldAfterMs && !keys.some((key) => state._q?.[key] === "stale")) return [];
  const age = String(Math.max(0, Math.round(ageMs / 60_000)));
  return [language.states.old.replace("{age}", age)];
}
