import {
  CommandError,
  isIdentifier,
  z,
  type Ref,
  type RequestSpec,
  type Scalar,
} from "koine/adapter";
import type { Answers } from "./answers.ts";
import { personSchema } from "./config.ts";
import { limits } from "./limits.ts";
import { classes } from "./outbox-item.ts";

interface Verb extends RequestSpec {
  answer(answers: Answers, params: Readonly<Record<string, unknown>>): Promise<Scalar> | Scalar;
}

const none = z.strictObject({});
const textBody = z.string().min(1).max(limits.textLength);

/** Everything that can be asked of this adapter. What people write is for the owner of the data alone. */
export const verbs: Readonly<Record<string, Verb>> = {
  people: {
    description: "who can be texted, with masked numbers",
    params: none,
    answer: (answers) => answers.people(),
  },
  "add-person": {
    description: "add somebody who can be texted, and who texts",
    params: personSchema,
    isPrivate: true,
    answer: (answers, person) => answers.addPerson(personSchema.parse(person)),
  },
  "remove-person": {
    description: "forget somebody who was added",
    devices: ["person"],
    params: z.strictObject({ person: z.string().min(1).max(256) }),
    isPrivate: true,
    answer: (answers, { person }) => answers.removePerson(asRef(person)),
  },
  routes: {
    description: "how texts leave, and what was spent",
    params: none,
    answer: (answers) => answers.routes(),
  },
  inbox: {
    description: "the newest texts that came",
    params: z.strictObject({
      count: z.number().int().min(1).max(limits.textsKept).default(20),
    }),
    isPrivate: true,
    answer: (answers, { count }) => answers.inbox(Number(count)),
  },
  outbox: {
    description: "texts that wait to be sent or for their reports",
    params: none,
    isPrivate: true,
    answer: (answers) => answers.outbox(),
  },
  dead: {
    description: "texts that were given up, and why",
    params: none,
    isPrivate: true,
    answer: (answers) => answers.dead(),
  },
  requeue: {
    description: "send a text once more that was given up: its key, as dead shows it",
    params: z.strictObject({ key: z.string().regex(/^\d{1,12}$/, "expected a key of dead") }),
    isPrivate: true,
    answer: (answers, { key }) => answers.requeue(String(key)),
  },
  send: {
    description: "send a text to a person",
    devices: ["person"],
    params: z.strictObject({
      person: z.string().min(1).max(256),
      body: textBody,
      class: z.enum(classes).default("answer"),
    }),
    isPrivate: true,
    answer: (answers, { person, body, class: name }) => {
      const textClass = classes.find((one) => one === name) ?? "answer";
      return answers.send(asRef(person), String(body), textClass);
    },
  },
  test: {
    description: "send a person a text that says it is a test",
    devices: ["person"],
    params: z.strictObject({ person: z.string().min(1).max(256) }),
    isPrivate: true,
    answer: (answers, { person }) =>
      answers.send(asRef(person), "Koine test: this text has arrived.", "answer"),
  },
  balance: {
    description: "ask the network for the balance of the SIM: the code that people dial for it",
    params: z.strictObject({
      code: z.string().regex(/^[*#\d]{3,32}$/, "expected a code such as *144#"),
    }),
    isPrivate: true,
    answer: (answers, { code }) => answers.balance(String(code)),
  },
};

/** A person, as the gateway gives it: what identifies it. */
function asRef(given: unknown): Ref {
  if (Array.isArray(given) && given.every(isIdentifier)) return given;
  throw new CommandError("unknown_device", "There is no such person");
}

/**
 * Answers a request.
 * @throws CommandError when there is no such request
 */
export async function answerRequest(
  answers: Answers,
  name: string,
  params: Readonly<Record<string, unknown>>,
): Promise<Scalar> {
  const one = verbs[name];
  if (!one) throw new CommandError("unsupported", `There is no request "${name}"`);
  return one.answer(answers, params);
}
