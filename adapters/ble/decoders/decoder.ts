import type { DeviceFacts, EventData, Identifier, PropertyRef } from "koine/adapter";
import type { Observation } from "../../reading/observation.ts";
import type { Advertisement, Structures } from "../advertisement.ts";

/** A family of senders that speak one format: one file in this directory. */
export interface Decoder {
  /** Names it in the configuration and in logs: `govee`. */
  readonly family: string;
  /** For people: `Govee thermometers, hygrometers and meat probes`. */
  readonly title: string;
  /** What is known to speak it, for the list of supported devices. */
  readonly models: readonly string[];
  /** Where the format is described, in public. */
  readonly source: string;
  /** Which frames it is shown: any of these is enough. */
  readonly listensTo: {
    /** Company identifiers. */
    readonly companies?: readonly number[];
    /** UUIDs of service data. */
    readonly services?: readonly string[];
    /** UUIDs of services that are listed, where the format has no better mark. */
    readonly serviceUuids?: readonly string[];
    /** Local names, where the format has no better mark. */
    readonly names?: RegExp;
  };
  /**
   * A beacon, or a phone: it is no device until the configuration names it. A sensor appears by
   * itself.
   */
  readonly isBeacon?: boolean;
  /** Its advertisement and its answer to a scan only say something together: it is shown both. */
  readonly needsBoth?: boolean;
  /** Some or all of its frames are encrypted, with a key of this many bytes. */
  readonly keyBytes?: number;
  /**
   * What a frame says; undefined when it is none of this family, is cut off or makes no sense: never
   * a number that was not sent. Pure; throws nothing.
   */
  decode(frame: Advertisement, options: DecodingOptions): Decoded | undefined;
}

export interface DecodingOptions {
  /** The key that was configured for this sender. */
  readonly key?: Buffer | undefined;
  /** What the sender's frame of the other kind said a moment ago. */
  readonly other?: Structures | undefined;
}

/** What one frame says. */
export interface Decoded {
  readonly facts: Pick<DeviceFacts, "manufacturer" | "model" | "name" | "firmware" | "sleepy">;
  readonly observations: readonly Observation[];
  readonly events?: readonly EventData[];
  /** States that the sender only ever tells the start of, and when each is over without another word. */
  readonly passing?: readonly (PropertyRef & { readonly afterS: number })[];
  readonly sequence?: Sequence;
  /** The frame was decrypted and is authentic. */
  readonly isAuthentic?: boolean;
  readonly problem?: Problem;
  /** Of a beacon: what it calls itself, which stays where its address changes. */
  readonly identity?: Identifier;
}

/** A number that the sender counts up with each message: the same number is the same message. */
export interface Sequence {
  readonly value: number;
  /** Where it starts again: 8, 16, 24 or 32. */
  readonly bits: number;
}

/**
 * Why a frame of this family could not be read: no key was configured, the key does not fit or the
 * frame was tampered with, or it is of a form that nobody has described.
 */
export type Problem = "key_needed" | "key_wrong" | "unreadable";
