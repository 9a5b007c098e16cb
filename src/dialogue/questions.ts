import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Bus } from "../core/bus.ts";
import { isTaken, type Courier, type Wish } from "../core/courier.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { SteadyTime } from "../core/steady-time.ts";
import { CommandError } from "../errors.ts";
import type { Result } from "../model/result.ts";
import { timestamp } from "../model/state.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import { fold, foldWords } from "./fold.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { isEqual } from "./one-time-list.ts";
import type { Person } from "./person.ts";

const kinds = ["options", "code", "number", "text"] as const;

const questionSchema = z.object({
  /** Of whoever asks; one question to several people has one. */
  ask: z.string(),
  person: z.string(),
  question: z.string(),
  kind: z.enum(kinds),
  options: z.array(z.string()),
  /** What the person is to send back; of `code`. */
  code: z.string(),
  askedAtMs: z.number(),
  /** In steady time. */
  untilMs: z.number(),
  /** Whether the channel has it. */
  isHandedOver: z.boolean(),
  /** Wrong codes that came. */
  wrongs: z.number(),
  status: z.enum(["open", "answered", "expired", "failed"]),
  answer: z.union([z.string(), z.number()]).optional(),
});
export type Question = z.infer<typeof questionSchema>;

/** What may be asked of people. */
export const askSchema = z.strictObject({
  person: z.string().min(1).optional().describe("Name or id of one person"),
  group: z.string().min(1).optional().describe("Everybody of a group"),
  question: z.string().min(1).max(limits.questionLength).describe("The words of the text"),
  options: z
    .array(z.string().min(1).max(40))
    .min(2)
    .max(9)
    .optional()
    .describe("Answers to choose from, by number or by word"),
  expect: z.enum(["number", "text", "code"]).default("text").describe("What kind of answer"),
  timeout: z
    .number()
    .min(10)
    .max(limits.longestQuestionS)
    .default(600)
    .describe("Seconds to answer"),
  id: z
    .string()
    .regex(/^[\w-]{1,48}$/)
    .optional()
    .describe("Names the question; made when absent"),
});
export type Ask = z.infer<typeof askSchema>;

const prefix = "dialogue/question/";

export interface QuestionsOptions {
  readonly bus: Bus;
  readonly courier: Courier;
  readonly writer: PatientWriter;
  readonly clock: Clock;
  readonly people: () => readonly Person[];
  readonly time: SteadyTime;
  readonly newId: () => string;
  readonly randomBelow: (most: number) => number;
}

/** Asks people something, and tells the bus what they answer: the phone as a sensor. */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #questions: KeptMap<Question>;
  #sweeping: { cancel(): void } | undefined;

  private constructor(options: QuestionsOptions, questions: KeptMap<Question>) {
    this.#options = options;
    this.#questions = questions;
  }

  static async load(options: QuestionsOptions & { readonly store: Store }): Promise<Questions> {
    return new Questions(options, await KeptMap.load(options.store, prefix, questionSchema));
  }

  start(): void {
    for (const question of this.#questions.values()) {
      if (question.status === "open" && !question.isHandedOver) void this.#text(question);
    }
    this.#sweeping = this.#options.clock.every(limits.timerSweepMs, () => this.#sweep());
  }

  stop(): void {
    this.#sweeping?.cancel();
  }

  /**
   * Texts a question; resolves to its id and who was asked.
   * @throws CommandError when there is nobody, or too much is asked already
   */
  async ask({ id, options, expect, ...asked }: Ask): Promise<{ ask: string; asked: string[] }> {
    const { newId, clock, time, writer, randomBelow } = this.#options;
    const people = this.#meant(asked);
    const open = this.#questions.values().filter(({ status }) => status === "open");
    if (open.length + people.length > limits.questions) {
      throw new CommandError("rate_limited", `${limits.questions} questions are open already`);
    }
    const ask = id ?? newId();
    if (this.#questions.values().some((one) => one.ask === ask)) {
      throw new CommandError("duplicate_id", `The question "${ask}" was asked already`);
    }
    const questions = people.map((person): Question => {
      const kind = options ? "options" : expect;
      const seconds =
        kind === "code" ? Math.min(asked.timeout, limits.longestCodeS) : asked.timeout;
      return {
        ask,
        person: person.id,
        question: asked.question,
        kind,
        options: options ?? [],
        code: expect === "code" ? String(randomBelow(10_000)).padStart(4, "0") : "",
        askedAtMs: clock.now(),
        untilMs: time.now() + seconds * 1_000,
        isHandedOver: false,
        wrongs: 0,
        status: "open",
      };
    });
    await writer.write(questions.map((one) => this.#questions.set(keyOf(one), one)));
    for (const question of questions) void this.#text(question);
    await writer.write(this.#trimmed());
    return { ask, asked: people.map(({ id: person }) => person) };
  }

  /** How a question stands. */
  of(ask: string): readonly Question[] {
    return this.#questions.values().filter((question) => question.ask === ask);
  }

  /** The open questions to a person, newest first. */
  openTo(person: string): readonly Question[] {
    const mine = this.#questions.values().filter((one) => one.person === person);
    const still = mine.filter(({ status }) => status === "open");
    return still.toSorted((a, b) => b.askedAtMs - a.askedAtMs);
  }

  /** Whether a text is a code, and not the one that was asked for. */
  isWrongCode({ kind, code }: Question, body: string): boolean {
    const said = codeIn(body);
    return kind === "code" && said !== undefined && !isEqual(said, code);
  }

  /** After three wrong codes nobody can answer any more. */
  async countWrong(question: Question): Promise<void> {
    const wrongs = question.wrongs + 1;
    if (wrongs >= limits.codeTries) return this.#close({ ...question, wrongs, status: "failed" });
    await this.#options.writer.write([
      this.#questions.set(keyOf(question), { ...question, wrongs }),
    ]);
  }

  /** The answer that a text is to a question; undefined when it is none. */
  answerIn({ kind, options, code }: Question, body: string): string | number | undefined {
    const { tokens } = fold(body);
    const numbers = tokens.filter(({ isNumber }) => isNumber);
    const [number] = numbers;
    switch (kind) {
      case "text":
        return body.trim() === "" ? undefined : body.trim().slice(0, limits.questionLength);
      case "number":
        return number && numbers.length === 1 && tokens.length <= 4
          ? Number(number.text)
          : undefined;
      case "code":
        return isEqual(codeIn(body) ?? "", code) ? "confirmed" : undefined;
      case "options": {
        if (number && tokens.length === 1) return options[Number(number.text) - 1];
        const said = tokens.map(({ text }) => text).join(" ");
        const words = options.map((option) => [foldWords(option).join(" "), option] as const);
        return words.find(([word]) => word === said)?.[1];
      }
    }
  }

  /** Takes an answer, and tells the bus; the change makes it last. */
  answer(question: Question, answer: string | number): Change {
    return this.#ended({ ...question, status: "answered", answer });
  }

  #meant({ person, group }: Pick<Ask, "person" | "group">): readonly Person[] {
    const found = this.#options
      .people()
      .filter(({ id, name, groups }) =>
        person === undefined
          ? groups.some((one) => isSame(one, group))
          : id === person || isSame(name, person),
      );
    if ((person === undefined) === (group === undefined)) {
      throw new CommandError("bad_payload", "A question is for a person or for a group");
    }
    if (found.length > 0) return found;
    throw new CommandError("unknown_device", `There is nobody called "${person ?? group}"`);
  }

  async #text(question: Question): Promise<void> {
    const { courier, time, writer } = this.#options;
    const { ask, person, kind, options, code, untilMs } = question;
    const list = options.map((option, index) => `${index + 1} ${option}`).join(", ");
    const body = [question.question, kind === "code" ? code : list].filter(Boolean).join(" ");
    const expiresS = Math.max(1, Math.round((untilMs - time.now()) / 1_000));
    const values = { message: { body, class: kind === "code" ? "code" : "answer" } };
    const wish = { device: person, id: `ask-${ask}`, by: "ask", values, expiresS };
    const first = await courier.send(wish, limits.answerMs, isTaken);
    const last =
      first?.status === "queued" ? await this.#heardLast(question, wish, expiresS) : first;
    const open = this.#questions.get(keyOf(question));
    if (open?.status !== "open" || last?.status === "done") return;
    if (last && last.stage !== "unknown") await this.#close({ ...open, status: "failed" });
    else if (!open.isHandedOver && first?.status === "done") {
      await writer.write([this.#questions.set(keyOf(open), { ...open, isHandedOver: true })]);
    }
  }

  /** Notes that the channel has it, and waits for its last word. */
  async #heardLast(question: Question, wish: Wish, expiresS: number): Promise<Result | undefined> {
    const { writer, courier } = this.#options;
    const handed = { ...question, isHandedOver: true };
    await writer.write([this.#questions.set(keyOf(question), handed)]);
    return courier.hear(wish, expiresS * 1_000);
  }

  /** Without the oldest of those that are over. */
  #trimmed(): readonly Change[] {
    const over = this.#questions.entries().filter(([, { status }]) => status !== "open");
    return over
      .slice(0, Math.max(0, over.length - limits.questions))
      .map(([key]) => this.#questions.delete(key));
  }

  #sweep(): void {
    const now = this.#options.time.now();
    for (const question of this.#questions.values()) {
      if (question.status === "open" && now >= question.untilMs) {
        void this.#close({ ...question, status: "expired" });
      }
    }
  }

  async #close(question: Question): Promise<void> {
    await this.#options.writer.write([this.#ended(question)]);
  }

  #ended(question: Question): Change {
    const { bus, clock } = this.#options;
    const { ask, person, status, answer } = question;
    const change = this.#questions.set(keyOf(question), question);
    const body: Result = {
      _id: ask,
      _ts: timestamp(clock.now()),
      status: status === "answered" ? "done" : status === "failed" ? "failed" : "expired",
      ...(answer !== undefined && { answer }),
    };
    bus.publish({ kind: "result", device: person, body });
    return change;
  }
}

/** The only number of a text, where it is a code. */
function codeIn(body: string): string | undefined {
  const [number, ...others] = fold(body).tokens.filter(({ isNumber }) => isNumber);
  return others.length === 0 && /^\d{4}$/.test(number?.text ?? "") ? number?.text : undefined;
}

function isSame(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

function keyOf({ ask, person }: Pick<Question, "ask" | "person">): string {
  return `${ask}/${person}`;
}
