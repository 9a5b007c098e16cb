import { templateLimits } from "./limits.ts";
import { EvaluationError } from "./template-error.ts";

/** Counts what a rendering does, and ends it where it does too much. */
export class Meter {
  #left: number = templateLimits.steps;

  /** @throws EvaluationError when nothing is left */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationError("The template takes too many steps");
  }

  /** Counts a text by its length, before it is worked on. */
  spendOn(text: string): string {
    this.spend(Math.floor(text.length / templateLimits.charactersPerStep));
    return text;
  }
}

/**
 * Lets a text pass that was made, if it is short enough.
 * @throws EvaluationError
 */
export function shortEnough(length: number): void {
  if (length > templateLimits.output) throw new EvaluationError("The text grows too long");
}
