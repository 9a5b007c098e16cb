/**
 * The contract between Koine and an adapter, and all an adapter may import: `koine/adapter`.
 */
import type { Duplex } from "node:stream";
import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { AdapterEvent, CommandResult } from "../model/adapter-event.ts";
import type { Command } from "../model/command.ts";
import type { Ref } from "../model/identity.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "./logger.ts";
import type { Need } from "./need.ts";

/**
 * Where an adapter runs, weakest first. A thread of its own contains loops, exits and full heaps; a
 * process of its own also native code that freezes or aborts.
 */
export const isolations = ["none", "worker", "process"] as const;
export type Isolation = (typeof isolations)[number];

/** A kind of adapter. Importing its module does nothing; everything starts in `run`. */
export interface AdapterKind<Config> {
  /** `wifi`: the word after `use:` in the configuration, and the log field. */
  readonly kind: string;
  /** `import.meta.url` of the module that exports this kind: how a worker or a process finds it. */
  readonly module: string;
  /** Where Koine runs it; the configuration may only choose a stronger one. */
  readonly isolation: Isolation;
  /** In a process of its own: what its environment has before anything of the adapter is loaded. */
  readonly env?: Readonly<Record<string, string>>;
  /** Strict: an unknown key is an error. Every key is described, defaults live here only. */
  readonly configSchema: z.ZodType<Config>;
  /** What may be asked of it over `bridge/request/<adapter>/<verb>`, by verb. */
  readonly requests?: Readonly<Record<string, RequestSpec>>;
  /** What the command line can do for it while it does not run, by verb. */
  readonly tools?: Readonly<Record<string, Tool>>;
  /** What it needs of the machine and the network, for `koine doctor` and the service. Opens nothing. */
  needs?(config: Config): readonly Need[];
  /** Makes an adapter without opening or reading anything. Secrets arrive resolved. */
  create(config: Config): Adapter;
  /** What an adapter of this kind tells of one message on its own, without a link. */
  tryMessage?(config: Config, message: TrialMessage): readonly AdapterEvent[];
}

/** A message to try a configuration on. */
export interface TrialMessage {
  readonly topic: string;
  readonly payload: string;
}

/** One thing that may be asked of an adapter, beside commands to its devices. */
export interface RequestSpec {
  /** One sentence for help and documents. */
  readonly description: string;
  /** Strict: what comes with it. */
  readonly params: z.ZodType;
  /** What it answers is for the owner of the data alone: it is asked at the control socket, never over MQTT. */
  readonly isPrivate?: boolean;
  /** Parameters that name devices, by id or name: the adapter is given their refs instead. */
  readonly devices?: readonly string[];
}

/** Something the command line does with the folder of an adapter that does not run. */
export interface Tool {
  /** One sentence for help and documents. */
  readonly description: string;
  /** What it is told: the name of its one argument, and a sentence about it. */
  readonly argument: readonly [name: string, description: string];
  /** Whether it works with the adapter's files, so that the gateway must not run; so when absent. */
  readonly usesFiles?: boolean;
  /**
   * Does it; resolves to what to tell the person.
   * @throws KoineError with the reason
   */
  run(options: ToolOptions): Promise<readonly string[]>;
}

export interface ToolOptions {
  /** The argument. */
  readonly argument: string;
  /** The adapter's own folder, which may not exist yet. */
  readonly directory: string;
  /** Do it even where something is replaced by it. */
  readonly force: boolean;
  /** Ms since 1970. */
  readonly nowMs: number;
}

/** One adapter: the link to one world. */
export interface Adapter {
  /**
   * Owns the link for its whole life. Resolves only after `signal` aborted and every handle is
   * closed. May be called again once it has settled.
   * @throws LinkError when the link cannot be opened or is lost: run again after a delay
   * @throws ConfigError when it can never work: not run again
   */
  run(host: AdapterHost, signal: AbortSignal): Promise<void>;
  /**
   * Carries out one command, any time while `run` is pending, and answers what the wire said: a
   * write that only waits is `queued`, a protocol without replies confirms by `none`. Several run
   * at once. When `signal` aborts the answer no longer matters; of a queued command it aborts when
   * a newer one took its place, it expired, or its last word was emitted. What is queued is kept over a restart, and its later
   * stages are emitted as `result`.
   * @throws CommandError when the command cannot be carried out
   */
  execute(command: Command, signal: AbortSignal): Promise<CommandResult>;
  /** Koine does not know a device any more: describe it anew when it is heard again. */
  forget?(ref: Ref): void;
  /**
   * Answers one of the requests its kind declares, any time while `run` is pending.
   * @throws KoineError with the reason for whoever asks
   */
  request?(verb: string, params: Scalar, signal: AbortSignal): Promise<Scalar>;
}

/** What an adapter is given by Koine. */
export interface AdapterHost {
  readonly log: Logger;
  readonly clock: Clock;
  /** 0 ≤ x < 1 */
  random(): number;
  /** Tells the supervisor; `online` ends the retries. */
  status(status: LinkStatus): void;
  /**
   * Hands over what was heard. Never throws and never blocks. Bounded: under pressure readings are
   * coalesced, then the oldest dropped, and counted.
   */
  emit(event: AdapterEvent): void;
  /**
   * Resolves when all that was emitted so far is durable: only then delete it at its source.
   * @throws LinkError when something could not be written to the disk
   */
  settled(): Promise<void>;
  /**
   * Announces that the thread may stand still for so long: a guest that is silent for five seconds
   * more is replaced. At most a minute; 0 takes it back.
   */
  mayStall(ms: number): void;
  /** Adds to a counter of this adapter. */
  count(name: string, by?: number): void;
  /** A folder for files of its own, where a library keeps some; the adapter makes it when it needs it. */
  readonly directory: string;
  /** This adapter's own part of the durable store. */
  readonly store: Omit<Store, "close">;
  /**
   * A connection to an MQTT broker, before CONNECT: Koine's own, or another one at an `mqtt:` or
   * `mqtts:` address. Caller closes.
   * @throws LinkError when there is no such broker, or the signal aborts first
   */
  openMqtt(source: "own" | URL, signal: AbortSignal): Promise<Duplex>;
}

export interface LinkStatus {
  readonly state: "online" | "degraded" | "attention";
  /** A word for programs, such as `pin_needed`. */
  readonly code?: string;
  /** A sentence for the person who can mend it. */
  readonly reason?: string;
}

/** Declares an adapter kind; gives the configuration its type. */
export function defineAdapter<Config>(kind: AdapterKind<Config>): AdapterKind<Config> {
  return kind;
}

export { z } from "zod";
export {
  CommandError,
  ConfigError,
  InvariantError,
  LimitError,
  LinkError,
  ProtocolError,
  invariant,
  reasonOf,
} from "../errors.ts";
export type { Clock, Timer } from "../clock.ts";
export type { Logger } from "./logger.ts";
export type {
  BluetoothNeed,
  BrokerNeed,
  ExamineContext,
  Need,
  SerialNeed,
  ServerNeed,
} from "./need.ts";
export type { Finding, FindingCode } from "../model/finding.ts";
export { ok, problem, warning } from "../model/finding.ts";
export type { Change, Store } from "../store/store.ts";
export type {
  AdapterEvent,
  CommandResult,
  DeviceFacts,
  EventData,
  PropertyFacts,
  Reading,
} from "../model/adapter-event.ts";
export type { Command, Write } from "../model/command.ts";
export type { Identifier, PropertyRef, Ref } from "../model/identity.ts";
export {
  idScheme,
  isIdentifier,
  identifierText,
  isHardware,
  partOf,
  propertyText,
  slug,
  vendorProperty,
} from "../model/identity.ts";
export type { Scalar } from "../model/scalar.ts";
export { isList, isScalar, parseScalar, roundTo, sameValue } from "../model/scalar.ts";
export type { Availability, Quality } from "../model/state.ts";
export { gsmAlphabet } from "../model/gsm-alphabet.ts";
export { hueSaturationOf, parseColor, rgbOf } from "../model/color.ts";
export { conversionText, fromNative, toNative } from "../model/conversion.ts";
export type {
  Conversion,
  DeviceClass,
  PropertyName,
  PropertySpec,
  PropertyType,
  SourceRule,
} from "../model/vocabulary.ts";
export { rulesFrom, specOf } from "../model/vocabulary.ts";
