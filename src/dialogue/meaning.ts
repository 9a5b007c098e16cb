/** What somebody wants a device to do, before it is known what the device can do. */
export const verbs = ["on", "off", "open", "close", "stop", "lock", "unlock", "set"] as const;
export type Verb = (typeof verbs)[number];

/** What is asked of the gateway itself. */
export const plainCommands = ["status", "menu", "more", "help", "balance", "who", "log"] as const;
export type PlainCommand = (typeof plainCommands)[number];

/** An act on one device. */
export interface Act {
  readonly type: "act";
  /** Id of the device. */
  readonly target: string;
  readonly verb: Verb;
  /** Of `set`, and of opening part of the way. */
  readonly value?: number;
  /** How long it is to last, in ms. */
  readonly forMs?: number;
  /** From the person's one-time list. */
  readonly code?: string;
}

/** What a text means. Devices are named by their ids. */
export type Meaning =
  | { readonly type: PlainCommand }
  /** One word of a bare number: of the last menu, of a device, or nothing. */
  | { readonly type: "number"; readonly number: number; readonly targets: readonly string[] }
  | { readonly type: "code"; readonly code: string }
  | { readonly type: "ok"; readonly alarm?: number }
  | { readonly type: "no" }
  | { readonly type: "mute"; readonly alarm?: number; readonly forMs?: number }
  | { readonly type: "language"; readonly language?: string }
  | { readonly type: "add"; readonly number: string; readonly name: string; readonly code?: string }
  | {
      readonly type: "warn";
      readonly target: string;
      readonly property?: string;
      readonly side: "below" | "above";
      readonly limit: number;
    }
  | { readonly type: "unwarn"; readonly target: string }
  | { readonly type: "read"; readonly targets: readonly string[]; readonly property?: string }
  | Act
  /** The same act on several devices; only towards the safe side. */
  | { readonly type: "off"; readonly targets: readonly string[] }
  /** Bare when nothing but "off" was said. */
  | { readonly type: "all_off"; readonly isBare: boolean }
  /** An act of which something was guessed or not understood: never done without asking. */
  | { readonly type: "guess"; readonly act: Act }
  /** Several fit: each as the meaning it would have. */
  | { readonly type: "which"; readonly choices: readonly (Act | Read)[] }
  | { readonly type: "unknown" };

export interface Read {
  readonly type: "read";
  readonly targets: readonly string[];
  readonly property?: string;
}
