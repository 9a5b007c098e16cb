import {
  CommandError,
  propertyText,
  type AdapterHost,
  type Command,
  type CommandResult,
  type PropertyRef,
  type Ref,
  type Scalar,
} from "koine/adapter";
import { stateObservations } from "../exposes/values.ts";
import { readingOf, type Observation } from "../reading/observation.ts";
import { Confirmation } from "./confirmation.ts";
import type { Gate } from "./gate.ts";
import { limits } from "./limits.ts";
import type { Member } from "./member.ts";
import { ask, asCommandError, say, type Speaker } from "./speech.ts";
import { expectationsOf, questionsOf, sayingsOf, type Addressee, type Saying } from "./wishes.ts";

type SetCommand = Extract<Command, { type: "set" }>;
type GetCommand = Extract<Command, { type: "get" }>;

/** Whom a command goes to, and how. */
export interface Target extends Addressee {
  readonly ref: Ref;
  readonly speaker: Speaker;
  /** Whether it tells by itself what changes. */
  readonly reports: boolean;
  /** The device, where it is one and not a group. */
  readonly member?: Member;
  /** Of a group: its members, which are asked one by one. */
  readonly members?: readonly Target[];
}

/** Something that was reported; of a group also since when all members have. */
export interface Told extends Observation {
  /** Monotonic ms. */
  readonly sinceMs?: number;
}

/** What waits for something to be reported. */
interface Waiting {
  readonly ref: string;
  /** Monotonic ms: what was told before says nothing. */
  readonly startedAtMs: number;
  observe(observations: readonly Observation[]): void;
}

/** Carries out commands and reads, and waits for what devices say to them. */
export class Commands {
  readonly #host: AdapterHost;
  readonly #gate: Gate;
  readonly #waiting = new Set<Waiting>();

  constructor(host: AdapterHost, gate: Gate) {
    this.#host = host;
    this.#gate = gate;
  }

  /** Something was reported, by a device or by the members of a group. */
  observe(ref: Ref, observations: readonly Told[]): void {
    const name = nameOf(ref);
    for (const waiting of this.#waiting) {
      if (waiting.ref !== name) continue;
      waiting.observe(
        observations.filter(({ sinceMs = Infinity }) => sinceMs >= waiting.startedAtMs),
      );
    }
  }

  /**
   * Tells a device or a group, in time: the radio may go on trying longer than the asker waits.
   * @throws CommandError when it cannot be told, or does not answer
   */
  async set(command: SetCommand, target: Target, signal: AbortSignal): Promise<CommandResult> {
    return this.#within(command.timeoutMs, signal, (inTime) => this.tell(command, target, inTime));
  }

  /**
   * Tells a device or a group, however long the radio tries.
   * @throws CommandError when it cannot be told, or does not answer
   */
  async tell(command: SetCommand, target: Target, signal: AbortSignal): Promise<CommandResult> {
    const sayings = sayingsOf(command, target);
    const confirmation = new Confirmation(expectationsOf(command.writes, target));
    const waiting: Waiting = {
      ref: nameOf(target.ref),
      startedAtMs: this.#host.clock.monotonic(),
      observe: (observations) => confirmation.observe(observations),
    };
    this.#waiting.add(waiting);
    try {
      const believed: Record<string, Scalar> = {};
      for (const saying of sayings) {
        signal.throwIfAborted();
        try {
          const send = async (): Promise<Record<string, Scalar>> => say(saying, target.speaker);
          Object.assign(believed, await this.#send(target, signal, send));
        } catch (error) {
          const { reason: code, message } = asCommandError(error);
          if (code !== "unreachable") {
            confirmation.refuse(saying.wishes, { code, message });
            continue;
          }
          // A device that does not answer one thing is not told the others.
          const unsaid = sayings.slice(sayings.indexOf(saying));
          if (unsaid.length === sayings.length) throw error;
          confirmation.refuse(
            unsaid.flatMap(({ wishes }) => wishes),
            { code, message },
          );
          break;
        }
      }
      await this.#confirm(confirmation, target, command.transitionS ?? 0, signal);
      this.#assume(confirmation, target, believed);
      // Nobody acknowledges what is said to many at once.
      return confirmation.result(target.member ? "ack" : "none");
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /**
   * Asks a device or a group; what it answers is told as any report is.
   * @throws CommandError when it cannot be asked
   */
  async get(command: GetCommand, target: Target, signal: AbortSignal): Promise<CommandResult> {
    return this.#within(command.timeoutMs, signal, (inTime) =>
      this.#read(command.reads, target, inTime),
    );
  }

  async #read(
    reads: readonly PropertyRef[],
    target: Target,
    signal: AbortSignal,
  ): Promise<CommandResult> {
    const questions = asksOf(reads, target);
    if (questions.length === 0) return this.#ping(reads, target, signal);
    const heard = new Set<string>();
    const waiting: Waiting = {
      ref: nameOf(target.ref),
      startedAtMs: this.#host.clock.monotonic(),
      observe: (observations) => {
        for (const { facts } of observations) heard.add(propertyText(facts));
      },
    };
    this.#waiting.add(waiting);
    try {
      let failure: CommandError | undefined;
      for (const { question, whom } of questions) {
        signal.throwIfAborted();
        try {
          await this.#send(whom, signal, () => ask(question, whom.speaker));
        } catch (error) {
          failure = asCommandError(error);
          if (failure.reason === "unreachable") break;
        }
      }
      if (heard.size === 0 && failure) throw failure;
      return outcomeOf(reads, heard);
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** Nothing of it can be asked for: whether it is there can. */
  async #ping(
    reads: readonly PropertyRef[],
    { member, ...target }: Target,
    signal: AbortSignal,
  ): Promise<CommandResult> {
    // Whether a group is there, its members tell.
    if (reads.length === 0 && !member) {
      throw new CommandError("unreachable", "None of the members can be asked");
    }
    if (reads.length > 0 || !member) {
      throw new CommandError(
        "unsupported",
        "The device cannot be asked for it; it reports by itself",
      );
    }
    try {
      await this.#send({ ...target, member }, signal, () => member.device.ping());
    } catch (error) {
      throw asCommandError(error);
    }
    return { status: "done", confirmedBy: "ack" };
  }

  async #send<T>({ member }: Target, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    return member ? this.#gate.run(member, signal, send) : send();
  }

  /** Waits for reports; asks for what is not reported by itself. */
  async #confirm(
    confirmation: Confirmation,
    target: Target,
    transitionS: number,
    signal: AbortSignal,
  ): Promise<void> {
    const patience = new AbortController();
    const stop = (): void => patience.abort();
    signal.addEventListener("abort", stop, { once: true });
    void confirmation.settled.then(stop);
    const { clock } = this.#host;
    const wait = async (ms: number): Promise<void> =>
      clock.sleep(ms, patience.signal).catch(() => {});
    const startedAt = clock.monotonic() + transitionS * 1_000;
    const times = target.reports ? limits.readBackMs : limits.readBackSilentMs;
    for (const ms of times) {
      if (confirmation.open.length > 0) await wait(startedAt + ms - clock.monotonic());
      if (confirmation.open.length === 0 || signal.aborted) break;
      const wanted = confirmation.open.map(({ feature }) => feature.facts);
      const asking = this.#askFor(wanted, target, patience.signal);
      // One that is dead does not answer, and nobody waits for it.
      await Promise.race([asking, wait(startedAt + limits.acknowledgedMs - clock.monotonic())]);
    }
    if (confirmation.open.length > 0) {
      await wait(startedAt + limits.acknowledgedMs - clock.monotonic());
    }
    signal.removeEventListener("abort", stop);
  }

  /** What it acknowledged it is likely to answer for; if not, it has acknowledged all the same. */
  async #askFor(
    properties: readonly PropertyRef[],
    target: Target,
    signal: AbortSignal,
  ): Promise<void> {
    const asks = asksOf(properties, target);
    const whoms = new Set(asks.map(({ whom }) => whom));
    await Promise.all(
      [...whoms].map(async (whom) => {
        for (const { question } of asks.filter((one) => one.whom === whom)) {
          if (signal.aborted) return;
          try {
            await this.#send(whom, signal, () => ask(question, whom.speaker));
          } catch (err) {
            this.#host.count("read_backs_failed");
            this.#host.log.debug({ err, device: nameOf(whom.ref) }, "wish could not be read back");
          }
        }
      }),
    );
  }

  /** Tells what was acknowledged and never reported, as what it is: assumed. */
  #assume(
    confirmation: Confirmation,
    { ref, member, features }: Target,
    believed: Readonly<Record<string, Scalar>>,
  ): void {
    // What a group is, its members tell.
    if (confirmation.isContradicted || !member) return;
    const open = new Set(confirmation.open.map(({ feature }) => feature));
    const silent = features.filter((feature) => open.has(feature) && feature.key in believed);
    const state = Object.fromEntries(
      silent.flatMap(({ key }) => {
        const value = believed[key];
        return value === undefined ? [] : [[key, value] as const];
      }),
    );
    member.remember(state);
    const values = stateObservations(state, silent).map((one) =>
      readingOf({ ...one, quality: "assumed" }),
    );
    if (values.length > 0) this.#host.emit({ type: "readings", ref, values });
  }

  /** Runs something, but not longer: what has not been sent by then is not sent any more. */
  async #within(
    ms: number,
    signal: AbortSignal,
    run: (inTime: AbortSignal) => Promise<CommandResult>,
  ): Promise<CommandResult> {
    const waitMs = Math.max(0, ms - limits.marginMs);
    const late = new AbortController();
    const patience = new AbortController();
    const message = `The device did not acknowledge within ${waitMs / 1_000} s`;
    const working = run(AbortSignal.any([signal, late.signal]));
    const timeout = this.#host.clock.sleep(waitMs, patience.signal).then((): CommandResult => {
      late.abort(new CommandError("no_answer", message));
      return { status: "timeout", code: "no_answer", message };
    });
    timeout.catch(() => {});
    try {
      return await Promise.race([working, timeout]);
    } finally {
      patience.abort();
    }
  }
}

/** What to ask whom: a device itself, of a group every member that answers for itself. */
function asksOf(
  reads: readonly PropertyRef[],
  target: Target,
): readonly { readonly question: Omit<Saying, "value">; readonly whom: Target }[] {
  if (!target.members) {
    return questionsOf(reads, target).map((question) => ({ question, whom: target }));
  }
  const wanted = new Set(reads.map(({ is }) => is));
  return target.members.flatMap((whom) => {
    if (whom.member?.isSleepy === true) return [];
    const own = whom.features.filter(({ facts }) => wanted.size === 0 || wanted.has(facts.is));
    const facts = own.map((feature) => feature.facts);
    return facts.length === 0
      ? []
      : questionsOf(facts, whom).map((question) => ({ question, whom }));
  });
}

function outcomeOf(reads: readonly PropertyRef[], heard: ReadonlySet<string>): CommandResult {
  const missing = reads.filter((property) => !heard.has(propertyText(property)));
  if (missing.length === 0) return { status: "done", confirmedBy: "report" };
  const errors = missing.map(({ is, part }) => ({ is, part, code: "no_answer" as const }));
  return missing.length < reads.length
    ? { status: "partial", confirmedBy: "report", errors }
    : { status: "timeout", code: "no_answer", errors };
}

function nameOf(ref: Ref): string {
  return ref.map(([scheme, value]) => `${scheme}:${value}`).join(" ");
}
