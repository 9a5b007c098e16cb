import type { KnownDevice } from "../core/known-devices.ts";
import type { AlarmWords } from "../core/notifier.ts";
import type { AlertRule } from "../model/alert-rule.ts";
import type { Property } from "../model/description.ts";
import type { Scalar } from "../model/scalar.ts";
import { alertLimits as limits } from "./limits.ts";

/** A value that was told at a time, in steady ms. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/**
 * Whether a value is what a rule warns of; undefined when it is not known.
 * @param isRaised a value has to come back further than the limit
 */
export function violates(
  rule: AlertRule,
  value: Scalar | undefined,
  isRaised: boolean,
): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (rule.is !== undefined) return value === rule.is;
  if (typeof value !== "number") return undefined;
  const limit = rule.below ?? rule.above;
  if (limit === undefined) return undefined;
  const slack = isRaised ? (rule.hysteresis ?? (Math.abs(limit) / 20 || leastSlack)) : 0;
  return rule.below === undefined ? value > limit - slack : value < limit + slack;
}

/** How far a value has to come back from a limit of 0. */
const leastSlack = 0.5;

/** By how much a value changes in an hour; undefined when too little is known. */
export function ratePerHour(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs - first.atMs < limits.rateLeastMs) return undefined;
  return ((last.value - first.value) * 3_600_000) / (last.atMs - first.atMs);
}

/** The samples with one more, without those that are too old. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const before = samples.at(-2);
  // The newest one counts, however often it is told.
  const isSoon = before !== undefined && sample.atMs - before.atMs < limits.sampleApartMs;
  const all = [...(isSoon ? samples.slice(0, -1) : samples), sample];
  // One that is older than the window is where the window begins.
  const start = all.findLastIndex(({ atMs }) => sample.atMs - atMs >= limits.samplesMs);
  return all.slice(Math.max(0, start));
}

/** The properties of a device that a rule is about, by key. */
export function propertiesOf(
  { property: wanted }: AlertRule,
  { description }: KnownDevice,
): readonly (readonly [key: string, property: Property])[] {
  if (wanted === undefined) return [];
  return Object.entries(description.properties).filter(
    ([key, { is, name, access }]) =>
      access.includes("r") &&
      (key === wanted ||
        is === wanted ||
        is.endsWith(`_${wanted}`) ||
        name?.toLowerCase() === wanted),
  );
}

/** Whether a rule is about a device. */
export function isAbout({ device: wanted }: AlertRule, { id, description }: KnownDevice): boolean {
  if (wanted === "*" || wanted === id) return true;
  const name = /^class:(.+)$/.exec(wanted)?.[1];
  if (name !== undefined) return description.classes.includes(name);
  return description.name.toLowerCase() === wanted.toLowerCase();
}

/** The measurement that a device is for, where a rule names none: the level of a tank. */
export function mainProperty({ description }: KnownDevice): string | undefined {
  const found = Object.entries(description.properties).find(
    ([, { type, access, kind }]) =>
      (type === "number" || type === "integer") &&
      access.includes("r") &&
      kind !== "diagnostic" &&
      kind !== "setting",
  );
  return found?.[0];
}

/** What is said of an alarm. */
export function wordsFor(
  rule: AlertRule,
  name: string,
  property?: Property,
  value?: Scalar,
): AlarmWords {
  const about = property && {
    is: property.is,
    ...(property.name !== undefined && { name: property.name }),
    ...(property.unit && { unit: property.unit }),
  };
  const { message } = rule;
  return { kind: kindOf(rule), name, property: about, value, message };
}

function kindOf(rule: AlertRule): AlarmWords["kind"] {
  if (rule.adapter !== undefined) return "adapter";
  if (rule.offline) return "offline";
  if (rule.stale) return "stale";
  if (rule.rises !== undefined || rule.falls !== undefined) return "rate";
  if (rule.property === "battery" || rule.property === "battery_low") return "battery";
  if (rule.below !== undefined) return "below";
  return rule.above === undefined ? "is" : "above";
}
