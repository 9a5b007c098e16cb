import type { Deed } from "./acts.ts";
import type { Target } from "./targets.ts";

/**
 * What a wish takes, mildest first: to read; an act towards the state in which nothing runs, flows
 * or stands open; one that can be taken back; one that needs a code.
 */
export const levels = ["read", "safe", "act", "danger"] as const;
export type Level = (typeof levels)[number];

/** A line of the table: what it takes to start something. */
export interface LevelRule {
  /** Device class; every class when absent. */
  readonly class?: string | undefined;
  /** Canonical property name; every property when absent. */
  readonly property?: string | undefined;
  readonly level: Level;
}

/** The first line that fits decides; what none is about is dangerous. */
const table: readonly LevelRule[] = [
  { class: "siren", level: "danger" },
  { class: "thermostat", level: "danger" },
  { class: "lock", level: "danger" },
  { class: "cover", level: "danger" },
  { class: "light", level: "act" },
  { class: "fan", level: "act" },
  { property: "onoff", level: "act" },
  { property: "valve_open", level: "act" },
  { class: "valve", property: "position", level: "act" },
  { property: "brightness", level: "act" },
  { property: "fan_speed", level: "act" },
  { property: "siren", level: "danger" },
  { property: "cover_action", level: "danger" },
  { property: "position", level: "danger" },
  { property: "locked", level: "danger" },
  { property: "hvac_mode", level: "danger" },
  { property: "target_temperature", level: "danger" },
];

/** What a deed takes. Towards the safe side everything is allowed, whatever the table says. */
export function levelOf(
  deed: Deed,
  { device }: Target,
  own: Level | undefined,
  overrides: readonly LevelRule[],
): Level {
  if (deed.isSafe) return "safe";
  if (own !== undefined) return own;
  const { classes } = device.description;
  const found = [...overrides, ...table].find(
    ({ class: name, property }) =>
      (name === undefined || classes.includes(name)) &&
      (property === undefined || property === deed.property.is),
  );
  return found?.level ?? "danger";
}

/** Whether somebody who may do `most` may do `wanted`. */
export function covers(most: Level, wanted: Level): boolean {
  return levels.indexOf(most) >= levels.indexOf(wanted);
}
