import { z } from "zod";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Context } from "./context.ts";
import { ask as askDaemon, type ControlOptions } from "./control.ts";

export interface AskOptions extends ControlOptions {
  /** The name is that of a group. */
  readonly group?: boolean;
  readonly options?: string;
  readonly number?: boolean;
  readonly code?: boolean;
  /** Seconds. */
  readonly timeout: number;
}

const askedSchema = z.object({ ask: z.string(), asked: z.array(z.string()) });
const answersSchema = z.array(
  z.object({
    person: z.string(),
    status: z.enum(["open", "answered", "expired", "failed"]),
    answer: z.union([z.string(), z.number()]).nullable(),
  }),
);

/** How often it is looked whether somebody has answered, in ms. */
const lookMs = 1_000;

/** `koine ask <who> <question>`: texts a question, and prints the answers. Exit code 2 when one is missing. */
export async function askPeople(
  who: string,
  question: string,
  options: AskOptions,
  context: Context,
): Promise<ExitCode> {
  const { timeout, options: choices, number, code, group, ...control } = options;
  const expect = number === true ? "number" : code === true ? "code" : "text";
  const params: Record<string, Scalar> = {
    question,
    timeout,
    ...(group === true ? { group: who } : { person: who }),
    ...(choices === undefined
      ? { expect }
      : { options: choices.split(",").map((one) => one.trim()) }),
  };
  const { ask } = askedSchema.parse(await askDaemon("ask", params, control, context));
  const clock = context.clock(1);
  for (;;) {
    const answers = answersSchema.parse(await askDaemon("asked", { ask }, control, context));
    if (answers.every(({ status }) => status !== "open")) return tell(answers, context);
    await clock.sleep(lookMs);
  }
}

function tell(answers: z.infer<typeof answersSchema>, { print }: Context): ExitCode {
  for (const { person, status, answer } of answers) print(`${person}  ${answer ?? `(${status})`}`);
  const isWhole = answers.every(({ status }) => status === "answered");
  return isWhole ? exitCode.ok : exitCode.undecided;
}
