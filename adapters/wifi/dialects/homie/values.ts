import { partOf, propertyText, type PropertyFacts } from "koine/adapter";
import type { Heard, Hearing } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import { textOf } from "../../../reading/json.ts";
import { actionIn } from "../../../reading/press-words.ts";
import { definitionOf, keeping, templateOf, type HomiePeer } from "./peer.ts";
import { homieProperty, type HomieProperty } from "./property.ts";

type HomieHearing = Hearing<HomiePeer>;

/** A value, and how it came. */
export interface Told {
  readonly path: string;
  readonly payload: string;
  readonly retained: boolean;
  /** What the device aims at, not what is. */
  readonly echo?: boolean;
}

/** What a value says; before version 5 it may come before it is said what it is. */
export function valueHearing(told: Told, peer: HomiePeer): HomieHearing {
  const { path, payload, retained } = told;
  const { ref } = peer;
  if (peer.version < 5 && !isTimely(told, peer)) {
    return { peer: keeping(peer, path, { payload, retained }), devices: [{ ref, facts: {} }] };
  }
  const property = propertyOf(peer, path) ?? undescribed(path, peer);
  // Not described yet.
  if (!property) return { peer, devices: [{ ref, facts: {} }] };
  const heard = heardOf(property, told);
  if (!heard) return { devices: [], diagnostic: "bad_value" };
  return { peer, devices: [{ ref, ...heard }] };
}

/** Of a device that said all it had to say, what it does not describe is a text. */
function undescribed(path: string, { version }: HomiePeer): HomieProperty | undefined {
  return version < 5 ? homieProperty(path, {}, version) : undefined;
}

/** Whether it is known what a value is, or nothing more is to come about it. */
function isTimely({ path, retained }: Told, peer: HomiePeer): boolean {
  return definitionOf(peer, path)?.datatype !== undefined || (!retained && isSettled(peer));
}

const settled = new Set(["ready", "alert", "sleeping"]);

/** A device is ready when it has described itself. */
function isSettled({ state }: HomiePeer): boolean {
  return settled.has(state ?? "");
}

function heardOf(
  { facts, codec, isMomentary }: HomieProperty,
  { payload, echo }: Told,
): Pick<Heard, "observations" | "events"> | undefined {
  if (isMomentary) return echo === true ? {} : { events: [pressOf(payload, facts)] };
  const value = codec.decode(payload);
  if (value === undefined) return undefined;
  const observation: Observation = {
    facts,
    value,
    ...(textOf(value) !== payload && { raw: payload }),
    ...(codec.says !== undefined && { conversion: codec.says }),
    ...(echo === true && { echo }),
  };
  return { observations: [observation] };
}

function pressOf(
  payload: string,
  { part }: PropertyFacts,
): { name: string; action: string; part?: string } {
  const action = actionIn(payload.toLowerCase().replace(/[ -]/g, "_")) ?? "other";
  return { name: "action", action, ...(part !== undefined && { part }) };
}

/** The hearing, and with it the values that were kept until it. */
export function withKept(hearing: HomieHearing, retained: boolean): HomieHearing {
  const { peer } = hearing;
  if (!peer || peer.version >= 5) return hearing;
  const ready = Object.keys(peer.kept).filter((path) => isReady(peer, path, retained));
  if (ready.length === 0) return hearing;
  const kept = Object.fromEntries(
    Object.entries(peer.kept).filter(([path]) => !ready.includes(path)),
  );
  const released = ready.flatMap((path) => releasedOf(peer, path) ?? []);
  return { ...hearing, peer: { ...peer, kept }, devices: [...hearing.devices, ...released] };
}

/**
 * Attributes that are retained come in any order: the last ones that change what a value means are
 * waited for, unless the device is there and goes on.
 */
function isReady(peer: HomiePeer, path: string, retained: boolean): boolean {
  if (!retained && isSettled(peer)) return true;
  const { datatype, unit, settable } = definitionOf(peer, path) ?? {};
  if (datatype === undefined) return false;
  const isNumber = ["integer", "float", "percent"].includes(datatype);
  return isNumber ? unit !== undefined : settable !== undefined;
}

function releasedOf(peer: HomiePeer, path: string): Heard | undefined {
  const kept = peer.kept[path];
  const property = propertyOf(peer, path) ?? undescribed(path, peer);
  const heard = kept && property && heardOf(property, { path, ...kept });
  if (!kept || !heard) return undefined;
  const { observations = [], events = [] } = heard;
  return {
    ref: peer.ref,
    observations: observations.map((one) => (kept.retained ? { ...one, quality: "stale" } : one)),
    // A press is over by now.
    events: kept.retained ? [] : events,
  };
}

/** What a property is, or an element of an array of properties; undefined when it is not known. */
export function propertyOf(peer: HomiePeer, path: string): HomieProperty | undefined {
  const property = describedOf(peer, path);
  const definition = definitionOf(peer, path);
  if (property || !definition) return property;
  const element = homieProperty(path, definition, peer.version);
  const template = describedOf(peer, templateOf(path));
  const isAlone = template?.facts.part === partOf(templateOf(path).split("/")[0] ?? "");
  return isAlone ? element : { ...element, facts: unambiguous(element.facts, path) };
}

/** Read once for what a device says of its properties, which is never changed in place. */
const read = new WeakMap<HomiePeer["properties"], ReadonlyMap<string, HomieProperty>>();

function describedOf({ properties, version }: HomiePeer, path: string): HomieProperty | undefined {
  const known = read.get(properties) ?? readAll(properties, version);
  read.set(properties, known);
  return known.get(path);
}

function readAll(
  properties: HomiePeer["properties"],
  version: number,
): ReadonlyMap<string, HomieProperty> {
  const all = Object.entries(properties).map(([path, definition]) => ({
    path,
    property: homieProperty(path, definition, version),
  }));
  const count = new Map<string, number>();
  for (const { property } of all) {
    const text = propertyText(property.facts);
    count.set(text, (count.get(text) ?? 0) + 1);
  }
  return new Map(
    all.map(({ path, property }) => {
      const isAlone = count.get(propertyText(property.facts)) === 1;
      return [path, isAlone ? property : { ...property, facts: unambiguous(property.facts, path) }];
    }),
  );
}

/** A node with two properties of one meaning names both in their parts. */
function unambiguous(facts: PropertyFacts, path: string): PropertyFacts {
  return { ...facts, part: partOf(path.replace("/", " ")) };
}
