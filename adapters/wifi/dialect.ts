import type {
  Availability,
  Command,
  DeviceFacts,
  EventData,
  PropertyFacts,
  PropertyRef,
  Quality,
  Ref,
  Scalar,
  z,
} from "koine/adapter";
import type { Caller } from "./caller.ts";
import type { WifiConfig } from "./config.ts";
import type { Frame, Request } from "./frame.ts";

/** What a dialect remembers of one device it talks to. Plain data, kept over restarts. */
export interface Peer {
  /** Unique within the dialect. */
  readonly key: string;
  readonly ref: Ref;
  /** The topics of this device without their last level. */
  readonly bases: readonly string[];
}

/** One value a frame carries, with all that is known of its property. */
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

/** What a frame says about one device: the peer itself, or one behind it. */
export interface Heard {
  readonly ref: Ref;
  readonly facts?: DeviceFacts;
  readonly observations?: readonly Observation[];
  readonly events?: readonly EventData[];
  readonly availability?: Availability;
  /** By the device's clock, in ms, where that can be told. */
  readonly measuredAtMs?: number;
}

/** A device's answer to a numbered request of ours. */
export interface Answer {
  readonly number: number;
  /** What the device refused, in its words. */
  readonly error?: string;
}

/** Everything one frame says. */
export interface Hearing<P extends Peer> {
  /** The peer with what was learned, when something was. */
  readonly peer?: P;
  readonly devices: readonly Heard[];
  readonly answer?: Answer;
  /** Why the frame could not be read, as a diagnostic code. */
  readonly diagnostic?: string;
}

/** What shows that one wish came true: the first of these observations that fits. */
export interface Expectation {
  readonly wish: PropertyRef;
  /** Number of the request that carries the wish, where the dialect has numbers. */
  readonly request?: number;
  readonly anyOf: readonly (PropertyRef & { readonly accepts: (value: Scalar) => boolean })[];
}

/** A command in the words of a device. */
export interface Encoded {
  readonly requests: readonly Request[];
  readonly expectations: readonly Expectation[];
}

/** A frame that is of a dialect but cannot be read; `diagnostic` says why. */
export interface Unreadable {
  readonly diagnostic: string;
}

/** What there is to tell by where a frame comes from. */
export interface Listening<P extends Peer> {
  /** The devices of this dialect, by key. */
  readonly peers: ReadonlyMap<string, P>;
  readonly config: WifiConfig;
  readonly caller: Caller;
}

/**
 * How one make of device speaks MQTT. All functions are pure: what is known of a device comes in as
 * its peer and goes out as a new one.
 */
export interface Dialect<P extends Peer> {
  readonly name: string;
  /** Holds what was remembered of a device in an earlier run. */
  readonly peerSchema: z.ZodType<P>;
  /** The device that a frame on an unknown topic comes from; undefined when it is not this dialect. */
  recognise(frame: Frame, known: Listening<P>): P | Unreadable | undefined;
  normalise(frame: Frame, peer: P): Hearing<P>;
  /** @throws CommandError `unsupported` for a wish the dialect cannot express */
  encode(command: Extract<Command, { type: "set" }>, peer: P, caller: Caller): Encoded;
  /** Requests that make the device tell its hardware address. */
  identify(peer: P, caller: Caller): readonly Request[];
  /** Requests that make the device report everything it has. */
  poll(peer: P, caller: Caller): readonly Request[];
}
