/** A text, or one piece of it, that is to leave. */
export interface Outgoing {
  /** Names this attempt in the whole world, so that it can be asked after, and is not taken twice. */
  readonly id: string;
  /** As the whole world dials it. */
  readonly to: string;
  readonly body: string;
  /** Which of the pieces the route takes the text in. */
  readonly piece: number;
  /** Tells the pieces of this text from those of another one, 0…255. */
  readonly reference: number;
  /** How long it is worth delivering, in s. */
  readonly validityS: number;
}

/** What a refusal means. */
export type Refusal =
  /** The text cannot arrive, whoever carries it: to send it again costs the same and brings nothing. */
  | "final"
  /** This route will never carry it: another one may. */
  | "not_here"
  /** This route carries nothing until a person has done something about it. */
  | "route"
  /** The person, the network or the provider cannot take it now. */
  | "temporary";

/** How an attempt to send ended. */
export type Sent =
  /**
   * The network has it, or the provider has it among those to be sent. With what the route calls it,
   * or each of its messages; nothing where it did not say, or a noisy line has spoilt that.
   */
  | { readonly outcome: "sent" | "accepted"; readonly references: readonly string[] }
  | {
      readonly outcome: "refused";
      readonly refusal: Refusal;
      /** Without the number and the text: it is told and logged. */
      readonly message: string;
      /** The route wants to be left alone for so long. */
      readonly retryAfterMs?: number;
      /** It may have the text for all that: none that must not come twice is sent again. */
      readonly isDoubtful?: boolean;
    }
  /** The route may have it, or not. */
  | { readonly outcome: "unknown"; readonly message: string };

/** What a route says later of a text that it had. */
export interface Progress {
  readonly route: string;
  /** What the route calls it, or one of its messages. */
  readonly reference: string;
  /** The id of the attempt, where the route gives it back. */
  readonly attempt?: string;
  readonly stage: "sent" | "delivered" | "failed";
  /** Why it failed, and whether it may work another time. */
  readonly message?: string;
  readonly isPassing?: boolean;
  /** Of a long text, it may be about one message of it alone. */
  readonly isOfOnePart?: boolean;
  /** Where references come again: who it went to, and when the network had it. */
  readonly to?: string;
  readonly sentAtMs?: number | undefined;
}

/** A way for texts to leave by. */
export interface Route {
  readonly name: string;
  /** Whether it can take a text now. */
  readonly isReady: boolean;
  /** What each piece of a text costs, in the currency of the budget. */
  readonly price: number;
  /** In how many pieces it takes a text. */
  pieces(body: string): number;
  /** Sends one piece. Never rejects. */
  send(text: Outgoing): Promise<Sent>;
  /**
   * Whether it has a text of which that is not known; undefined where it cannot tell. Absent where
   * nobody can be asked.
   */
  readonly find?: (text: Outgoing, tried: Tried) => Promise<Found | undefined>;
  /** What became of a text; undefined while that is no news. Absent where it says so by itself. */
  readonly ask?: (reference: string) => Promise<Progress | undefined>;
}

export type Found = { readonly reference: string } | "absent";

/** An attempt of which nothing is known. */
export interface Tried {
  /** Ms since 1970 when it was made. */
  readonly atMs: number;
  /** Whether what a route calls so is another text of ours. */
  readonly isOther: (reference: string) => boolean;
}
