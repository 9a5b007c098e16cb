import type { Found } from "../../../../../adapters/ble/decoders/index.ts";
import type { Observation } from "../../../../../adapters/reading/observation.ts";
import { readingOf } from "../../../../../adapters/reading/observation.ts";
import { checkedEvent } from "../../../../../src/core/adapter-words.ts";
import { describeProperty } from "../../../../../src/core/device-record.ts";
import { canonicalReading } from "../../../../../src/model/value.ts";
import { specOf } from "../../../../../src/model/vocabulary.ts";

const vendorName = /^x_[a-z0-9]+_[a-z][a-z0-9_]{0,63}$/;
const partName = /^[a-z0-9][a-z0-9_]{0,31}$/;
const ref = [["ble", "aabbccddeeff"]] as const;

/** What of a decoded frame the gateway would refuse, or could not describe. */
export function faultsIn(found: Found): readonly string[] {
  const { facts, observations, events = [], passing = [], sequence } = found;
  const keys = observations.map(keyOf);
  return [
    ...observations.flatMap(faultsOf),
    ...keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${key} is told twice`),
    ...refused({ type: "readings", ref, values: observations.map(readingOf) }),
    ...refused({
      type: "device",
      ref,
      facts: { ...facts, properties: observations.map((one) => one.facts) },
    }),
    ...events.flatMap((data) => [
      ...refused({ type: "event", ref, scope: "public", data }),
      ...actionFaults(data),
    ]),
    ...passing
      .filter(({ is }) => !observations.some((one) => one.facts.is === is))
      .map(({ is }) => `${is} passes and is not told`),
    ...(sequence && !(sequence.value >= 0 && sequence.value < 2 ** sequence.bits)
      ? [`the number ${sequence.value} has not ${sequence.bits} bits`]
      : []),
    ...Object.entries(facts)
      .filter(([, value]) => value === "")
      .map(([name]) => `the ${name} is empty`),
  ];
}

/** Properties of the vocabulary whose number lies outside its range: the gateway takes it for none. */
export function outOfRange({ observations }: Found): readonly Observation[] {
  return observations.filter(({ facts, value }) => {
    const range = specOf(facts.is)?.range;
    return range && typeof value === "number" && (value < range[0] || value > range[1]);
  });
}

function faultsOf(one: Observation): readonly string[] {
  const { facts, value, raw } = one;
  const { is, part, type, unit, access } = facts;
  const spec = specOf(is);
  const key = keyOf(one);
  const property = describeProperty(facts);
  if (!property) return [`${key} cannot be described`];
  const isLost = value !== null && canonicalReading(property, value) === undefined;
  const isOutside = typeof value === "number" && Number.isFinite(value) && spec?.range;
  return [
    ...(spec || vendorName.test(is) ? [] : [`${key} is no name`]),
    ...(part === undefined || partName.test(part) ? [] : [`${key} has a part that is no name`]),
    ...(spec && type !== undefined && type !== spec.type ? [`${key} is no ${type}`] : []),
    ...(spec && unit !== undefined && unit !== spec.unit ? [`${key} is not in ${unit}`] : []),
    ...(spec?.access === "rw" && access !== "r" ? [`${key} cannot be set`] : []),
    ...(isLost && !isOutside ? [`${key} is not ${JSON.stringify(value)}`] : []),
    ...(property.type === "integer" && value !== null && !Number.isInteger(value)
      ? [`${key} is a whole number, not ${JSON.stringify(value)}`]
      : []),
    ...(typeof raw === "number" && !Number.isFinite(raw) ? [`${key} was not sent as ${raw}`] : []),
  ];
}

function actionFaults({ name, action, part }: NonNullable<Found["events"]>[number]) {
  const known = specOf(name)?.values?.includes(action) === true;
  const isPart = part === undefined || partName.test(part);
  return known && isPart ? [] : [`${name} ${action} ${part ?? ""} is no event`];
}

function refused(event: object): readonly string[] {
  try {
    checkedEvent(event);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

function keyOf({ facts: { is, part } }: Observation): string {
  return part === undefined ? is : `${is} ${part}`;
}

/** Whether a sender of this would be a device of the gateway without being configured. */
export function isDevice(found: Found | undefined): found is Found {
  if (!found || found.decoder.isBeacon === true) return false;
  const { observations, events = [], problem } = found;
  return observations.length + events.length > 0 || problem === "key_needed";
}
