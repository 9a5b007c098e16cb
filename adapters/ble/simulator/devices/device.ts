import type { Clock } from "koine/adapter";
import type { Air } from "../air.ts";

/** What a device lives by. */
export interface Surroundings {
  readonly air: Air;
  readonly clock: Clock;
  readonly random: () => number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;
/** When it is warmest, after midnight UTC. */
const warmestMs = (15 / 24) * dayMs;
/** A second, faster swing, which makes a curve look like weather. */
const gustMs = 37 * minuteMs;
const gustPart = 0.1;

export interface Curve {
  readonly mean: number;
  /** How far it goes up and down in a day. */
  readonly swing: number;
  /** Falls as it gets warmer, as relative humidity does. */
  readonly isInverse?: boolean;
  /** Another one for each device, so that they do not all agree. */
  readonly phase?: number;
}

/** A value that goes with the day and the night. @param atMs ms since 1970 */
export function curve(atMs: number, { mean, swing, isInverse, phase = 0 }: Curve): number {
  const day = Math.cos((2 * Math.PI * (atMs - warmestMs)) / dayMs);
  const gust = Math.sin((2 * Math.PI * atMs) / gustMs + phase);
  return mean + (isInverse === true ? -1 : 1) * swing * (day + gustPart * gust);
}

/** How many measurements were made until now, at one each so many ms. */
export function measurement(clock: Clock, everyMs: number): number {
  return Math.floor(clock.now() / everyMs);
}

/** A time somewhere between two, in ms. */
export function between(random: () => number, leastMs: number, mostMs: number): number {
  return leastMs + random() * (mostMs - leastMs);
}
