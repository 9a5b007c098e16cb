import type { Clock } from "../clock.ts";
import type { Bus } from "../core/bus.ts";
import type { Notice, Notifier, Recipient } from "../core/notifier.ts";
import type { Logger } from "../core/logger.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { Counters } from "../counters.ts";
import { CommandError } from "../errors.ts";
import { isQuiet, type QuietHours } from "../model/quiet-hours.ts";
import { timestamp } from "../model/state.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import { alarmKey, alarmSchema, isWrong, type Alarm } from "./alarm.ts";
import { resolved, type ResolvedStep, type Step } from "./chain.ts";
import { alertLimits as limits } from "./limits.ts";

export interface AlarmsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly writer: PatientWriter;
  readonly notifier: Notifier;
  /** By how much the clock went back since the last run, in ms. */
  readonly clockBackMs: number;
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

/**
 * Everything that is wrong, on the bus and on the disk, and who is told of it: along a chain of people,
 * until somebody takes it or it comes right.
 */
export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #alarms: KeptMap<Alarm>;
  /** When each is due by the clock that never jumps, in monotonic ms: a wall clock may go back. */
  readonly #due = new Map<string, { readonly dueMs: number; readonly monotonicMs: number }>();
  /** When each person was texted of an alarm of late, in ms since 1970. */
  readonly #texted = new Map<string, readonly number[]>();
  /** Alarms whose step is being taken. */
  readonly #busy = new Set<string>();

  private constructor(options: AlarmsOptions, alarms: KeptMap<Alarm>) {
    this.#options = options;
    this.#alarms = alarms;
    const { clockBackMs: backMs, writer } = options;
    if (backMs > 0) void writer.write(alarms.map((alarm) => earlier(alarm, backMs)));
  }

  static async load(options: AlarmsOptions & { readonly store: Store }): Promise<Alarms> {
    return new Alarms(options, await KeptMap.load(options.store, "alerts/alarm/", alarmSchema));
  }

  /** Says again what is wrong: another broker may have forgotten it. */
  start(): void {
    for (const alarm of this.#alarms.values()) if (alarm.state !== "closed") this.#publish(alarm);
  }

  /** Those that are not closed, oldest first. */
  open(): readonly Alarm[] {
    const open = this.#alarms.values().filter(({ state }) => state !== "closed");
    return open.toSorted((a, b) => a.sinceMs - b.sinceMs);
  }

  isRaised(device: string, alert: string): boolean {
    const alarm = this.#alarms.get(alarmKey({ device, alert }));
    return alarm !== undefined && isWrong(alarm);
  }

  /** Something is wrong; nothing happens when that is known. */
  raise(trouble: Trouble): void {
    const now = this.#options.clock.now();
    const known = this.#alarms.get(alarmKey(trouble));
    if (known && isWrong(known)) return;
    if (known && known.state !== "closed") return this.#cameBack(known, now);
    const number = this.#freeNumber(now);
    if (number === undefined) return this.#options.counters.add("dropped.alarms");
    this.#options.counters.add("alerts.raised");
    const { device, alert, severity } = trouble;
    this.#options.log.warn({ device, alert, severity, alarm: number }, "alert raised");
    this.#keep({
      ...trouble,
      number,
      sinceMs: now,
      state: "open",
      step: 0,
      round: 0,
      dueMs: now,
      told: [],
      inDigest: [],
      held: [],
      flaps: 0,
    });
    this.sweep();
  }

  /** It came right; whether for good is seen after a while. */
  ended(device: string, alert: string): void {
    const alarm = this.#alarms.get(alarmKey({ device, alert }));
    if (!alarm || !isWrong(alarm)) return;
    const { dueMs: _due, ...rest } = alarm;
    this.#keep({ ...rest, rightAtMs: this.#options.clock.now() });
  }

  /** Its device or rule is gone. */
  forget(isGone: (alarm: Alarm) => boolean): void {
    for (const alarm of this.open()) if (isGone(alarm)) this.#close(alarm, []);
  }

  /**
   * Somebody takes an alarm: nobody else is told any more, and the others hear who it is.
   * @throws CommandError when no such alarm is open
   */
  async acknowledge(number: number, by: string): Promise<void> {
    const alarm = this.#named(number);
    const { writer, notifier, log } = this.#options;
    if (alarm.state === "acknowledged") return;
    const { dueMs: _due, ...rest } = alarm;
    const taken: Alarm = { ...rest, state: "acknowledged", by, inDigest: [], held: [] };
    log.info({ device: alarm.device, alert: alarm.alert, by }, "alert taken");
    await writer.write([this.#set(taken)]);
    this.#publish(taken);
    const person = notifier.people().find(({ id }) => id === by);
    const others = alarm.told.filter((one) => one !== by);
    const notice = { type: "taken", number, who: person?.name ?? by } as const;
    for (const one of others) void this.#tell(one, `${idOf(alarm)}-taken`, notice, () => {});
  }

  /**
   * Nothing is told of an alarm for a while; it stays open.
   * @throws CommandError when no such alarm is open
   */
  async mute(number: number, seconds: number): Promise<void> {
    const alarm = this.#named(number);
    const mutedUntilMs = this.#options.clock.now() + seconds * 1_000;
    await this.#options.writer.write([this.#set({ ...alarm, mutedUntilMs })]);
  }

  /** Looks what is due: called every second. */
  sweep(): void {
    const now = this.#options.clock.now();
    for (const alarm of this.#alarms.values()) this.#look(alarm, now);
    for (const person of this.#options.notifier.people()) this.#lookAtDigests(person, now);
  }

  #look(alarm: Alarm, now: number): void {
    const { state, rightAtMs, closedAtMs, mutedUntilMs = 0 } = alarm;
    if (state === "closed") {
      const isRested = now - (closedAtMs ?? 0) > limits.numberRestMs && alarm.held.length === 0;
      if (isRested) void this.#options.writer.write([this.#alarms.delete(alarmKey(alarm))]);
      return;
    }
    if (rightAtMs !== undefined) {
      if (now - rightAtMs >= limits.settleMs) this.#close(alarm, alarm.told);
      return;
    }
    if (state !== "open" || mutedUntilMs > now) return;
    if (this.#options.isInMaintenance(alarm.device) || !this.#isDue(alarm, now)) return;
    void this.#takeStep(alarm, now);
  }

  #isDue(alarm: Alarm, now: number): boolean {
    const { dueMs } = alarm;
    if (dueMs === undefined) return false;
    const { clock } = this.#options;
    const key = alarmKey(alarm);
    const planned = this.#due.get(key);
    if (planned?.dueMs !== dueMs) {
      this.#due.set(key, { dueMs, monotonicMs: clock.monotonic() + Math.max(0, dueMs - now) });
    }
    return now >= dueMs || (planned?.dueMs === dueMs && clock.monotonic() >= planned.monotonicMs);
  }

  /** Tells the next people of the chain; what was handed over is kept, and when the next ones are due. */
  async #takeStep(alarm: Alarm, now: number): Promise<void> {
    const key = alarmKey(alarm);
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    try {
      const steps = this.#stepsOf(alarm);
      const step = steps[alarm.step];
      const reached = step ? await this.#tellStep(alarm, step, now) : [];
      if (!step && this.#options.callsLast) await this.#callAll(alarm, steps);
      const latest = this.#alarms.get(key);
      if (!latest || latest.number !== alarm.number) return;
      this.#keep(this.#afterStep(latest, steps, reached, now));
    } finally {
      this.#busy.delete(key);
    }
  }

  #afterStep(
    alarm: Alarm,
    steps: readonly ResolvedStep[],
    reached: readonly Reached[],
    now: number,
  ): Alarm {
    const by = (how: Reached["how"]): readonly string[] =>
      reached.filter((one) => one.how === how).map(({ id }) => id);
    const step = steps[alarm.step];
    const isRoundOver = alarm.step >= steps.length;
    const round = isRoundOver ? alarm.round + 1 : alarm.round;
    const isFailed = reached.length > 0 && by("failed").length === reached.length;
    const waitMs = isFailed ? limits.failedMs : (step?.waitMs ?? steps[0]?.waitMs);
    const { dueMs: _due, ...rest } = alarm;
    const isOver =
      round >= limits.rounds || steps.length === 0 || alarm.severity === "info" || !isWrong(alarm);
    return {
      ...rest,
      told: added(alarm.told, by("told")),
      inDigest: added(alarm.inDigest, by("digest")),
      held: added(alarm.held, by("held")),
      step: isRoundOver ? 0 : alarm.step + 1,
      round,
      ...(!isOver && alarm.state === "open" && waitMs !== undefined && { dueMs: now + waitMs }),
    };
  }

  async #tellStep(
    alarm: Alarm,
    { people }: ResolvedStep,
    now: number,
  ): Promise<readonly Reached[]> {
    return Promise.all(
      people.map(async ({ id, name }): Promise<Reached> => {
        if (alarm.severity !== "critical" && this.#isQuietFor(id, name, now)) {
          return { id, how: "held" };
        }
        if (this.#isStormFor(id, now)) return { id, how: "digest" };
        const { number, words, sinceMs: atMs, severity } = alarm;
        const notice: Notice =
          severity === "info"
            ? { type: "info", words, atMs }
            : { type: "raised", number, words, atMs };
        const name_ = `${idOf(alarm)}-${alarm.round}-${alarm.step}`;
        const isTold = await this.#tell(id, name_, notice, () => this.#hurry(alarm));
        return { id, how: isTold ? "told" : "failed" };
      }),
    );
  }

  async #callAll(alarm: Alarm, steps: readonly ResolvedStep[]): Promise<void> {
    if (alarm.severity === "info") return;
    for (const { id, name } of steps.flatMap(({ people }) => people)) {
      const isHeld =
        alarm.severity !== "critical" && this.#isQuietFor(id, name, this.#options.clock.now());
      if (!isHeld) await this.#options.notifier.call(id, `${idOf(alarm)}-${alarm.round}-call`);
    }
  }

  /** A text was given up by its channel: the next person is told at once. */
  #hurry(alarm: Alarm): void {
    const latest = this.#alarms.get(alarmKey(alarm));
    if (latest?.number !== alarm.number || latest.state !== "open") return;
    if (latest.step !== alarm.step + 1 || latest.dueMs === undefined) return;
    this.#keep({ ...latest, dueMs: this.#options.clock.now() });
  }

  /** It was right for a moment. Who was told of it is not told again, but that it comes and goes. */
  #cameBack(alarm: Alarm, now: number): void {
    const { rightAtMs: _right, ...rest } = alarm;
    const flaps = alarm.flaps + 1;
    const isOften = flaps >= limits.flaps && now - (alarm.flapsToldMs ?? 0) > limits.flapsAgainMs;
    const isOpen = alarm.state === "open";
    this.#keep({
      ...rest,
      flaps,
      ...(isOpen && { dueMs: now + (this.#stepsOf(alarm)[0]?.waitMs ?? 0) }),
      ...(isOften && { flapsToldMs: now }),
    });
    if (!isOften) return;
    const { number, words } = alarm;
    const notice = { type: "digest", alarms: [{ number, words, count: flaps + 1 }] } as const;
    for (const person of alarm.told) {
      void this.#tell(person, `${idOf(alarm)}-flaps-${flaps}`, notice, () => {});
    }
  }

  /** Digests: of a storm when it has calmed down, and of what was held back when it is quiet no more. */
  #lookAtDigests({ id, name }: Recipient, now: number): void {
    const all = this.#alarms.values();
    const storm = all.filter(({ inDigest }) => inDigest.includes(id));
    if (storm.length > 0 && !this.#isStormFor(id, now)) this.#digest(id, storm, "digest", now);
    const held = all.filter((alarm) => alarm.held.includes(id));
    if (held.length > 0 && !this.#isQuietFor(id, name, now)) this.#digest(id, held, "quiet", now);
  }

  #digest(person: string, alarms: readonly Alarm[], type: "digest" | "quiet", now: number): void {
    const lines = alarms
      .slice(0, limits.digestLines)
      .map(({ number, words, flaps }) => ({ number, words, count: flaps + 1 }));
    for (const alarm of alarms) {
      const isAgain = type === "quiet" && alarm.state === "open" && isWrong(alarm);
      this.#keep({
        ...alarm,
        told: added(alarm.told, [person]),
        inDigest: alarm.inDigest.filter((one) => one !== person),
        held: alarm.held.filter((one) => one !== person),
        // Nobody was there to answer while it was quiet.
        ...(isAgain && { step: 1, round: 0, dueMs: now + (this.#stepsOf(alarm)[0]?.waitMs ?? 0) }),
      });
    }
    void this.#tell(person, `${type}-${person}-${now}`, { type, alarms: lines }, () => {});
  }

  #close(alarm: Alarm, told: readonly string[]): void {
    const { bus, clock, notifier, log } = this.#options;
    const { device, alert, number, words } = alarm;
    const now = clock.now();
    const { dueMs: _due, ...rest } = alarm;
    log.info({ device, alert, alarm: number }, "alert over");
    this.#keep({ ...rest, state: "closed", closedAtMs: now, inDigest: [] }, false);
    bus.publish({ kind: "alert", device, alert, body: undefined });
    this.#due.delete(alarmKey(alarm));
    const people = notifier.people();
    const notice = { type: "over", number, words, atMs: alarm.rightAtMs ?? now } as const;
    if (alarm.severity === "info") return;
    for (const person of told) {
      const name = people.find(({ id }) => id === person)?.name ?? "";
      if (this.#isQuietFor(person, name, now)) continue;
      void this.#tell(person, `${idOf(alarm)}-over`, notice, () => {});
    }
  }

  async #tell(person: string, id: string, notice: Notice, failed: () => void): Promise<boolean> {
    const now = this.#options.clock.now();
    const before = this.#texted.get(person) ?? [];
    this.#texted.set(person, [...before.filter((at) => now - at < limits.stormMs), now]);
    this.#options.counters.add(`alerts.told.${notice.type}`);
    return this.#options.notifier.tell(person, id, notice, failed);
  }

  #isStormFor(person: string, now: number): boolean {
    const recent = (this.#texted.get(person) ?? []).filter((at) => now - at < limits.stormMs);
    return recent.length >= limits.storm;
  }

  #isQuietFor(id: string, name: string, now: number): boolean {
    const { quiet } = this.#options;
    const hours = quiet.get(name.toLowerCase()) ?? quiet.get(id) ?? quiet.get("*");
    return hours !== undefined && isQuiet(hours, now);
  }

  #stepsOf({ notify }: Alarm): readonly ResolvedStep[] {
    const { chain, notifier } = this.#options;
    const steps = notify ? [{ who: notify, waitMs: chain[0]?.waitMs ?? limits.settleMs }] : chain;
    return resolved(steps, notifier.people());
  }

  #named(number: number): Alarm {
    const found = this.open().find((alarm) => alarm.number === number);
    if (found) return found;
    throw new CommandError("bad_payload", `No alarm ${number} is open`);
  }

  #freeNumber(now: number): number | undefined {
    const taken = new Set(
      this.#alarms
        .values()
        .filter(
          ({ closedAtMs }) => closedAtMs === undefined || now - closedAtMs < limits.numberRestMs,
        )
        .map(({ number }) => number),
    );
    for (let number = 1; number <= limits.alarms; number++) if (!taken.has(number)) return number;
    // All were used in a day: the one that is over for longest is used again.
    const closed = this.#alarms.values().filter(({ state }) => state === "closed");
    const [oldest] = closed.toSorted((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0));
    if (!oldest) return undefined;
    void this.#options.writer.write([this.#alarms.delete(alarmKey(oldest))]);
    return oldest.number;
  }

  #keep(alarm: Alarm, isPublished = true): void {
    void this.#options.writer.write([this.#set(alarm)]);
    if (isPublished && alarm.state !== "closed") this.#publish(alarm);
  }

  #set(alarm: Alarm) {
    return this.#alarms.set(alarmKey(alarm), alarm);
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

/** An alarm with all that is to come as much earlier as the clock went back. */
function earlier(alarm: Alarm, backMs: number): Alarm {
  const { dueMs, mutedUntilMs, rightAtMs, closedAtMs } = alarm;
  return {
    ...alarm,
    ...(dueMs !== undefined && { dueMs: dueMs - backMs }),
    ...(mutedUntilMs !== undefined && { mutedUntilMs: mutedUntilMs - backMs }),
    ...(rightAtMs !== undefined && { rightAtMs: rightAtMs - backMs }),
    ...(closedAtMs !== undefined && { closedAtMs: closedAtMs - backMs }),
  };
}

/** Names an alarm apart from others that had its number before. */
function idOf({ number, sinceMs }: Alarm): string {
  return `alarm-${number}-${sinceMs.toString(36)}`;
}

function added(one: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...one, ...more])];
}
