import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Bus } from "../core/bus.ts";
import type { Courier } from "../core/courier.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import { CommandError } from "../errors.ts";
import type { Result } from "../model/result.ts";
import { timestamp } from "../model/state.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import { fold, foldWords } from "./fold.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { corrected } from "./misspelling.ts";
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
  untilMs: z.number(),
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
  /** By how much the clock went back since the last run, in ms. */
  readonly clockBackMs: number;
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
    const { clockBackMs: backMs, writer } = options;
    if (backMs > 0) {
      void writer.write(questions.map((one) => ({ ...one, untilMs: one.untilMs - backMs })));
    }
  }

  static async load(options: QuestionsOptions & { readonly store: Store }): Promise<Questions> {
    return new Questions(options, await KeptMap.load(options.store, prefix, questionSchema));
  }

  start(): void {
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
    const { newId, clock, writer, randomBelow } = this.#options;
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
      const now = clock.now();
      return {
        ask,
        person: person.id,
        question: asked.question,
        kind: options ? "options" : expect,
        options: options ?? [],
        code: expect === "code" ? String(randomBelow(10_000)).padStart(4, "0") : "",
        askedAtMs: now,
        untilMs: now + asked.timeout * 1_000,
        status: "open",
      };
    });
    await writer.write(questions.map((one) => this.#questions.set(keyOf(one), one)));
    for (const question of questions) void this.#text(question);
    await writer.write(this.#questions.trim(limits.questions * 2));
    return { ask, asked: people.map(({ id: person }) => person) };
  }

  /** How a question stands. */
  of(ask: string): readonly Question[] {
    return this.#questions.values().filter((question) => question.ask === ask);
  }

  /** When the newest question to a person was asked, in ms since 1970; of an open one. */
  openTo(person: string): readonly Question[] {
    const mine = this.#questions.values().filter((one) => one.person === person);
    return mine.filter(({ status }) => status === "open").toReversed();
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
        return number && numbers.length === 1 && isEqual(number.text, code)
          ? "confirmed"
          : undefined;
      case "options": {
        if (number && tokens.length === 1) return options[Number(number.text) - 1];
        const said = tokens.map(({ text }) => text).join(" ");
        const words = options.map((option) => [foldWords(option).join(" "), option] as const);
        return words.find(([word]) => word === said)?.[1] ?? corrected(said, words, (one) => one);
      }
    }
  }

  /** Takes an answer, and tells the bus. */
  async answer(question: Question, answer: string | number): Promise<void> {
    await this.#close({ ...question, status: "answered", answer });
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
    const { courier, clock } = this.#options;
    const { ask, person, kind, options, code, untilMs } = question;
    const list = options.map((option, index) => `${index + 1} ${option}`).join(", ");
    const body = [question.question, kind === "code" ? code : list].filter(Boolean).join(" ");
    const expiresS = Math.max(1, Math.round((untilMs - clock.now()) / 1_000));
    const values = { message: { body, class: kind === "code" ? "code" : "answer" } };
    const id = `ask-${ask}`;
    const result = await courier.send(
      { device: person, id, by: "ask", values, expiresS },
      expiresS * 1_000,
    );
    const open = this.#questions.get(keyOf(question));
    if (open?.status !== "open" || result?.status === "done") return;
    if (result && result.stage !== "unknown") await this.#close({ ...open, status: "failed" });
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    for (const question of this.#questions.values()) {
      if (question.status === "open" && now >= question.untilMs) {
        void this.#close({ ...question, status: "expired" });
      }
    }
  }

  async #close(question: Question): Promise<void> {
    const { bus, writer, clock } = this.#options;
    const { ask, person, status, answer } = question;
    const change = this.#questions.set(keyOf(question), question);
    const body: Result = {
      _id: ask,
      _ts: timestamp(clock.now()),
      status: status === "answered" ? "done" : status === "failed" ? "failed" : "expired",
      ...(answer !== undefined && { answer }),
    };
    bus.publish({ kind: "result", device: person, body });
    await writer.write([change]);
  }
}

function isSame(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

function keyOf({ ask, person }: Pick<Question, "ask" | "person">): string {
  return `${ask}/${person}`;
}
