import type {
  Availability,
  Command,
  DeviceFacts,
  EventData,
  PropertyRef,
  Ref,
  Scalar,
  z,
} from "koine/adapter";
import type { Caller } from "./caller.ts";
import type { WifiConfig } from "./config.ts";
import type { Observation } from "../reading/observation.ts";
import type { Frame, Request } from "../mqtt/frame.ts";

/** What a dialect remembers of one device it talks to. Plain data, kept over restarts. */
export interface Peer {
  /** Unique within the dialect. */
  readonly key: string;
  readonly ref: Ref;
  /** The topics of this device without their last level. */
  readonly bases: readonly string[];
  /** Topics below which everything, however deep, is this device's. */
  readonly roots?: readonly string[] | undefined;
  /** Single topics, which it may share with other devices. */
  readonly topics?: readonly string[] | undefined;
  /** Topics that are its alone: whoever else has one of them is the same device. */
  readonly claims?: readonly string[] | undefined;
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
  /** What was sent, of a device that sends everything several times; the copies are dropped. */
  readonly copyOf?: string;
}

/** A device's answer to a numbered request of ours. */
export interface Answer {
  readonly number: number;
  /** What the device refused, in its words. */
  readonly error?: string;
}

/** What `explain` may say of a device, or a counter of all: why a frame was not read, or what its owner should know. */
export const diagnostics = [
  "bad_payload",
  "bad_value",
  "maybe_replaces",
  "too_many_devices",
  "unreadable_description",
] as const;
export type Diagnostic = (typeof diagnostics)[number];

/** A remark about a device, which `explain` shows. */
export interface Note {
  readonly ref: Ref;
  readonly code: Diagnostic;
  readonly message: string;
}

/** Everything one frame says. */
export interface Hearing<P extends Peer> {
  /** The peer with what was learned, when something was. */
  readonly peer?: P;
  /** Other peers of which something was learned, such as all devices of a bridge. */
  readonly others?: readonly P[];
  /** Keys of peers that are no more. */
  readonly gone?: readonly string[];
  readonly devices: readonly Heard[];
  readonly answer?: Answer;
  /** Why the frame could not be read. */
  readonly diagnostic?: Diagnostic;
  /** What the owner of a device should know of it. */
  readonly notes?: readonly Note[];
}

/** What shows that one wish came true: the first of these observations that fits, if there are any. */
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
  readonly diagnostic: Diagnostic;
}

/** A frame that is of a dialect but of no device: nobody else need look at it. */
export interface Ignored {
  readonly ignored: true;
}

/** What there is to tell by where a frame comes from. */
export interface Listening<P extends Peer> {
  /** The devices of this dialect, by key. */
  readonly peers: ReadonlyMap<string, P>;
  readonly config: WifiConfig;
  readonly caller: Caller;
}

/** A device that is known before it is heard. */
export interface Introduction<P extends Peer> {
  readonly peer: P;
  readonly facts: DeviceFacts;
}

/**
 * Whom to believe when two dialects speak of one device: the device in its own words, somebody's
 * description of it, or a guess by the shape of its topics.
 */
export const ranks = ["native", "described", "guessed"] as const;
export type Rank = (typeof ranks)[number];

/**
 * How one make of device speaks MQTT. All functions are pure: what is known of a device comes in as
 * its peer and goes out as a new one.
 */
export interface Dialect<P extends Peer> {
  readonly name: string;
  readonly rank: Rank;
  /** A device tells all it has with every message: it need not be asked when it is first heard. */
  readonly tellsAll?: boolean;
  /** Holds what was remembered of a device in an earlier run; absent where it is all told anew. */
  readonly peerSchema?: z.ZodType<P>;
  /** The device that a frame on an unknown topic comes from; undefined when it is not this dialect. */
  recognise(frame: Frame, known: Listening<P>): P | Unreadable | Ignored | undefined;
  normalise(frame: Frame, peer: P, known: Listening<P>): Hearing<P>;
  /** The devices that the configuration names, before they are heard. */
  introduce?(config: WifiConfig): readonly Introduction<P>[];
  /** @throws CommandError `unsupported` for a wish the dialect cannot express */
  encode(command: Extract<Command, { type: "set" }>, peer: P, caller: Caller): Encoded;
  /** Requests that make the device tell its hardware address; none where it cannot be asked. */
  identify(peer: P, caller: Caller): readonly Request[];
  /** Requests that make the device report everything it has. */
  poll(peer: P, caller: Caller): readonly Request[];
}
