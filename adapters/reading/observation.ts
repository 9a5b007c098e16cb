import type { PropertyFacts, Quality, Reading, Scalar } from "koine/adapter";

/** One value a device tells, and what that value is. */
export interface Observation {
  readonly facts: PropertyFacts;
  readonly value: Scalar;
  /** What the device sent, and how that became the value; where it is not the value itself. */
  readonly raw?: Scalar;
  readonly conversion?: string;
  readonly quality?: Quality;
  /** The device says what it aims at, not yet what is: confirms a command, moves no value. */
  readonly echo?: boolean;
}

/** An observation as the gateway is told of it. */
export function readingOf({ facts, value, raw, conversion, quality }: Observation): Reading {
  const { is, part } = facts;
  return {
    is,
    part,
    value,
    ...(raw !== undefined && { raw }),
    ...(conversion !== undefined && { conversion }),
    ...(quality !== undefined && { quality }),
  };
}
