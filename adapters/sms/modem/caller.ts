import type { Clock } from "koine/adapter";
import { isCallOver } from "../at/words.ts";
import { limits } from "../limits.ts";

/** Who calls. A phone that rings says so again and again: it is one call until it is over. */
export class Caller {
  readonly #clock: Clock;
  #number: string | undefined;
  /** Monotonic ms when it last rang. */
  #rangAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of a call that begins with this line of the modem. */
  hear(line: string): string | undefined {
    if (isCallOver(line)) this.#number = undefined;
    const number = /^\+CLIP:\s*"(?<number>[+\d]+)"/.exec(line)?.groups?.["number"];
    if (number === undefined) return undefined;
    const now = this.#clock.monotonic();
    const isKnown = number === this.#number && now - this.#rangAt < limits.ringsApartMs;
    this.#number = number;
    this.#rangAt = now;
    return isKnown ? undefined : number;
  }
}
