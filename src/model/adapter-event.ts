import type { PropertyRef, Ref } from "./identity.ts";
import type { Result } from "./result.ts";
import type { Scalar } from "./scalar.ts";
import type { Availability, Quality } from "./state.ts";
import type { Access, DeviceClass, PropertyKind, PropertyType } from "./vocabulary.ts";

/**
 * Everything an adapter tells. Devices are named by their identifiers and properties by what they
 * are; ids, keys and topics are the registry's business. Plain data: it may cross a thread.
 */
export type AdapterEvent =
  | { readonly type: "device"; readonly ref: Ref; readonly facts: DeviceFacts }
  | { readonly type: "gone"; readonly ref: Ref }
  | { readonly type: "readings"; readonly ref: Ref; readonly values: readonly Reading[] }
  | {
      readonly type: "event";
      readonly ref: Ref;
      readonly scope: Scope;
      readonly data: EventData;
      /**
       * Of a public event: an entry of the adapter's own store, which is there already, and its new
       * value. It has that when, and only when, the event is told: once, whatever happens.
       */
      readonly note?: { readonly key: string; readonly value: string };
    }
  | { readonly type: "availability"; readonly ref: Ref; readonly value: Availability }
  /** Something that happened to the link or to a device of it, such as `join`: `bridge/event/<name>`. */
  | {
      readonly type: "notice";
      readonly name: string;
      readonly ref?: Ref;
      readonly data: Readonly<Record<string, Scalar>>;
    }
  /** Who is in reach of the link and no device of it: `bridge/seen/<adapter>`, the last one counts. */
  | { readonly type: "seen"; readonly data: Readonly<Record<string, Scalar>> }
  /** A later stage of a command that `execute` answered with `queued`. */
  | { readonly type: "result"; readonly commandId: string; readonly result: CommandResult }
  | {
      readonly type: "diagnostic";
      readonly ref?: Ref;
      readonly code: string;
      readonly message?: string;
      /** Nothing was wrong: the owner of the device should know. */
      readonly isNote?: boolean;
    };

/** `local` never leaves the process: not to a broker, not into retained state, not into a log. */
export type Scope = "public" | "local";

/** What is known of a device. Facts add up: what is absent stays as it was. */
export interface DeviceFacts {
  readonly name?: string;
  /** Only where the properties do not tell. */
  readonly classes?: readonly DeviceClass[];
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly hardware?: string;
  readonly sleepy?: boolean;
  readonly via?: Ref;
  /** Seconds between reports, where the device says so; learned otherwise. */
  readonly intervalS?: number;
  readonly properties?: readonly PropertyFacts[];
}

/** What is known of one property; type, unit, access and range come from the vocabulary. */
export interface PropertyFacts extends PropertyRef {
  /** Leave the part out of the key while this is the first of its kind on the device. */
  readonly optionalPart?: boolean;
  readonly name?: string;
  readonly class?: string;
  /** Needed for `x_…` only. */
  readonly type?: PropertyType;
  readonly unit?: string;
  readonly access?: Access;
  readonly kind?: PropertyKind;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly values?: readonly string[];
  readonly source?: string;
}

/** One value of one property. `null` means the device says it does not know. */
export interface Reading extends PropertyRef {
  readonly value: Scalar;
  readonly quality?: Quality;
  /** What the device sent, where it is not the value itself; for whoever looks for a mistake. */
  readonly raw?: Scalar;
  /** How that became the value, in a few words: `× 0.001`. */
  readonly conversion?: string;
  /** Where it came in, such as a topic. */
  readonly from?: string;
  /** Ms since 1970 by the device's clock, only where it has a zone or is Unix time. */
  readonly measuredAtMs?: number;
}

/** Something that happened at a moment: `{name: "action", action: "press", part: "2"}`. */
export interface EventData {
  readonly name: string;
  readonly action: string;
  readonly part?: string;
  readonly steps?: number;
  /** More fields, such as the body of a text for local subscribers. */
  readonly data?: { readonly [field: string]: Scalar };
}

/** How a command ended, as the wire said it. */
export interface CommandResult {
  readonly status: "done" | "partial" | "queued" | "failed" | "timeout" | "expired";
  readonly confirmedBy?: Result["confirmed_by"];
  /** Of a queued command: what stage a later result is about. */
  readonly stage?: string;
  readonly code?: Result["code"];
  readonly message?: string;
  readonly errors?: readonly (PropertyRef & {
    readonly code: NonNullable<Result["code"]>;
    readonly message?: string;
  })[];
}
