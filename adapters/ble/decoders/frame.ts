import { specOf } from "koine/adapter";
import type { Advertisement } from "../advertisement.ts";
import type { Decoded } from "./decoder.ts";
import { gravity, reading } from "./readings.ts";
import type { Observation } from "../../reading/observation.ts";

/** The data of a company, where the frame has some of this length. */
export function dataOfCompany(
  { companyData }: Advertisement,
  company: number,
  length?: number,
): Buffer | undefined {
  return companyData.find(
    (one) => one.company === company && (length === undefined || one.data.length === length),
  )?.data;
}

/** The data of a service, where the frame has some of this length. */
export function dataOfService(
  { serviceData }: Advertisement,
  uuid: string,
  length?: number,
): Buffer | undefined {
  return serviceData.find(
    (one) => one.uuid === uuid && (length === undefined || one.data.length === length),
  )?.data;
}

const addressBytes = 6;

/** Whether the frame repeats its sender's address here, first byte first. */
export function hasAddress(data: Buffer, at: number, { address }: Advertisement): boolean {
  return data.toString("hex", at, at + addressBytes) === address;
}

/** Whether the frame repeats its sender's address here, last byte first. */
export function hasReversedAddress(data: Buffer, at: number, { address }: Advertisement): boolean {
  const bytes = data.subarray(at, at + addressBytes).toReversed();
  return Buffer.from(bytes).toString("hex") === address;
}

/** Whether every number lies where such a number can lie: what does not is of another format. */
export function isPlausible(observations: readonly Observation[]): boolean {
  return observations.every(({ facts, value }) => {
    const range = specOf(facts.is)?.range;
    return !range || typeof value !== "number" || (value >= range[0] && value <= range[1]);
  });
}

/** Of what a frame says twice, the last counts. */
export function latest(observations: readonly Observation[]): readonly Observation[] {
  if (observations.length < 2) return observations;
  const byKey = new Map(observations.map((one) => [`${one.facts.is} ${one.facts.part}`, one]));
  return [...byKey.values()];
}

/** What a frame says, unless it cannot be true. */
export function plausible(decoded: Decoded): Decoded | undefined {
  return isPlausible(decoded.observations) ? decoded : undefined;
}

const milli = 0.001;

/** The axes of an accelerometer, in thousandths of g. */
export function milliGravity(axes: readonly [number, number, number]): readonly Observation[] {
  return acceleration(
    axes,
    axes.map((one) => one * gravity * milli),
  );
}

/** The axes of an accelerometer, in m/s², beside what was sent. */
export function acceleration(
  raw: readonly number[],
  axes: readonly number[],
): readonly Observation[] {
  return ["x", "y", "z"].map((part, n) =>
    reading("acceleration", axes[n] ?? null, { part, raw: raw[n] ?? null }),
  );
}
