import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { KnownDevices } from "../core/known-devices.ts";
import type { Logger } from "../core/logger.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { Counters } from "../counters.ts";
import type { MessageOf } from "../model/message.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import { endingOf, tellingKeys } from "./acts.ts";
import type { Audit } from "./audit.ts";
import type { Conversation } from "./conversation.ts";
import type { Decision, Errand } from "./decision.ts";
import type { Task } from "./errands.ts";
import type { Job, Jobs } from "./jobs.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { current, mayAnswer, withAnswer } from "./manners.ts";
import type { Memories } from "./memories.ts";
import { personOf, type Person } from "./person.ts";
import { say } from "./phrases.ts";
import type { Questions } from "./questions.ts";
import type { Timer, Timers } from "./timers.ts";

/** A text that was not understood yet. */
const textSchema = z.object({
  id: z.string(),
  person: z.string(),
  body: z.string(),
  sentAtMs: z.number().nullable(),
  receivedAtMs: z.number(),
  /** Whether it may be more than the answer to a question. */
  isAnswered: z.boolean(),
});
type Text = z.infer<typeof textSchema>;

/** What a channel tells of a text that came in, to this process alone. */
const bodySchema = z.looseObject({
  id: z.string().min(1).max(128),
  body: z.string(),
  sent_at_ms: z.number().nullable(),
  received_at_ms: z.number(),
});

export interface IntakeOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly devices: KnownDevices;
  readonly writer: PatientWriter;
  readonly conversation: Conversation;
  readonly memories: Memories;
  readonly jobs: Jobs;
  readonly timers: Timers;
  readonly questions: Questions;
  readonly audit: Audit;
  readonly toOwners: (told: NonNullable<Decision["toOwners"]>, except: string) => void;
}

interface Kept {
  readonly texts: KeptMap<Text>;
  /** Texts that were decided, with their times. */
  readonly seen: KeptMap<number>;
}

/**
 * Takes the texts of people. Each is on the disk before anything follows from it; what follows is
 * decided once, and kept in one write with that it is decided.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #kept: Kept;
  /** Texts that an earlier run has taken and not understood. */
  readonly #left: readonly Text[];

  private constructor(options: IntakeOptions, kept: Kept) {
    this.#options = options;
    this.#kept = kept;
    this.#left = kept.texts.values();
  }

  static async load(options: IntakeOptions & { readonly store: Store }): Promise<Intake> {
    const { store } = options;
    return new Intake(options, {
      texts: await KeptMap.load(store, "dialogue/text/", textSchema, options.counters),
      seen: await KeptMap.load(store, "dialogue/seen/", z.number(), options.counters),
    });
  }

  /** Goes on with texts that an earlier run has not understood. */
  start(): void {
    for (const text of this.#left) void this.#follow(text);
  }

  /**
   * A text has come: it is on its way to the disk before the channel can forget it.
   * @param isAnswered whether it may be more than the answer to a question
   */
  take({ device, name, body }: MessageOf<"event">, isAnswered: boolean): void {
    const { counters, log, writer } = this.#options;
    if (name !== "text" || !this.#personOf(device)) return;
    if (body.action !== "received") return counters.add("dialogue.incomplete_texts");
    const { data, error } = bodySchema.safeParse(body);
    if (error) {
      counters.add("dialogue.odd_texts");
      return log.warn({ device }, "text without what a text has");
    }
    const { texts, seen } = this.#kept;
    const id = idOf(device, data.id);
    const { body: said, sent_at_ms: sentAtMs, received_at_ms: receivedAtMs } = data;
    if (seen.has(id) || texts.has(id)) return counters.add("dialogue.repeated_texts");
    if (texts.size >= limits.textsWaiting) return counters.add("dropped.dialogue_texts");
    const text = { id, person: device, body: said, sentAtMs, receivedAtMs, isAnswered };
    void writer.write([texts.set(id, text)]);
    void this.#follow(text);
  }

  /** A text that we cannot deal with must not end the gateway, again and again at each start. */
  async #follow(text: Text): Promise<void> {
    try {
      await this.#understand(text);
    } catch (err) {
      const { log, counters, writer, clock } = this.#options;
      counters.add("dialogue.texts_failed");
      log.error({ err, device: text.person }, "text could not be followed");
      void writer.write(this.#decided(text, clock.now()));
    }
  }

  async #understand(text: Text): Promise<void> {
    const { clock, writer, memories, conversation, counters, jobs } = this.#options;
    const person = this.#personOf(text.person);
    const now = clock.now();
    if (!person) return void writer.write(this.#decided(text, now));
    if (await this.#answersQuestion(person, text, now)) return;
    if (!text.isAnswered) return void writer.write(this.#decided(text, now));
    const before = memories.of(person.id);
    const sentAtMs = text.sentAtMs ?? undefined;
    const said = { body: text.body, nowMs: now, ageMs: this.#ageOf(text), sentAtMs };
    const decision = this.#withRoom(person, conversation.decide(person, before, said));
    const job = this.#jobOf(text, decision, now);
    counters.add(job ? "dialogue.texts_followed" : "dialogue.texts_silent");
    const timers = this.#timersOf(decision);
    const isKept = await writer.write(this.#changesOf(text, person, decision, job, now));
    if (decision.toOwners) this.#options.toOwners(decision.toOwners, person.id);
    if (!job) return;
    // What cannot be remembered could be done twice: only the safe side is worth that.
    const isSafe = decision.errands?.every(({ deed }) => deed.isSafe) ?? true;
    await (isKept || isSafe ? jobs.work(job) : this.#refuse(person, decision, job, timers));
  }

  #changesOf(
    text: Text,
    person: Person,
    decision: Decision,
    job: Job | undefined,
    now: number,
  ): readonly Change[] {
    const { memories, audit, jobs } = this.#options;
    return [
      ...this.#decided(text, now),
      memories.set(person.id, decision.memory),
      ...(decision.errands ?? []).flatMap((errand) => this.#timerChanges(person, errand)),
      ...(job ? [jobs.add(job)] : []),
      ...audit.note(now, person, decision),
    ];
  }

  /** Where too much is under way, only the safe side is served. */
  #withRoom(person: Person, decision: Decision): Decision {
    const { jobs, timers, counters, memories, conversation } = this.#options;
    const { errands, ...rest } = decision;
    const isFull = jobs.isFull || (timers.isFull && errands?.some(({ untilMs }) => untilMs));
    if (!errands || isFull !== true || errands.every(({ deed }) => deed.isSafe)) return decision;
    counters.add("dropped.dialogue_acts");
    const language = conversation.languageFor(person, memories.of(person.id));
    const name = errands[0]?.target.name ?? "";
    const reason = language.reasons.rate_limited;
    return {
      ...rest,
      answer: { text: say(language, "failed", { name, reason }), class: "answer" },
    };
  }

  /** The time limits there are of what a decision is about. */
  #timersOf({ errands = [] }: Decision): readonly TimerBefore[] {
    return errands.map(({ target, deed: { key } }) => {
      const device = target.device.id;
      return { device, key, timer: this.#options.timers.get(device, key) };
    });
  }

  /** What could not be kept is not done, now or at the next start. */
  async #refuse(
    person: Person,
    { errands = [] }: Decision,
    job: Job,
    before: readonly TimerBefore[],
  ): Promise<void> {
    const { conversation, counters, jobs, memories, timers, writer } = this.#options;
    counters.add("dialogue.acts_not_kept");
    void writer.write([
      jobs.drop(job),
      ...before.flatMap(({ device, key, timer }) =>
        timer ? [timers.putBack(timer)] : timers.end(device, key),
      ),
    ]);
    const language = conversation.languageFor(person, memories.of(person.id));
    const name = errands[0]?.target.name ?? "";
    const text = say(language, "failed", { name, reason: language.reasons.other });
    await jobs.deliver(person.id, job.id, { text, class: "answer" });
  }

  /** Whether it was the answer to a question. What switches something is never one. */
  async #answersQuestion(person: Person, text: Text, now: number): Promise<boolean> {
    const { questions, memories, conversation, writer, jobs } = this.#options;
    const memory = current(memories.of(person.id), now);
    const open = questions.openTo(person.id).filter(({ kind, askedAtMs }) => {
      // A number is about a menu that came later, and any code first about the act that waits for one.
      const isOlder = (memory.menu?.atMs ?? 0) > askedAtMs || memory.challenge !== undefined;
      return kind === "code" || !isOlder;
    });
    const isCommand = conversation.isCommand(person, memory, text.body);
    const isOff = conversation.isOff(person, memory, text.body);
    for (const question of open) {
      // A word that is one of the options is the answer, though it may mean something else, too.
      if (isOff || (isCommand && question.kind !== "options")) continue;
      const answer = questions.answerIn(question, text.body);
      if (answer === undefined && questions.isWrongCode(question, text.body)) {
        await questions.countWrong(question);
        continue;
      }
      if (answer === undefined) continue;
      const language = conversation.languageFor(person, memory);
      const body = say(language, "question_taken", { answer: String(answer) });
      const job = { ...plainJob(text, now), answer: { text: body, class: "answer" as const } };
      const isAnswered = mayAnswer(memory, now);
      // Told first: after a crash in between it is told again, and never not at all.
      const answered = questions.answer(question, answer);
      await writer.write([
        answered,
        ...this.#decided(text, now),
        ...(isAnswered
          ? [memories.set(person.id, withAnswer(memory, body, now)), jobs.add(job)]
          : []),
      ]);
      if (isAnswered) await jobs.work(job);
      return true;
    }
    return false;
  }

  #decided({ id }: Text, nowMs: number): readonly Change[] {
    const { seen, texts } = this.#kept;
    const old = seen.entries().filter(([, at]) => nowMs - at > limits.textsKeptMs);
    return [
      texts.delete(id),
      seen.set(id, nowMs),
      ...old.map(([key]) => seen.delete(key)),
      ...seen.trim(limits.textsKept),
    ];
  }

  /** How long a text was on its way; undefined where a clock cannot be believed. */
  #ageOf({ sentAtMs }: Text): number | undefined {
    const { clock } = this.#options;
    return sentAtMs === null || !clock.synced() ? undefined : clock.now() - sentAtMs;
  }

  #jobOf(text: Text, decision: Decision, atMs: number): Job | undefined {
    const { answer, errands = [], inquiry, isAllOff = false } = decision;
    if (!answer && errands.length === 0 && !inquiry) return undefined;
    const tasks = errands.map(({ target, deed, untilMs }, index): Task => ({
      id: `text-${text.id}-${index}`,
      target: target.id,
      device: target.device.id,
      key: deed.key,
      value: deed.value,
      isSafe: deed.isSafe,
      tells: [...tellingKeys(target, deed)],
      ...(untilMs !== undefined && { untilMs }),
    }));
    return {
      ...plainJob(text, atMs),
      tasks,
      isAllOff,
      ...(answer && { answer }),
      ...(inquiry && { inquiry: { ...inquiry, params: { ...inquiry.params } } }),
    };
  }

  #timerChanges({ id: person }: Person, { target, deed, untilMs }: Errand): readonly Change[] {
    const { timers } = this.#options;
    const device = target.device.id;
    const { key, value: on } = deed;
    // What is told off keeps its time limit until the device has said that it is off.
    const off = untilMs === undefined ? undefined : endingOf(target, deed);
    if (untilMs === undefined || !off) return [];
    const forMs = untilMs - this.#options.clock.now();
    return [timers.add({ device, key, on, off: off.value, target: target.id, person, forMs })];
  }

  #personOf(id: string): Person | undefined {
    const device = this.#options.devices.get(id);
    return device && personOf(device);
  }
}

/** One id for a text, whatever other channels call theirs. */
function idOf(person: string, id: string): string {
  return createHash("sha256").update(`${person}/${id}`).digest("hex").slice(0, idLength);
}

const idLength = 24;

/** The time limit that something had, if it had one. */
interface TimerBefore {
  readonly device: string;
  readonly key: string;
  readonly timer: Timer | undefined;
}

function plainJob({ id, person }: Text, atMs: number): Job {
  return { id, person, atMs, tasks: [], isAllOff: false, isDone: false, watched: [] };
}
