import type { Deed } from "./acts.ts";
import type { PhraseName } from "./language.ts";
import type { Level, LevelRule } from "./levels.ts";
import type { Lexicon } from "./lexicon.ts";
import type { Memory } from "./memory.ts";
import type { Person } from "./person.ts";
import type { Fillings } from "./phrases.ts";
import type { Right } from "./rights.ts";
import type { Target, Targets } from "./targets.ts";
import type { OpenAlarm } from "./open-alarms.ts";

/** What the configuration says of the dialogue, and what is known of the world. */
export interface Surroundings {
  readonly lexicon: Lexicon;
  readonly targets: () => Targets;
  readonly alarms: () => readonly OpenAlarm[];
  readonly people: () => readonly Person[];
  readonly language: string;
  readonly owners: readonly string[];
  readonly rights: readonly Right[];
  readonly levels: readonly LevelRule[];
  /** The level of one device, where the configuration has one. */
  readonly levelOf: (target: Target) => Level | undefined;
  /** How long a device is on when nobody says how long, in ms. */
  readonly onMsOf: (target: Target) => number;
  /** Whether "all off" is about it. */
  readonly isInAllOff: (target: Target) => boolean;
  /** What this person has started and what has not ended; and whether all of it is known to run. */
  readonly startedBy: (person: Person) => {
    readonly targets: readonly Target[];
    readonly isSure: boolean;
  };
  /** Whether something was started of which nobody knows yet, or that is to end by itself. */
  readonly isStarted: (device: string, key: string) => boolean;
  /** What the network says is left on the SIM. */
  readonly balances: () => readonly string[];
  /** A number that nobody can guess, below the given one. */
  readonly randomBelow: (most: number) => number;
}

/** A text as it came in. */
export interface Said {
  readonly body: string;
  readonly nowMs: number;
  /** How long it was on its way, in ms; undefined when no clock can tell. */
  readonly ageMs: number | undefined;
  /** By the clock of the network, in ms since 1970. */
  readonly sentAtMs?: number | undefined;
}

/** One deed that is to be done, for one target. */
export interface Errand {
  readonly target: Target;
  readonly deed: Deed;
  /** Until when it is to last, in ms since 1970. */
  readonly untilMs?: number;
}

/** Something that is asked of another part of Koine, and what is said when it agrees or refuses. */
export interface Inquiry {
  readonly verb: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly agreed: string;
  readonly refused: string;
}

/** What follows from a text. */
export interface Decision {
  readonly memory: Memory;
  /** What is answered, where that is known already. */
  readonly answer?: { readonly text: string; readonly class: "answer" | "code" };
  /** What is done; the answer is made of what the devices say then. */
  readonly errands?: readonly Errand[];
  /** Everything is to be off: one answer for all. */
  readonly isAllOff?: boolean;
  readonly inquiry?: Inquiry;
  /** What the owners are told. */
  readonly toOwners?: { readonly phrase: PhraseName; readonly fillings: Fillings };
}
