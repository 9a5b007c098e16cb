import type { Scalar } from "../model/scalar.ts";

/** Somebody who can be told something. */
export interface Recipient {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** What an alarm is about, in no language. */
export interface AlarmWords {
  readonly kind:
    | "below"
    | "above"
    | "is"
    | "offline"
    | "stale"
    | "battery"
    | "rate"
    | "adapter"
    | "system";
  /** Of the device or adapter. */
  readonly name: string;
  /** What it is about: canonical name of the property, and its own name where it has one. */
  readonly property?:
    | {
        readonly is: string;
        readonly name?: string | undefined;
        readonly unit?: string | undefined;
      }
    | undefined;
  readonly value?: Scalar | undefined;
  /** What the owner of the rule says instead. */
  readonly message?: string | undefined;
}

/** Something to tell a person of alarms. */
export type Notice =
  | {
      readonly type: "raised";
      readonly number: number;
      readonly words: AlarmWords;
      readonly atMs: number;
    }
  /** For the record: nobody has to answer. */
  | { readonly type: "info"; readonly words: AlarmWords; readonly atMs: number }
  | { readonly type: "taken"; readonly number: number; readonly who: string }
  /** What came right. */
  | { readonly type: "over"; readonly alarms: readonly DigestLine[] }
  /** Several at once, or one that comes and goes. */
  | { readonly type: "digest"; readonly alarms: readonly DigestLine[] }
  /** What was held back while it was quiet. */
  | { readonly type: "quiet"; readonly alarms: readonly DigestLine[] };

export interface DigestLine {
  readonly number: number;
  readonly words: AlarmWords;
  /** How often it came. */
  readonly count: number;
  /** It came right meanwhile. */
  readonly isOver: boolean;
}

/** How a part of Koine reaches people, in their language, whatever carries it. */
export interface Notifier {
  people(): readonly Recipient[];
  /**
   * Tells somebody; resolves to whether the channel has it. The same id is never sent twice.
   * @param failed called when the channel gives it up later
   */
  tell(person: string, id: string, notice: Notice, failed: () => void): Promise<boolean>;
  /** Lets a phone ring, where the channel can. */
  call(person: string, id: string): Promise<boolean>;
  /** The words of an alarm in the language of the gateway, for the bus. */
  text(words: AlarmWords): string;
}
