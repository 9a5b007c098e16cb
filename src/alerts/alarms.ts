import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Bus } from "../core/bus.ts";
import type { Logger } from "../core/logger.ts";
import type { Notice, Notifier } from "../core/notifier.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { SteadyTime } from "../core/steady-time.ts";
import type { Counters } from "../counters.ts";
import { CommandError } from "../errors.ts";
import type { QuietHours } from "../model/quiet-hours.ts";
import { timestamp } from "../model/state.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import { alarmKey, alarmSchema, isWrong, type Alarm } from "./alarm.ts";
import { resolved, type ResolvedStep, type Step } from "./chain.ts";
import { Digests } from "./digests.ts";
import { alertLimits as limits } from "./limits.ts";
import { Tellings } from "./tellings.ts";

export interface AlarmsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly counters: Counters;
  readonly log: Logger;
  readonly writer: PatientWriter;
  readonly notifier: Notifier;
  readonly chain: readonly Step[];
  /** Whether phones ring when nobody has answered. */
  readonly callsLast: boolean;
  /** By name or id of a person, in lower case; `*` for everybody else. */
  readonly quiet: ReadonlyMap<string, QuietHours>;
  /** Whether nothing is told of a device now. */
  readonly isInMaintenance: (device: string) => boolean;
}

/** What is noticed to be wrong. */
export type Trouble = Pick<Alarm, "device" | "alert" | "rule" | "severity" | "words" | "notify">;

interface Kept {
  readonly alarms: KeptMap<Alarm>;
  /** Until when numbers are not used again, in steady ms. */
  readonly resting: KeptMap<number>;
}

/**
 * Everything that is wrong, on the bus and on the disk, and who is told of it: along a chain of people,
 * until somebody takes it or it comes right.
 */
export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #kept: Kept;
  readonly #tellings: Tellings;
  readonly #digests: Digests;
  /** Alarms whose step is being taken. */
  readonly #busy = new Set<string>();
  /** No number was left: nothing is looked for until one is free again. */
  #isFull = false;
  /** Words of chains and rules that fit nobody, and were complained of. */
  readonly #unknownWho = new Set<string>();

  private constructor(options: AlarmsOptions, kept: Kept) {
    this.#options = options;
    this.#kept = kept;
    this.#tellings = new Tellings(options);
    this.#digests = new Digests({
      ...options,
      tellings: this.#tellings,
      alarms: () => kept.alarms.values(),
      keep: (alarm) => this.#keep(alarm),
      again: (alarm) => this.#afterQuiet(alarm),
      isSilent: ({ device, mutedUntilMs = 0 }) =>
        mutedUntilMs > options.time.now() || options.isInMaintenance(device),
    });
  }

  static async load(options: AlarmsOptions & { readonly store: Store }): Promise<Alarms> {
    const { store } = options;
    return new Alarms(options, {
      alarms: await KeptMap.load(store, "alerts/alarm/", alarmSchema, options.counters),
      resting: await KeptMap.load(store, "alerts/number/", z.number()),
    });
  }

  /** Says again what is wrong: another broker may have forgotten it. */
  start(): void {
    for (const alarm of this.open()) this.#publish(alarm);
  }

  /** Those that are not closed, oldest first. */
  open(): readonly Alarm[] {
    const open = this.#kept.alarms.values().filter(({ state }) => state !== "closed");
    return open.toSorted((a, b) => a.sinceMs - b.sinceMs);
  }

  isRaised(device: string, alert: string): boolean {
    const alarm = this.#kept.alarms.get(alarmKey({ device, alert }));
    return alarm !== undefined && isWrong(alarm);
  }

  /** Something is wrong; returns false when there is no room for it, and it is to be raised later. */
  raise(trouble: Trouble): boolean {
    const { time, counters, log, clock } = this.#options;
    const known = this.#kept.alarms.get(alarmKey(trouble));
    if (known && isWrong(known)) return true;
    if (known && known.state !== "closed") return this.#cameBack(known);
    const now = time.now();
    const isAgain = known?.closedAtMs !== undefined && now - known.closedAtMs < limits.againMs;
    const number = isAgain ? known.number : this.#freeNumber(trouble.severity === "critical");
    if (number === undefined) {
      if (!this.#isFull) log.error({}, "no number is left for another alarm");
      this.#isFull = true;
      counters.add("dropped.alarms");
      return false;
    }
    counters.add("alerts.raised");
    const { device, alert, severity } = trouble;
    log.warn({ device, alert, severity, alarm: number }, "alert raised");
    const flaps = isAgain ? known.flaps + 1 : 0;
    const isKnown = isAgain && known.told.length + known.held.length > 0;
    const isOften = isKnown && flaps >= limits.flaps;
    const isInfo = severity === "info";
    const alarm: Alarm = {
      ...trouble,
      number,
      sinceMs: clock.now(),
      state: "open",
      step: 0,
      round: 0,
      steps: isAgain ? known.steps : 0,
      // What comes and goes was told already; it climbs all the same.
      ...(!(isOften && isInfo) && { dueMs: isOften ? now + this.#firstWaitMs(trouble) : now }),
      told: isAgain ? known.told : [],
      inDigest: [],
      held: isAgain ? known.held : [],
      ...(isAgain && known.mutedUntilMs !== undefined && { mutedUntilMs: known.mutedUntilMs }),
      ...(isAgain && known.overToldMs !== undefined && { overToldMs: known.overToldMs }),
      overFor: [],
      flaps,
      ...(isAgain && known.flapsToldMs !== undefined && { flapsToldMs: known.flapsToldMs }),
    };
    this.#keep(isOften ? this.#tellOfFlaps(alarm) : alarm);
    this.#look(alarm, now);
    return true;
  }

  /** It came right; whether for good is seen after a while. */
  ended(device: string, alert: string): void {
    const alarm = this.#kept.alarms.get(alarmKey({ device, alert }));
    if (!alarm || !isWrong(alarm)) return;
    this.#keep({ ...alarm, rightAtMs: this.#options.time.now() });
  }

  /** Nobody watches for it any more. */
  forget(isGone: (alarm: Alarm) => boolean): void {
    for (const alarm of this.open()) if (isGone(alarm)) this.#close({ ...alarm, told: [] });
  }

  /**
   * Somebody takes an alarm: nobody else is told any more, and the others hear who it is. Taken once, it
   * stays with whoever was first.
   * @throws CommandError when no such alarm is open
   */
  async acknowledge(number: number, by: string): Promise<string> {
    const alarm = this.#named(number);
    const { writer, notifier, log } = this.#options;
    if (alarm.state === "acknowledged") return alarm.by ?? by;
    const { dueMs: _due, ...rest } = alarm;
    const taken: Alarm = { ...rest, state: "acknowledged", by, inDigest: [], held: [] };
    log.info({ device: alarm.device, alert: alarm.alert, by }, "alert taken");
    const change = this.#set(taken);
    this.#publish(taken);
    await writer.write([change]);
    const person = notifier.people().find(({ id }) => id === by);
    const notice = { type: "taken", number, who: person?.name ?? by } as const;
    for (const one of alarm.told.filter((id) => id !== by)) {
      if (this.#tellings.isQuietFor(one)) continue;
      void this.#tellings.tell(one, `${idOf(alarm)}-taken`, notice);
    }
    return by;
  }

  /**
   * Nothing is told of an alarm for a while; it stays open.
   * @throws CommandError when no such alarm is open
   */
  async mute(number: number, seconds: number): Promise<void> {
    const alarm = this.#named(number);
    const mutedUntilMs = this.#options.time.now() + seconds * 1_000;
    await this.#options.writer.write([this.#set({ ...alarm, mutedUntilMs })]);
  }

  /** Looks what is due: called every second. */
  sweep(): void {
    const now = this.#options.time.now();
    for (const alarm of this.#kept.alarms.values()) this.#look(alarm, now);
    this.#digests.sweep();
  }

  #look(alarm: Alarm, now: number): void {
    const { state, rightAtMs, closedAtMs = 0, dueMs } = alarm;
    if (state === "closed") {
      const isDone = alarm.held.length === 0 && alarm.overFor.length === 0;
      const restedMs = now - closedAtMs;
      // Whoever could not be told in a day is not told of it any more.
      if (restedMs > (isDone ? limits.againMs : limits.numberRestMs)) {
        this.#isFull = false;
        void this.#options.writer.write([this.#kept.alarms.delete(alarmKey(alarm))]);
      }
    } else if (rightAtMs !== undefined) {
      if (now - rightAtMs >= limits.settleMs) this.#close(alarm);
    } else if (dueMs !== undefined && now >= dueMs && !this.#isSilent(alarm, now)) {
      void this.#takeStep(alarm);
    }
  }

  /** Whether nobody is told of it now. */
  #isSilent({ state, mutedUntilMs = 0, device }: Alarm, now: number): boolean {
    return state !== "open" || mutedUntilMs > now || this.#options.isInMaintenance(device);
  }

  /** Tells the next people of the chain; who was reached is kept, and when the next ones are due. */
  async #takeStep(alarm: Alarm): Promise<void> {
    const key = alarmKey(alarm);
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    try {
      const steps = this.#stepsOf(alarm);
      const index = steps.findIndex(({ people }, at) => at >= alarm.step && people.length > 0);
      const step = steps[index];
      const reached = step ? await this.#tellStep(alarm, step) : [];
      if (!step && this.#options.callsLast) await this.#callAll(alarm, steps);
      const latest = this.#kept.alarms.get(key);
      if (latest?.number !== alarm.number) return;
      this.#keep(this.#afterStep({ ...latest, steps: alarm.steps + 1 }, steps, index, reached));
    } finally {
      this.#busy.delete(key);
    }
  }

  #afterStep(
    alarm: Alarm,
    steps: readonly ResolvedStep[],
    index: number,
    reached: readonly Reached[],
  ): Alarm {
    const who = (how: Reached["how"]): readonly string[] =>
      reached.filter((one) => one.how === how).map(({ id }) => id);
    const isRoundOver = index < 0;
    const isAnybody = steps.some(({ people }) => people.length > 0);
    const isReached = reached.some(({ how }) => how !== "failed");
    // A round in which nobody could be told is none.
    const isCounted = isRoundOver && alarm.told.length + alarm.held.length > 0;
    const round = isCounted ? alarm.round + 1 : alarm.round;
    const next: Alarm = {
      ...alarm,
      told: added(alarm.told, who("told")),
      inDigest: added(alarm.inDigest, who("digest")),
      held: added(alarm.held, who("held")),
      step: isRoundOver ? 0 : index + 1,
      round,
    };
    const { dueMs: _due, ...rest } = next;
    const waitMs = this.#waitAfter(next, { steps, index, isAnybody, isReached });
    const goesOn = alarm.state === "open" && waitMs !== undefined;
    return { ...rest, ...(goesOn && { dueMs: this.#options.time.now() + waitMs }) };
  }

  /** How long until the next step, in ms; undefined when there is none. */
  #waitAfter(
    { severity, round, told }: Alarm,
    {
      steps,
      index,
      isAnybody,
      isReached,
    }: {
      readonly steps: readonly ResolvedStep[];
      readonly index: number;
      readonly isAnybody: boolean;
      readonly isReached: boolean;
    },
  ): number | undefined {
    if (!isAnybody) return limits.nobodyMs;
    const isRoundOver = index < 0;
    if (severity === "info") return isReached ? undefined : limits.nobodyMs;
    if (!isRoundOver && !isReached) return limits.failedMs;
    if (isRoundOver && told.length === 0) return limits.nobodyMs;
    if (round >= limits.rounds) return severity === "critical" ? limits.criticalAgainMs : undefined;
    return (steps[index] ?? steps[0])?.waitMs;
  }

  async #tellStep(alarm: Alarm, { people }: ResolvedStep): Promise<readonly Reached[]> {
    const { number, words, sinceMs: atMs, severity } = alarm;
    const isCritical = severity === "critical";
    const notice: Notice =
      severity === "info" ? { type: "info", words, atMs } : { type: "raised", number, words, atMs };
    return Promise.all(
      people.map(async ({ id }): Promise<Reached> => {
        if (!isCritical && this.#tellings.isQuietFor(id)) return { id, how: "held" };
        if (!isCritical && this.#tellings.isStormFor(id)) return { id, how: "digest" };
        const name = `${idOf(alarm)}-${alarm.steps}`;
        const isTold = await this.#tellings.tell(id, name, notice, () => this.#hurry(alarm));
        return { id, how: isTold ? "told" : "failed" };
      }),
    );
  }

  async #callAll(alarm: Alarm, steps: readonly ResolvedStep[]): Promise<void> {
    if (alarm.severity === "info") return;
    for (const { id } of steps.flatMap(({ people }) => people)) {
      if (alarm.severity !== "critical" && this.#tellings.isQuietFor(id)) continue;
      await this.#tellings.call(id, `${idOf(alarm)}-${alarm.steps}-call`);
    }
  }

  /** A text was given up by its channel: the next person is told at once. */
  #hurry(alarm: Alarm): void {
    const latest = this.#kept.alarms.get(alarmKey(alarm));
    if (latest?.number !== alarm.number || latest.state !== "open") return;
    if (latest.steps !== alarm.steps + 1 || latest.dueMs === undefined) return;
    this.#keep({ ...latest, dueMs: this.#options.time.now() });
  }

  /** It was right for a moment. Who was told of it is not told again, but that it comes and goes. */
  #cameBack(alarm: Alarm): true {
    const { rightAtMs: _right, ...rest } = alarm;
    const back: Alarm = { ...rest, flaps: alarm.flaps + 1 };
    this.#keep(back.flaps >= limits.flaps ? this.#tellOfFlaps(back) : back);
    return true;
  }

  /** Tells once in a while that it comes and goes. */
  #tellOfFlaps(alarm: Alarm): Alarm {
    const now = this.#options.time.now();
    const { number, words, flaps, flapsToldMs, told } = alarm;
    const isTold = flapsToldMs !== undefined && now - flapsToldMs < limits.flapsAgainMs;
    if (isTold || this.#isSilent(alarm, now)) return alarm;
    const line = { number, words, count: flaps + 1, isOver: false };
    const notice = { type: "digest", alarms: [line] } as const;
    for (const person of told.filter((one) => !this.#tellings.isQuietFor(one))) {
      void this.#tellings.tell(person, `${idOf(alarm)}-flaps-${flaps}`, notice);
    }
    return { ...alarm, flapsToldMs: now };
  }

  /** It is quiet no more, and nobody was there to answer: the chain begins anew. */
  #afterQuiet(alarm: Alarm): Alarm {
    if (alarm.state !== "open" || !isWrong(alarm) || alarm.severity === "info") return alarm;
    const dueMs = this.#options.time.now() + this.#firstWaitMs(alarm);
    return { ...alarm, step: 1, round: 0, dueMs };
  }

  #close(alarm: Alarm): void {
    const { bus, time, log, writer } = this.#options;
    const { device, alert, number, told, severity, state, mutedUntilMs = 0 } = alarm;
    const now = time.now();
    const { dueMs: _due, ...rest } = alarm;
    log.info({ device, alert, alarm: number }, "alert over");
    // What comes and goes is over again and again: that is not told each time.
    const { overToldMs = -Infinity } = alarm;
    const isToldAgain = alarm.flaps < limits.flaps || now - overToldMs > limits.flapsAgainMs;
    const isTold = severity !== "info" && mutedUntilMs <= now && state !== "closed" && isToldAgain;
    const closed: Alarm = {
      ...rest,
      state: "closed",
      closedAtMs: now,
      inDigest: [],
      overFor: isTold ? told : [],
      ...(isTold && { overToldMs: now }),
    };
    void writer.write([
      this.#set(closed),
      this.#kept.resting.set(String(number), now + limits.numberRestMs),
    ]);
    bus.publish({ kind: "alert", device, alert, body: undefined });
  }

  #firstWaitMs(alarm: Pick<Alarm, "notify">): number {
    return this.#stepsOf(alarm)[0]?.waitMs ?? limits.nobodyMs;
  }

  /** The chain for an alarm; everybody, where its words fit nobody. */
  #stepsOf({ notify }: Pick<Alarm, "notify">): readonly ResolvedStep[] {
    const { chain, notifier, log } = this.#options;
    const waitMs = chain[0]?.waitMs ?? limits.settleMs;
    const wanted = notify ? [{ who: notify, waitMs }] : chain;
    const people = notifier.people();
    const steps = resolved(wanted, people);
    if (people.length === 0 || steps.some((step) => step.people.length > 0)) return steps;
    const words = wanted.flatMap(({ who }) => who).join(", ");
    if (!this.#unknownWho.has(words) && this.#unknownWho.size < limits.rules) {
      this.#unknownWho.add(words);
      log.error({ who: words }, "nobody is called as the chain of alerts says: everybody is told");
    }
    return resolved([...wanted, { who: ["*"], waitMs }], people);
  }

  #named(number: number): Alarm {
    const found = this.open().find((alarm) => alarm.number === number);
    if (found) return found;
    throw new CommandError("bad_payload", `No alarm ${number} is open`);
  }

  /** A number that is not in use, and was not for a day. Nothing critical goes without one. */
  #freeNumber(isCritical: boolean): number | undefined {
    if (this.#isFull && !isCritical) return undefined;
    const now = this.#options.time.now();
    const { alarms, resting } = this.#kept;
    const rested = resting.entries().filter(([, until]) => until <= now);
    if (rested.length > 0)
      void this.#options.writer.write(rested.map(([key]) => resting.delete(key)));
    const taken = new Set([
      ...alarms.values().map(({ number }) => number),
      ...resting.entries().map(([key]) => Number(key)),
    ]);
    const most = isCritical ? limits.alarms : limits.alarms - limits.usualNumbers;
    for (let number = 1; number <= most; number++) if (!taken.has(number)) return number;
    return undefined;
  }

  #keep(alarm: Alarm): void {
    void this.#options.writer.write([this.#set(alarm)]);
    if (alarm.state !== "closed") this.#publish(alarm);
  }

  #set(alarm: Alarm): Change {
    return this.#kept.alarms.set(alarmKey(alarm), alarm);
  }

  #publish({ device, alert, severity, words, number, sinceMs, state, by, rule }: Alarm): void {
    const { bus, notifier } = this.#options;
    const body = {
      severity,
      message: notifier.text(words),
      code: rule,
      since: timestamp(sinceMs),
      number,
      state: state === "acknowledged" ? state : ("open" as const),
      ...(by !== undefined && { by }),
    };
    bus.publish({ kind: "alert", device, alert, body });
  }
}

/** How somebody was reached, or not. */
interface Reached {
  readonly id: string;
  readonly how: "told" | "failed" | "held" | "digest";
}

/** Names an alarm apart from others that had its number before. */
export function idOf({ number, sinceMs }: Pick<Alarm, "number" | "sinceMs">): string {
  return `alarm-${number}-${sinceMs.toString(36)}`;
}

export function added(one: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...one, ...more])];
}
