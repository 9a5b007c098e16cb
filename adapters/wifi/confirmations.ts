import { propertyText, type CommandResult, type PropertyRef, type Scalar } from "koine/adapter";
import type { Answer, Encoded, Expectation, Observation, Peer } from "./dialect.ts";

/** One command that waits for the device to show that it came true. */
export class Pending {
  readonly peer: string;
  /** Called after everything that may have changed the outcome. */
  changed: () => void = () => {};
  readonly #expectations: readonly Expectation[];
  readonly #confirmed = new Map<Expectation, "report" | "ack">();
  /** Requests the device has still to answer. */
  readonly #unanswered: Set<number>;
  readonly #hasAnswers: boolean;
  /** What the device reported instead of what was wished. */
  readonly #contradictions = new Map<Expectation, Scalar>();
  #refusal: string | undefined;

  constructor(peer: Peer, { requests, expectations }: Encoded) {
    this.peer = peer.key;
    this.#expectations = expectations;
    this.#unanswered = new Set(requests.flatMap(({ number }) => number ?? []));
    this.#hasAnswers = this.#unanswered.size > 0;
  }

  /** Whether the device reported every wish, or refused. */
  get isSettled(): boolean {
    return this.#refusal !== undefined || this.#confirmed.size === this.#expectations.length;
  }

  /** Whether the device took every request and reported nothing that contradicts it. */
  get isAcknowledged(): boolean {
    return this.#hasAnswers && this.#unanswered.size === 0 && this.#contradictions.size === 0;
  }

  observe(observations: readonly Observation[]): void {
    for (const expectation of this.#expectations) {
      if (this.#confirmed.get(expectation) === "report") continue;
      for (const observation of observations) this.#hold(expectation, observation);
    }
    this.changed();
  }

  answer({ number, error }: Answer): void {
    if (!this.#unanswered.delete(number)) return;
    this.#refusal ??= error;
    this.changed();
  }

  /** How the command stands, for the last word. */
  result(): CommandResult {
    if (this.#refusal !== undefined) {
      return {
        status: "failed",
        code: "device_error",
        message: `The device refuses: ${this.#refusal}`,
      };
    }
    const open = this.#expectations.filter((expectation) => !this.#confirmed.has(expectation));
    const unproven = this.isAcknowledged ? [] : open;
    const weak = open.length > 0 || [...this.#confirmed.values()].includes("ack");
    if (unproven.length === 0) return { status: "done", confirmedBy: weak ? "ack" : "report" };
    const errors = unproven.map((expectation) => ({
      ...expectation.wish,
      code: "no_answer" as const,
      message: this.#explain(expectation),
    }));
    return unproven.length === this.#expectations.length
      ? { status: "timeout", code: "no_answer", errors }
      : { status: "partial", confirmedBy: weak ? "ack" : "report", errors };
  }

  #hold(expectation: Expectation, { facts, value, echo }: Observation): void {
    const name = propertyText(facts);
    const fitting = expectation.anyOf.find(
      (one) => propertyText(one) === name && one.accepts(value),
    );
    if (fitting) {
      this.#confirmed.set(expectation, echo === true ? "ack" : "report");
      this.#contradictions.delete(expectation);
    } else if (echo !== true && propertyText(expectation.wish) === name) {
      this.#contradictions.set(expectation, value);
    }
  }

  #explain(expectation: Expectation): string {
    const reported = this.#contradictions.get(expectation);
    return reported === undefined
      ? "The device reported nothing"
      : `The device reports ${JSON.stringify(reported)}`;
  }
}

/** A read that waits for the device to report. */
export class PendingRead {
  readonly peer: string;
  /** Called after each report. */
  changed: () => void = () => {};
  readonly #wanted: readonly PropertyRef[];
  readonly #missing: Set<string>;
  #reports = 0;

  constructor(peer: Peer, wanted: readonly PropertyRef[]) {
    this.peer = peer.key;
    this.#wanted = wanted;
    this.#missing = new Set(wanted.map(propertyText));
  }

  /** Whether everything that was asked for by name has been reported. */
  get isSettled(): boolean {
    return this.#wanted.length > 0 && this.#missing.size === 0;
  }

  get hasReports(): boolean {
    return this.#reports > 0;
  }

  observe(observations: readonly Observation[]): void {
    if (observations.length === 0) return;
    this.#reports += 1;
    for (const { facts } of observations) this.#missing.delete(propertyText(facts));
    this.changed();
  }

  result(): CommandResult {
    if (this.#reports === 0) return { status: "timeout", code: "no_answer" };
    if (this.#missing.size === 0) return { status: "done", confirmedBy: "report" };
    const errors = this.#wanted
      .filter((property) => this.#missing.has(propertyText(property)))
      .map((property) => ({ ...property, code: "no_answer" as const }));
    return errors.length === this.#wanted.length
      ? { status: "timeout", code: "no_answer", errors }
      : { status: "partial", confirmedBy: "report", errors };
  }
}
