import {
  propertyText,
  type Clock,
  type CommandError,
  type CommandResult,
  type PropertyRef,
  type Scalar,
  type Timer,
  type Write,
} from "koine/adapter";
import type { Answer, Encoded, Expectation, Peer } from "./dialect.ts";
import type { Observation } from "../reading/observation.ts";
import { limits } from "./limits.ts";

/** Something that waits for a device, until it is settled one way or another. */
abstract class Waiting {
  /** Key of the device it waits for. */
  readonly peer: string;
  /** Resolves when there is nothing more to wait for. */
  readonly settled: Promise<void>;
  #settle: () => void = () => {};
  #failure: CommandError | undefined;

  constructor(peer: Peer) {
    this.peer = peer.key;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Ends the waiting with what is known. */
  settle(): void {
    this.#settle();
  }

  /** Ends the waiting: the device cannot be reached any more. */
  fail(reason: CommandError): void {
    this.#failure = reason;
    this.#settle();
  }

  /** @throws CommandError when the waiting was ended by `fail` */
  protected throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }
}

/** Why one wish did not come true. */
interface WishError extends PropertyRef {
  readonly code: "device_error" | "no_answer";
  readonly message: string;
}

/** One command that waits for the device to show that it came true. */
export class Pending extends Waiting {
  readonly #expectations: readonly Expectation[];
  readonly #confirmed = new Map<Expectation, "report" | "ack">();
  /** Requests the device has still to answer. */
  readonly #unanswered: Set<number>;
  readonly #hasAnswers: boolean;
  /** What the device reported instead of what was wished. */
  readonly #contradictions = new Map<Expectation, Scalar>();
  /** What the device said of wishes it refused. */
  readonly #refused = new Map<Expectation, string>();
  /** Wishes that were so before. */
  readonly #before: ReadonlySet<Expectation>;

  constructor(peer: Peer, { requests, expectations }: Encoded, writes: readonly Write[]) {
    super(peer);
    this.#expectations = expectations.map((one) => orDark(one, writes));
    this.#before = new Set(this.#expectations.filter((one) => wasSo(one, writes)));
    this.#unanswered = new Set(requests.flatMap(({ number }) => number ?? []));
    this.#hasAnswers = this.#unanswered.size > 0;
  }

  /** Whether the device reported or refused every wish that it ever says anything of. */
  get isSettled(): boolean {
    return this.#open().every(({ anyOf }) => anyOf.length === 0);
  }

  /**
   * Whether what is open was so before, by the device's last word, and nothing contradicts it: many
   * devices do not answer a wish that changes nothing.
   */
  get isUnchanged(): boolean {
    if (this.#contradictions.size > 0) return false;
    return this.#open().every((one) => one.anyOf.length === 0 || this.#before.has(one));
  }

  /** Whether the device took every request and reported nothing that contradicts it. */
  get isAcknowledged(): boolean {
    return this.#hasAnswers && this.#unanswered.size === 0 && this.#contradictions.size === 0;
  }

  observe(observations: readonly Observation[]): void {
    for (const expectation of this.#expectations) {
      const isDecided = this.#confirmed.get(expectation) === "report";
      if (isDecided || this.#refused.has(expectation)) continue;
      for (const observation of observations) this.#hold(expectation, observation);
    }
    if (this.isSettled) this.settle();
  }

  answer({ number, error }: Answer): void {
    if (!this.#unanswered.delete(number)) return;
    for (const expectation of this.#expectations) {
      if (error === undefined || expectation.request !== number) continue;
      this.#refused.set(expectation, error);
      this.#confirmed.delete(expectation);
    }
    if (this.isSettled) this.settle();
  }

  /**
   * How the command stands, for the last word.
   * @throws CommandError when the device cannot be reached any more
   */
  result(): CommandResult {
    this.throwFailure();
    const open = this.#open();
    const unproven =
      this.isAcknowledged || this.isUnchanged ? [] : open.filter(({ anyOf }) => anyOf.length > 0);
    const confirmedBy = this.#weakest(open);
    const errors = [...this.#refusals(), ...unproven.map((one) => this.#unconfirmed(one))];
    if (errors.length === 0) return { status: "done", confirmedBy };
    if (errors.length < this.#expectations.length)
      return { status: "partial", confirmedBy, errors };
    const [first] = this.#refusals();
    return first
      ? { status: "failed", code: first.code, message: first.message, errors }
      : { status: "timeout", code: "no_answer", errors };
  }

  #open(): readonly Expectation[] {
    return this.#expectations.filter((one) => !this.#confirmed.has(one) && !this.#refused.has(one));
  }

  /** A command is confirmed no better than the least of its wishes. */
  #weakest(open: readonly Expectation[]): NonNullable<CommandResult["confirmedBy"]> {
    if (open.length > 0) return this.isAcknowledged ? "ack" : "none";
    return [...this.#confirmed.values()].includes("ack") ? "ack" : "report";
  }

  #refusals(): WishError[] {
    return [...this.#refused].map(([{ wish }, reason]) => ({
      ...wish,
      code: "device_error",
      message: `The device refuses: ${reason}`,
    }));
  }

  #unconfirmed(expectation: Expectation): WishError {
    const reported = this.#contradictions.get(expectation);
    const message =
      reported === undefined
        ? "The device reported nothing"
        : `The device reports ${JSON.stringify(reported)}`;
    return { ...expectation.wish, code: "no_answer", message };
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
}

/** Many lights that are dimmed to 0 go off and keep the brightness they had. */
function orDark(expectation: Expectation, writes: readonly Write[]): Expectation {
  const { wish, anyOf } = expectation;
  const isZero = writes.some(
    (write) => propertyText(write) === propertyText(wish) && write.value === 0,
  );
  if (wish.is !== "brightness" || !isZero || anyOf.length === 0) return expectation;
  const { part } = wish;
  const dark = { is: "onoff", part, accepts: (value: Scalar) => value === false };
  return { ...expectation, anyOf: [...anyOf, dark] };
}

function wasSo({ wish, anyOf }: Expectation, writes: readonly Write[]): boolean {
  const name = propertyText(wish);
  const reported = writes.find((write) => propertyText(write) === name)?.reported;
  if (reported === undefined) return false;
  return anyOf.some((one) => propertyText(one) === name && one.accepts(reported));
}

/** A read that waits for the device to report. */
export class PendingRead extends Waiting {
  readonly #wanted: readonly PropertyRef[];
  readonly #missing: Set<string>;
  readonly #clock: Clock;
  /** Runs out when a read of everything is complete. */
  #quiet: Timer | undefined;
  #hasReports = false;

  constructor(peer: Peer, wanted: readonly PropertyRef[], clock: Clock) {
    super(peer);
    this.#wanted = wanted;
    this.#missing = new Set(wanted.map(propertyText));
    this.#clock = clock;
  }

  /** Whether everything that was named was reported. */
  get isSettled(): boolean {
    return this.#wanted.length > 0 && this.#missing.size === 0;
  }

  observe(observations: readonly Observation[]): void {
    if (observations.length === 0) return;
    this.#hasReports = true;
    for (const { facts } of observations) this.#missing.delete(propertyText(facts));
    if (this.#wanted.length === 0) this.#settleWhenQuiet();
    else if (this.isSettled) this.settle();
  }

  override settle(): void {
    this.#quiet?.cancel();
    super.settle();
  }

  /** @throws CommandError when the device cannot be reached any more */
  result(): CommandResult {
    this.throwFailure();
    if (!this.#hasReports) return { status: "timeout", code: "no_answer" };
    if (this.#missing.size === 0) return { status: "done", confirmedBy: "report" };
    const errors = this.#wanted
      .filter((property) => this.#missing.has(propertyText(property)))
      .map((property) => ({ ...property, code: "no_answer" as const }));
    return errors.length === this.#wanted.length
      ? { status: "timeout", code: "no_answer", errors }
      : { status: "partial", confirmedBy: "report", errors };
  }

  #settleWhenQuiet(): void {
    this.#quiet?.cancel();
    this.#quiet = this.#clock.after(limits.quietMs, () => this.settle());
  }
}
