import type { Clock } from "koine/adapter";

/** What becomes of a call to a phone. */
export type Ringing = "rings" | "busy" | "answers";

/** A call to a phone. */
export interface Rung {
  readonly to: string;
  readonly atMs: number;
  /** How long it rang, in ms; undefined as long as it does. */
  rangMs: number | undefined;
}

/** What a modem is told of a call that it makes. */
export interface Listener {
  readonly answered: () => void;
  readonly ended: (reason: "BUSY" | "NO ANSWER") => void;
}

/** How long somebody takes to answer, the network to say that a phone is busy, and to let one ring. */
const answerAfterMs = 1_500;
const busyAfterMs = 300;
const noAnswerAfterMs = 90_000;

/** A call from a modem to a phone, as the network has it. */
export class NetworkCall {
  readonly rung: Rung;
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #startedAt: number;
  #state: "rings" | "talks" | "over" = "rings";

  constructor(clock: Clock, to: string, fate: Ringing, listener: Listener) {
    this.rung = { to, atMs: clock.now(), rangMs: undefined };
    this.#clock = clock;
    this.#listener = listener;
    this.#startedAt = clock.monotonic();
    if (fate === "answers") this.#after(answerAfterMs, () => this.#answer());
    else if (fate === "busy") this.#after(busyAfterMs, () => this.#end("BUSY"));
    else this.#after(noAnswerAfterMs, () => this.#end("NO ANSWER"));
  }

  get state(): "rings" | "talks" | "over" {
    return this.#state;
  }

  hangUp(): void {
    this.#reach("over");
  }

  #answer(): void {
    this.#reach("talks");
    this.#listener.answered();
  }

  #end(reason: "BUSY" | "NO ANSWER"): void {
    this.#reach("over");
    this.#listener.ended(reason);
  }

  #reach(state: "talks" | "over"): void {
    this.rung.rangMs ??= this.#clock.monotonic() - this.#startedAt;
    this.#state = state;
  }

  /** Unless it is over by then. */
  #after(ms: number, then: () => void): void {
    this.#clock.after(ms, () => {
      if (this.#state === "rings") then();
    });
  }
}
