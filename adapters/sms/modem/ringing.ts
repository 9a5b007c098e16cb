import { reasonOf, type Clock } from "koine/adapter";
import type { Engine } from "../at/engine.ts";
import { AtFailure } from "../at/failure.ts";
import { isCallAnswered, isCallOver } from "../at/words.ts";
import { limits } from "../limits.ts";
import { isCallable } from "../number.ts";

/** What became of a call. */
export type Called =
  /** It was made and hung up; with a message when it did not ring for as long as it should. */
  | { readonly outcome: "made"; readonly message?: string }
  | { readonly outcome: "refused"; readonly message: string }
  /** The modem was not told to make it. */
  | { readonly outcome: "not_made"; readonly message: string }
  /** The phone may have rung, or not. */
  | { readonly outcome: "unknown"; readonly message: string };

/** Hanging up, as all modems for phone calls know it, and as older ones do (3GPP TS 27.007, 6.5). */
const hangUps = ["AT+CHUP", "ATH"] as const;

/**
 * One call: dialled, and hung up after a while. In between the modem is free for texts; it is only
 * asked now and then whether somebody has answered, for not all of them say so.
 */
export class Ringing {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #early = new AbortController();
  /** The modem was told to make it, and has said that it does. */
  #isDialled = false;
  #isTaken = false;
  /** There is nothing to hang up any more. */
  #isOver = false;
  /** Why it did not ring for as long as it should. */
  #why: string | undefined;
  #canLook = true;
  /** It was among the calls that the modem has. */
  #wasSeen = false;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** What the modem says unasked. */
  hear(line: string): void {
    // What is said before is said of another call.
    if (!this.#isDialled) return;
    if (isCallAnswered(line)) this.end("It was answered");
    else if (isCallOver(line)) this.#ended(`It ended early: ${line}`);
  }

  /** Hangs up before its time. */
  end(why: string): void {
    this.#why ??= why;
    this.#early.abort();
  }

  #ended(why: string): void {
    this.#isOver = true;
    this.end(why);
  }

  /**
   * Resolves when it is hung up. Never rejects.
   * @param ringMs how long it rings, from when the modem has dialled
   */
  async run(number: string, ringMs: number): Promise<Called> {
    if (!isCallable(number)) {
      return { outcome: "refused", message: "This number cannot be called" };
    }
    if (this.#why !== undefined) return { outcome: "not_made", message: this.#why };
    try {
      await this.#dial(number, ringMs);
      await this.#ring(ringMs);
      return await this.#hangUp();
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Resolves when the modem has taken the number. */
  async #dial(number: string, ringMs: number): Promise<void> {
    await this.#engine.run(`ATD${number};`, {
      isCall: true,
      // One that says nothing before somebody answers keeps texts waiting: not for longer than it rings.
      timeoutMs: Math.max(ringMs, limits.answerMs),
      begun: () => (this.#isDialled = true),
    });
    this.#isTaken = true;
  }

  /** What is not known to be dialled may ring all the same. */
  async #failed(error: unknown): Promise<Called> {
    const message = reasonOf(error);
    if (!this.#isDialled) return { outcome: "not_made", message };
    if (!(error instanceof AtFailure)) return { outcome: "unknown", message };
    if (error.kind === "refused") return { outcome: "refused", message };
    if (error.kind === "silent" && !this.#isTaken) await hangUpLeft(this.#engine);
    return { outcome: "unknown", message };
  }

  async #ring(ringMs: number): Promise<void> {
    const { signal } = this.#early;
    const endsAt = this.#clock.monotonic() + ringMs;
    for (let left = ringMs; left > 0 && !signal.aborted;) {
      await this.#clock.sleep(Math.min(left, limits.callLookMs), signal).catch(() => {});
      left = endsAt - this.#clock.monotonic();
      if (left > 0 && !signal.aborted && this.#canLook) await this.#look();
    }
  }

  /** Looks at the calls that the modem has (3GPP TS 27.007, 7.18): voice, and made from here. */
  async #look(): Promise<void> {
    try {
      const lines = await this.#engine.run("AT+CLCC", { answer: "+CLCC", isUrgent: true });
      const states = lines.flatMap(
        ({ line }) => /:\s*\d+\s*,\s*0\s*,\s*(\d)\s*,\s*0\b/.exec(line)?.[1] ?? [],
      );
      if (states.includes("0")) this.end("It was answered");
      if (states.length === 0 && this.#wasSeen) this.#ended("It ended early");
      this.#wasSeen = states.length > 0;
    } catch (error) {
      if (!(error instanceof AtFailure) || error.kind === "gone") throw error;
      this.#canLook = false;
    }
  }

  async #hangUp(): Promise<Called> {
    // Also where it is over: what has ended may have been another call.
    const refusal = await hangUp(this.#engine);
    if (refusal !== undefined && !this.#isOver) return { outcome: "refused", message: refusal };
    const message = this.#why;
    return { outcome: "made", ...(message !== undefined && { message }) };
  }
}

/**
 * Hangs up; resolves to why the modem does not, if so.
 * @throws AtFailure when it says nothing, or is gone
 */
async function hangUp(engine: Engine): Promise<string | undefined> {
  let failure: AtFailure | undefined;
  for (const command of hangUps) {
    try {
      await engine.run(command, { timeoutMs: limits.hangUpMs, isUrgent: true });
      return undefined;
    } catch (error) {
      if (!(error instanceof AtFailure) || error.kind === "gone") throw error;
      failure = error;
    }
  }
  if (failure?.kind === "silent") throw failure;
  return failure?.message;
}

/**
 * Hangs up what may be left of a call. Never rejects: a modem that makes none need not know how, and of
 * one that is gone the next command tells.
 */
export async function hangUpLeft(engine: Engine): Promise<void> {
  await hangUp(engine).catch(() => {});
}
