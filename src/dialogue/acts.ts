import type { Property } from "../model/description.ts";
import type { Scalar } from "../model/scalar.ts";
import { specOf } from "../model/vocabulary.ts";
import type { Verb } from "./meaning.ts";
import type { Target } from "./targets.ts";

/** What an act is for one device: which property it writes, and what. */
export interface Deed {
  /** The verb as this device knows it: a valve that is told `on` opens. */
  readonly verb: Verb;
  readonly key: string;
  readonly property: Property;
  readonly value: Scalar;
  /** Towards the state in which nothing runs, flows or stands open. */
  readonly isSafe: boolean;
}

/** A number that a device cannot be set to. */
export interface OutOfRange {
  readonly min: number;
  readonly max: number;
}

interface Way {
  readonly is: string;
  readonly verb: Verb;
  readonly value: Scalar;
  readonly isSafe: boolean;
}

const start = (is: string, verb: Verb, value: Scalar): Way => ({ is, verb, value, isSafe: false });
const end = (is: string, verb: Verb, value: Scalar): Way => ({ is, verb, value, isSafe: true });

const starts = [
  start("siren", "on", true),
  start("hvac_mode", "on", "heat"),
  start("hvac_mode", "on", "auto"),
  start("onoff", "on", true),
  start("valve_open", "open", true),
  start("cover_action", "open", "open"),
  start("position", "open", 100),
] as const;
const ends = [
  end("siren", "off", false),
  end("hvac_mode", "off", "off"),
  end("onoff", "off", false),
  end("valve_open", "close", false),
  end("cover_action", "close", "close"),
  end("position", "close", 0),
] as const;
const opening = [
  start("cover_action", "open", "open"),
  start("valve_open", "open", true),
  start("locked", "unlock", false),
] as const;
const closing = [
  end("cover_action", "close", "close"),
  end("valve_open", "close", false),
  end("locked", "lock", true),
] as const;

/** In which ways a wish can be carried out; the first that a device has is taken. */
const ways: Readonly<Record<Exclude<Verb, "set">, readonly Way[]>> = {
  on: starts,
  off: ends,
  open: [...opening, ...starts],
  close: [...closing, ...ends],
  stop: [end("cover_action", "stop", "stop"), end("vacuum_action", "stop", "stop"), ...ends],
  lock: [end("locked", "lock", true), end("valve_open", "close", false)],
  unlock: [start("locked", "unlock", false)],
};

/** What can be set to a number, the usual one first. */
const dials = ["brightness", "position", "target_temperature", "fan_speed"] as const;

/** What a wish is for this device; undefined when it cannot do that. */
export function deedOf(target: Target, verb: Verb, value?: number): Deed | OutOfRange | undefined {
  if (value !== undefined && (verb === "set" || verb === "on" || verb === "open")) {
    return setTo(target, value);
  }
  if (verb === "set") return undefined;
  for (const way of ways[verb]) {
    const found = writable(target, way.is);
    if (!found) continue;
    const { values } = found.property;
    if (typeof way.value === "string" && values && !values.includes(way.value)) continue;
    return { ...way, ...found };
  }
  return undefined;
}

/** Whether a number can be set at all. */
export function takesNumber(target: Target): boolean {
  return dials.some((is) => writable(target, is) !== undefined);
}

export function isDeed(deed: Deed | OutOfRange | undefined): deed is Deed {
  return deed !== undefined && "key" in deed;
}

/** What ends by itself after a while, and is ended by "all off": nothing that moves, as it may crush somebody. */
const ended: ReadonlySet<string> = new Set(["onoff", "siren", "valve_open", "hvac_mode"]);

/** Whether a deed has a time limit: what runs, flows or howls. */
export function isTimed(deed: Deed, target: Target): boolean {
  if (deed.isSafe) return false;
  const { is } = deed.property;
  return is === "position" ? isValve(target) : ended.has(is) && is !== "hvac_mode";
}

/** What ends all that a target can have running. */
export function endingsOf(target: Target): readonly Deed[] {
  return ends.flatMap((way) => {
    if (!ended.has(way.is) && !(way.is === "position" && isValve(target))) return [];
    const found = writable(target, way.is);
    return found ? [{ ...way, ...found }] : [];
  });
}

/** What ends a deed: by the very property that it has written. */
export function endingOf(target: Target, deed: Deed): Deed | undefined {
  return endingsOf(target).find(({ key }) => key === deed.key);
}

/** Whether its position is that of a valve, and of no gate. */
function isValve({ device }: Target): boolean {
  return device.description.classes.includes("valve");
}

/** What tells how far something has moved that is only ever told to. */
const movements: ReadonlySet<string> = new Set(["cover_state", "position", "vacuum_state"]);

/** Keys of the properties by which a device tells what became of a deed. */
export function tellingKeys({ device, part }: Target, { key, property }: Deed): readonly string[] {
  if (property.access.includes("r")) return [key];
  return Object.entries(device.description.properties)
    .filter(([, one]) => movements.has(one.is) && one.access.includes("r"))
    .filter(([, one]) => part === undefined || (one.part ?? "1") === part)
    .map(([one]) => one);
}

function setTo(target: Target, value: number): Deed | OutOfRange | undefined {
  for (const is of dials) {
    const found = writable(target, is);
    if (!found) continue;
    const range = specOf(is)?.range;
    const { min = range?.[0] ?? 0, max = range?.[1] ?? 100 } = found.property;
    if (value < min || value > max) return { min, max };
    return { ...found, verb: "set", value, isSafe: is === "position" && value === 0 };
  }
  return undefined;
}

/** The property of that meaning that this target has, where it can be written. */
function writable(
  { device, part }: Target,
  is: string,
): { readonly key: string; readonly property: Property } | undefined {
  const fits = (property: Property): boolean =>
    property.is === is &&
    property.access.includes("w") &&
    (part === undefined || (property.part ?? "1") === part);
  const found = Object.entries(device.description.properties).find(([, one]) => fits(one));
  return found && { key: found[0], property: found[1] };
}
