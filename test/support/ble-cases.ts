import { readFileSync } from "node:fs";
import { conversionTo } from "../../adapters/reading/units.ts";
import { shortUuid, type Advertisement } from "../../adapters/ble/advertisement.ts";
import { decode, type Found } from "../../adapters/ble/decoders/index.ts";
import { common } from "./ble-words/common.ts";
import { wordsOf } from "./ble-words/index.ts";
import type { Meaning } from "./ble-words/words.ts";

type Expected = number | string | boolean | null;

/** One real advertisement of the collection, and what its source says it means. */
export interface BleCase {
  readonly id: string;
  readonly format: string;
  readonly tier: "A" | "B" | "C";
  readonly address?: string;
  readonly localName?: string;
  readonly serviceUuids?: readonly string[];
  readonly manufacturerData?: Readonly<Record<string, string>>;
  readonly serviceData?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly expect: Readonly<Record<string, Expected>>;
  readonly units?: Readonly<Record<string, string | null>>;
}

export const bleCases = (
  JSON.parse(readFileSync(new URL("../fixtures/ble-adverts.json", import.meta.url), "utf8")) as {
    readonly cases: readonly BleCase[];
  }
).cases;

export function advertisementOf(one: BleCase): Advertisement {
  const { address = "aa:bb:cc:dd:ee:ff", localName, manufacturerData, serviceData } = one;
  return {
    address: address.replaceAll(":", ""),
    ...(localName !== undefined && { localName }),
    companyData: Object.entries(manufacturerData ?? {}).map(([company, hex]) => ({
      company: Number.parseInt(company, 16),
      data: Buffer.from(hex, "hex"),
    })),
    serviceData: Object.entries(serviceData ?? {}).map(([uuid, hex]) => ({
      uuid: shortUuid(uuid),
      data: Buffer.from(hex, "hex"),
    })),
    serviceUuids: (one.serviceUuids ?? []).map(shortUuid),
  };
}

export function decodeCase(one: BleCase): Found | undefined {
  const key = one.key === undefined ? undefined : Buffer.from(one.key, "hex");
  return decode(advertisementOf(one), { key });
}

/** What of a case is not as its source says; empty when all of it is. */
export function mistakesIn(one: BleCase): readonly string[] {
  const found = decodeCase(one);
  if (!found) return ["not decoded"];
  return Object.entries(one.expect).flatMap(([key, expected]) => {
    const name = key.toLowerCase().replaceAll(" ", "_");
    const words = wordsOf(one.format);
    // Some keys are a number in one case and a state in another.
    const meaning = words[`${name}:${typeof expected}`] ?? words[name] ?? common[name];
    if (!meaning) return [`${key}: nobody says what it means`];
    const mistake = mistakeIn(found, meaning, expected, one.units?.[key] ?? undefined);
    return mistake === undefined ? [] : [`${key}: ${mistake}`];
  });
}

function mistakeIn(
  { observations, events = [] }: Found,
  meaning: Meaning,
  expected: Expected,
  unit: string | undefined,
): string | undefined {
  if ("skip" in meaning) return undefined;
  if ("event" in meaning) {
    const { event, part, map = {} } = meaning;
    const action = meaning.action ?? map[String(expected)] ?? String(expected);
    const isTold = events.some(
      (one) =>
        one.name === event && one.action === action && (part === undefined || one.part === part),
    );
    // The words for "nothing happened" map to nothing.
    if (action === "" || isTold) return undefined;
    return `no event ${event} ${action} ${part ?? ""} in ${JSON.stringify(events)}`;
  }
  const { is, part } = meaning;
  const told = observations.filter(
    ({ facts }) => facts.is === is && (facts.part ?? "1") === (part ?? "1"),
  );
  // The sensor says that it cannot measure.
  if (expected === null || expected === "error") {
    return told.every(({ value }) => value === null) ? undefined : `a number, ${is}, is made up`;
  }
  if (told.length !== 1) return `${told.length} readings of ${is} ${part ?? ""}`;
  const value = told[0]?.value;
  if (meaning.map || typeof expected === "string") {
    const wanted = meaning.map?.[String(expected)] ?? expected;
    return value === wanted ? undefined : `${JSON.stringify(value)} is not ${String(wanted)}`;
  }
  // Some sources say 1 for true.
  if (typeof value === "boolean") {
    return value === Boolean(expected) ? undefined : `${value} is not ${expected}`;
  }
  if (typeof value !== "number") return `${JSON.stringify(value)} is no number`;
  const from = unit === undefined ? undefined : conversionTo(is, unit);
  const { mul, add } = { mul: 1, add: 0, ...from, ...withoutUndefined(meaning) };
  const wanted = (Number(expected) + add) * mul;
  const decimals = Math.max(1, String(expected).split(".")[1]?.length ?? 0);
  const tolerance = (meaning.tolerance ?? 0.51 * 10 ** -decimals) * Math.abs(mul) + 1e-9;
  if (Math.abs(value - wanted) <= tolerance) return undefined;
  return `${value} is not ${wanted}`;
}

function withoutUndefined({ mul, add }: { mul?: number; add?: number }): {
  mul?: number;
  add?: number;
} {
  return { ...(mul !== undefined && { mul }), ...(add !== undefined && { add }) };
}
