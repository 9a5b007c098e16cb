import type { PropertyRef, Ref } from "./identity.ts";
import type { Scalar } from "./scalar.ts";

/** One wish: a property and its canonical value, already held against the description. */
export interface Write extends PropertyRef {
  readonly value: Scalar;
  /** `source` of the property's description: where the device carries it. */
  readonly source?: string | undefined;
  /** What the device last reported, where that is still how things are. */
  readonly reported?: Scalar | undefined;
}

/** What an adapter executes: write these values, or read these properties from the device now. */
export type Command =
  | {
      readonly type: "set";
      readonly id: string;
      readonly ref: Ref;
      readonly writes: readonly Write[];
      /** How long the asker waits for the last word, in ms. */
      readonly timeoutMs: number;
      readonly transitionS?: number | undefined;
      /** Until when it may be carried out; an adapter that queues answers `expired` after it. */
      readonly expiresInMs?: number | undefined;
    }
  | {
      readonly type: "get";
      readonly id: string;
      readonly ref: Ref;
      /** Empty for everything the device has. */
      readonly reads: readonly PropertyRef[];
      readonly timeoutMs: number;
    };
