import { propertyText, type CommandResult, type PropertyRef, type Scalar } from "koine/adapter";
import type { Observation } from "../reading/observation.ts";
import type { Expectation } from "./wishes.ts";

type WishError = NonNullable<CommandResult["errors"]>[number];

/** Properties that take their time: what they report on the way contradicts nothing. */
const gradual = new Set(["position", "tilt", "brightness", "color", "color_temperature"]);

/** One command that waits for a device to show that it came true. */
export class Confirmation {
  /** Resolves when every wish is confirmed or refused. */
  readonly settled: Promise<void>;
  readonly #expectations: readonly Expectation[];
  readonly #confirmed = new Set<Expectation>();
  readonly #refused = new Map<Expectation, WishError>();
  /** What was reported instead of what was wished. */
  readonly #contradictions = new Map<Expectation, Scalar>();
  #settle: () => void = () => {};

  constructor(expectations: readonly Expectation[]) {
    this.#expectations = expectations;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Wishes of which nothing was heard yet, but can be. */
  get open(): readonly Expectation[] {
    return this.#expectations.filter(
      (one) => !this.#confirmed.has(one) && !this.#refused.has(one) && one.anyOf.length > 0,
    );
  }

  /** Whether something was reported that is not as it was wished. */
  get isContradicted(): boolean {
    return this.#contradictions.size > 0;
  }

  observe(observations: readonly Observation[]): void {
    for (const expectation of this.open) {
      for (const { facts, value } of observations) this.#hold(expectation, facts, value);
    }
    this.#look();
  }

  /** The device refused some wishes, or could not be told. */
  refuse(wishes: readonly PropertyRef[], error: Omit<WishError, "is" | "part">): void {
    const names = new Set(wishes.map(propertyText));
    for (const expectation of this.#expectations) {
      if (!names.has(propertyText(expectation.wish)) || this.#confirmed.has(expectation)) continue;
      this.#refused.set(expectation, { ...expectation.wish, ...error });
    }
    this.#look();
  }

  /**
   * How the command stands, now that all that was not refused is said.
   * @param unreported what stands for a report where there was none
   */
  result(unreported: "ack" | "none"): CommandResult {
    const contradicted = [...this.#contradictions].map(([{ wish }, reported]) => ({
      ...wish,
      code: "no_answer" as const,
      message: `The device reports ${JSON.stringify(reported)}`,
    }));
    const errors = [...this.#refused.values(), ...contradicted];
    const confirmedBy =
      this.#confirmed.size === this.#expectations.length - this.#refused.size
        ? "report"
        : unreported;
    const [first] = errors;
    if (!first) return { status: "done", confirmedBy };
    if (errors.length < this.#expectations.length)
      return { status: "partial", confirmedBy, errors };
    const { code, message } = first;
    const status = code === "no_answer" ? "timeout" : "failed";
    return { status, code, ...(message !== undefined && { message }), errors };
  }

  #hold(expectation: Expectation, facts: PropertyRef, value: Scalar): void {
    const name = propertyText(facts);
    const fitting = expectation.anyOf.filter((one) => propertyText(one) === name);
    if (fitting.some(({ accepts }) => accepts(value))) {
      this.#confirmed.add(expectation);
      this.#contradictions.delete(expectation);
    } else if (propertyText(expectation.wish) === name && !gradual.has(facts.is)) {
      this.#contradictions.set(expectation, value);
    }
  }

  #look(): void {
    if (this.open.length === 0) this.#settle();
  }
}
