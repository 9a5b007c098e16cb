import { z } from "zod";
import type { Clock } from "../clock.ts";
import { isTaken, type Courier } from "../core/courier.ts";
import type { Logger } from "../core/logger.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { Requests } from "../core/requests.ts";
import type { Counters } from "../counters.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import { isObeyed, outcomeText, taskSchema, type Errands, type Outcome } from "./errands.ts";
import type { Language } from "./language.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { mayAnswer, withAnswer } from "./manners.ts";
import type { Memories } from "./memories.ts";
import type { Person } from "./person.ts";
import { say } from "./phrases.ts";

/** What was decided of a text and is not answered yet. */
const jobSchema = z.object({
  /** Of the text. */
  id: z.string(),
  person: z.string(),
  atMs: z.number(),
  /** What is answered, where that is known already. */
  answer: z
    .object({ text: z.string(), class: z.enum(["answer", "code", "report", "alarm"]) })
    .optional(),
  tasks: z.array(taskSchema),
  isAllOff: z.boolean(),
  inquiry: z
    .object({
      verb: z.string(),
      params: z.record(z.string(), z.union([z.string(), z.number()])),
      agreed: z.string(),
      refused: z.string(),
    })
    .optional(),
  /** All was done that is to be done: what is left is to answer, and to watch. */
  isDone: z.boolean(),
  /** Ids of the tasks that are watched: the person was told that there is no answer yet. */
  watched: z.array(z.string()),
});
export type Job = z.infer<typeof jobSchema>;

/** A text to somebody. */
export interface Reply {
  readonly text: string;
  readonly class: "answer" | "code" | "report" | "alarm";
}

export interface JobsOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly writer: PatientWriter;
  readonly courier: Courier;
  readonly requests: Requests;
  readonly errands: Errands;
  readonly directory: Directory;
  readonly memories: Memories;
  readonly personOf: (id: string) => Person | undefined;
  readonly languageFor: (person: Person) => Language;
}

/** Has done what was decided, and answers with what the devices say; across a crash, too. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #jobs: KeptMap<Job>;
  /** What an earlier run has decided and not answered. */
  readonly #left: readonly Job[];
  #isStopped = false;

  private constructor(options: JobsOptions, jobs: KeptMap<Job>) {
    this.#options = options;
    this.#jobs = jobs;
    this.#left = jobs.values();
  }

  static async load(options: JobsOptions & { readonly store: Store }): Promise<Jobs> {
    return new Jobs(
      options,
      await KeptMap.load(options.store, "dialogue/job/", jobSchema, options.counters),
    );
  }

  /** Goes on with what an earlier run left. */
  start(): void {
    for (const job of this.#left) void this.work(job);
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Whether there is room for one more. */
  get isFull(): boolean {
    return this.#jobs.size >= limits.errands;
  }

  /** Notes a job; the change makes it last. */
  add(job: Job): Change {
    return this.#jobs.set(job.id, job);
  }

  /** It is not to be done after all; the change makes that last. */
  drop({ id }: Job): Change {
    return this.#jobs.delete(id);
  }

  /** Whether a deed on a device is under way. */
  isUnderWay(device: string, key: string): boolean {
    return this.#jobs
      .values()
      .some(({ tasks }) => tasks.some((task) => task.device === device && task.key === key));
  }

  /** Does what was decided, and answers. Never rejects: a job that cannot be done would come at each start. */
  async work(job: Job): Promise<void> {
    try {
      await this.#work(job);
    } catch (err) {
      this.#options.counters.add("dialogue.jobs_failed");
      this.#options.log.error({ err, device: job.person }, "answer could not be given");
      this.#end(job);
    }
  }

  async #work(job: Job): Promise<void> {
    const person = this.#options.personOf(job.person);
    if (!person) return this.#end(job);
    const done = job.isDone || job.answer ? job : await this.#doIt(job, person);
    if (this.#isStopped) return;
    if (done.answer) await this.deliver(job.person, job.id, done.answer, job.atMs);
    if (this.#isStopped) return;
    return done.watched.length === 0 ? this.#end(job) : this.#watch(done, person);
  }

  /** Does it, and keeps what is answered: after a crash it is the same words. */
  async #doIt(job: Job, person: Person): Promise<Job> {
    const { reply, unknown } = await this.#carryOut(job, person);
    if (this.#isStopped) return job;
    const done = { ...job, isDone: true, watched: [...unknown], ...(reply && { answer: reply }) };
    await this.#options.writer.write([this.#jobs.set(job.id, done)]);
    return done;
  }

  /** A reply, counted; undefined where there were too many. */
  counted({ id }: Person, text: string): Reply | undefined {
    const { clock, counters, writer, memories } = this.#options;
    const memory = memories.of(id);
    if (!mayAnswer(memory, clock.now())) {
      counters.add("dialogue.answers_left_out");
      return undefined;
    }
    void writer.write([memories.set(id, withAnswer(memory, text, clock.now()))]);
    return { text, class: "answer" };
  }

  /**
   * Hands a text to the channel; resolves when it has it, or it is not worth sending any more. The same
   * attempt is never sent twice, whatever crashes; one that was refused for good is followed by another.
   */
  async deliver(
    person: string,
    id: string,
    { text, class: name }: Reply,
    sinceMs = this.#options.clock.now(),
  ): Promise<void> {
    const { courier, counters, clock } = this.#options;
    const lifeMs = name === "code" ? limits.codeMs : limits.replyMs;
    for (let attempt = 0; !this.#isStopped; attempt++) {
      if (Math.abs(clock.now() - sinceMs) > lifeMs) return counters.add("dropped.dialogue_answers");
      const wish = {
        device: person,
        id: `reply-${id}-${attempt}`.slice(-idLength),
        by: "dialogue",
        values: { message: { body: text, class: name } },
      };
      const result = await courier.send(wish, limits.answerMs, isTaken);
      if (result?.status === "queued" || result?.status === "done") return;
      // Another text under this id: one was sent before a crash.
      if (result?.code === "duplicate_id") return;
      counters.add("dialogue.answers_delayed");
      await clock.sleep(limits.replyDelaysMs[attempt] ?? limits.timerRetryMs);
    }
  }

  async #carryOut(
    job: Job,
    person: Person,
  ): Promise<{ readonly reply: Reply | undefined; readonly unknown: readonly string[] }> {
    if (job.inquiry) {
      const { verb, params, agreed, refused } = job.inquiry;
      const { status } = await this.#options.requests.ask(verb, JSON.stringify(params), "control");
      return { reply: this.counted(person, status === "ok" ? agreed : refused), unknown: [] };
    }
    const outcomes = await Promise.all(job.tasks.map((task) => this.#outcomeOf(task, job)));
    const unknown = job.tasks.filter((_, index) => outcomes[index]?.type === "unknown");
    const text = this.#textOf(job, outcomes, this.#options.languageFor(person));
    // What a newer wish has taken the place of is answered together with that.
    if (text === "") return { reply: undefined, unknown: [] };
    return { reply: this.counted(person, text), unknown: unknown.map(({ id }) => id) };
  }

  /** Sent once: after a crash long ago nobody can tell any more whether it was, unless twice is the same. */
  async #outcomeOf(task: Job["tasks"][number], job: Job): Promise<Outcome> {
    const { clock, counters, errands } = this.#options;
    // The memory of commands is as long as that, and goes by the same clock.
    const isRecent = Math.abs(clock.now() - job.atMs) < limits.redoMs;
    if (isRecent || task.isSafe) return errands.run(task, job.person);
    counters.add("dialogue.acts_too_old");
    return errands.watch(task, limits.answerMs);
  }

  #textOf(job: Job, outcomes: readonly Outcome[], language: Language): string {
    const now = this.#options.clock.now();
    const targets = this.#options.directory.targets();
    const [task, ...others] = job.tasks;
    const [outcome] = outcomes;
    const target = task && targets.get(task.target);
    const isOne = others.every((other) => other.target === task?.target);
    const isWhole = outcomes.every((one, index) => {
      const its = job.tasks[index];
      return index === 0 || (its && isObeyed(its, one));
    });
    if (target && outcome && isOne && isWhole && !job.isAllOff) {
      return outcomeText(language, target, task, outcome, now);
    }
    const left = job.tasks.filter((one, index) => !isObeyed(one, outcomes[index]));
    const [count, done] = [job.tasks.length, job.tasks.length - left.length];
    if (left.length === 0) return say(language, "all_off", { done, count });
    const names = left.map((one) => targets.get(one.target)?.name ?? one.device).join(", ");
    return say(language, "all_off_but", { done, count, names });
  }

  /** Tells later what a device says after all. */
  async #watch(job: Job, person: Person): Promise<void> {
    const { clock, errands, directory, languageFor } = this.#options;
    const leftMs = Math.max(0, job.atMs + limits.answerMs + limits.watchMs - clock.now());
    const tasks = job.tasks.filter(({ id }) => job.watched.includes(id));
    const outcomes = await Promise.all(tasks.map((task) => errands.watch(task, leftMs)));
    if (this.#isStopped) return;
    const language = languageFor(person);
    for (const [index, task] of tasks.entries()) {
      const [target, outcome] = [directory.targets().get(task.target), outcomes[index]];
      if (!target || !outcome) continue;
      const { name } = target;
      const text =
        outcome.type === "unknown"
          ? say(language, "never_answered", { name })
          : outcomeText(language, target, task, outcome, clock.now());
      const reply = text === "" ? undefined : this.counted(person, text);
      if (reply) await this.deliver(job.person, `${job.id}-later-${index}`, reply);
    }
    this.#end(job);
  }

  #end({ id }: Job): void {
    void this.#options.writer.write([this.#jobs.delete(id)]);
  }
}

/** As long as the `_id` of a command may be. */
const idLength = 64;
