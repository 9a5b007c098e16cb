import {
  CommandError,
  propertyText,
  type Command,
  type PropertyRef,
  type Scalar,
  type Write,
} from "koine/adapter";
import type { Tz } from "zigbee-herdsman-converters";
import type { Feature } from "../exposes/features.ts";
import { stateObservations, wireValue } from "../exposes/values.ts";
import { agrees } from "../reading/agreement.ts";
import type { Definition, Endpoint, Group } from "./library.ts";
import type { NativeState } from "./member.ts";

/** Whom a command is for: a device or a group, and what its converters can say. */
export interface Addressee {
  readonly features: readonly Feature[];
  readonly definitions: readonly Definition[];
  readonly state: NativeState;
  /** The endpoint with this name, the usual one without; a group for all its members. */
  readonly entity: (endpoint: string | undefined) => Endpoint | Group | undefined;
}

/** One thing to be said, in the words of the converters. */
export interface Saying {
  readonly entity: Endpoint | Group;
  readonly converter: Tz.Converter;
  /** Key of the value, without the name of the endpoint. */
  readonly key: string;
  readonly value: Scalar;
  readonly endpointName: string | undefined;
  /** All that is said to this endpoint at once, by such keys. */
  readonly message: Readonly<Record<string, Scalar>>;
  /** The wishes that come true by it. */
  readonly wishes: readonly PropertyRef[];
}

/** What would show that a wish has come true. */
export interface Expectation {
  readonly wish: PropertyRef;
  readonly feature: Feature;
  /** Reports that do; none where nothing ever reports it. */
  readonly anyOf: readonly (PropertyRef & { readonly accepts: (report: Scalar) => boolean })[];
}

interface Field {
  readonly key: string;
  readonly value: Scalar;
  readonly endpointName: string | undefined;
  readonly wish: PropertyRef;
}

/**
 * What is to be said for a command.
 * @throws CommandError when the device cannot be told
 */
export function sayingsOf(
  { writes, transitionS }: Extract<Command, { type: "set" }>,
  to: Addressee,
): readonly Saying[] {
  const fields = inOrder(writes.map((write) => fieldOf(write, to)));
  const used = new Map<Endpoint | Group, Set<Tz.Converter>>();
  const sayings: Saying[] = [];
  for (const { key, value, endpointName, wish } of fields) {
    const entity = to.entity(endpointName);
    const converter = converterFor(key, endpointName, to, "convertSet");
    if (!entity || !converter) {
      throw new CommandError("unsupported", `The device cannot be told ${propertyText(wish)}`);
    }
    const before = used.get(entity) ?? new Set();
    used.set(entity, before);
    // One that knows several keys says them all at once.
    if (before.has(converter)) continue;
    before.add(converter);
    const together = fields.filter((field) => field.endpointName === endpointName);
    const message = Object.fromEntries(together.map((field) => [field.key, field.value]));
    sayings.push({
      entity,
      converter,
      key,
      value,
      endpointName,
      message: { ...message, ...(transitionS !== undefined && { transition: transitionS }) },
      wishes: together.filter((one) => knows(converter, one.key)).map((one) => one.wish),
    });
  }
  return sayings;
}

/** What is to be asked to hear of properties, or of everything that can be asked for. */
export function questionsOf(
  reads: readonly PropertyRef[],
  to: Addressee,
): readonly Omit<Saying, "value">[] {
  const wanted = new Set(reads.map(propertyText));
  return to.features.flatMap((feature) => {
    const { facts, isGettable } = feature;
    const isWanted = wanted.size === 0 ? facts.kind !== "setting" : wanted.has(propertyText(facts));
    if (!isWanted || !isGettable) return [];
    const { key, endpointName } = placeOf(feature);
    const entity = to.entity(endpointName);
    const converter = converterFor(key, endpointName, to, "convertGet");
    const message = { [key]: "" };
    if (!entity || !converter) return [];
    return { entity, converter, key, endpointName, message, wishes: [facts] };
  });
}

function fieldOf(write: Write, to: Addressee): Field {
  const feature = featureFor(write, to);
  const value = feature && wireValue(feature, write.value);
  if (!feature || value === undefined) {
    throw new CommandError("unsupported", `The device cannot be told ${propertyText(write)}`);
  }
  return { ...placeOf(feature), value, wish: { is: write.is, part: write.part } };
}

function featureFor({ is, part }: PropertyRef, { features }: Addressee): Feature | undefined {
  return features.find(({ facts }) => facts.is === is && facts.part === part);
}

/** `state_left` is `state` of the endpoint `left`. */
function placeOf({ key, expose }: Feature): Pick<Field, "key" | "endpointName"> {
  const { endpoint } = expose;
  if (typeof endpoint !== "string" && typeof endpoint !== "number") {
    return { key, endpointName: undefined };
  }
  const endpointName = String(endpoint);
  const suffix = `_${endpointName}`;
  return { key: key.endsWith(suffix) ? key.slice(0, -suffix.length) : key, endpointName };
}

/**
 * Some lights take a colour only while they are on: what switches comes first, unless it switches off.
 */
function inOrder(fields: readonly Field[]): readonly Field[] {
  const switches = (field: Field): boolean => field.key === "state" || field.key === "brightness";
  const isOff = fields.some(({ key, value }) => key === "state" && value === "OFF");
  return fields.toSorted((a, b) => (Number(switches(b)) - Number(switches(a))) * (isOff ? -1 : 1));
}

function knows({ key: keys }: Tz.Converter, key: string): boolean {
  return keys === undefined || keys.includes(key);
}

function converterFor(
  key: string,
  endpointName: string | undefined,
  { definitions }: Addressee,
  what: "convertSet" | "convertGet",
): Tz.Converter | undefined {
  return definitions
    .flatMap(({ toZigbee }) => toZigbee)
    .find((one) => {
      const isHere =
        one.endpoints === undefined ||
        (endpointName !== undefined && one.endpoints.includes(endpointName));
      return isHere && knows(one, key) && one[what] !== undefined;
    });
}

const motions = {
  open: ["open", "opening"],
  close: ["closed", "closing"],
  stop: ["stopped"],
} as const;

/** What would show that the wishes of a command have come true. */
export function expectationsOf(writes: readonly Write[], to: Addressee): readonly Expectation[] {
  return writes.flatMap((write) => {
    const feature = featureFor(write, to);
    return feature ? [expectationOf(write, feature, writes)] : [];
  });
}

function expectationOf(
  { is, part, value }: Write,
  feature: Feature,
  writes: readonly Write[],
): Expectation {
  const wish = { is, part };
  if (is === "cover_action") {
    const states: readonly string[] =
      value === "open" || value === "close" ? motions[value] : motions.stop;
    const accepts = (report: Scalar): boolean => states.some((state) => state === report);
    const moves = { is: "position", part, accepts: () => true };
    return { wish, feature, anyOf: [{ is: "cover_state", part, accepts }, moves] };
  }
  // Nothing reports what can only be written.
  if (feature.facts.access === "w") return { wish, feature, anyOf: [] };
  const wire = wireValue(feature, value);
  const native = wire === undefined ? {} : { [feature.key]: wire };
  const reported = stateObservations(native, [feature])[0]?.value ?? value;
  const itself = { is, part, accepts: agrees(reported) };
  // Many lights that are dimmed to 0 go off and keep the brightness they had.
  const isDark = is === "brightness" && value === 0 && writes.length === 1;
  const dark = { is: "onoff", part, accepts: (report: Scalar) => report === false };
  return { wish, feature, anyOf: isDark ? [itself, dark] : [itself] };
}
