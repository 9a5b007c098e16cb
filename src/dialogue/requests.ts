import { z } from "zod";
import { verb, type Verb } from "../core/requests.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Card } from "./card.ts";
import type { Dialogue } from "./dialogue.ts";
import { codeAt } from "./one-time-list.ts";
import { askSchema } from "./questions.ts";

/** Codes on one sheet. */
const codesPrinted = 50;

const person = z.string().min(1).describe("Name or id of a person");

/** What may be asked of the dialogue over the bus. */
export function dialogueRequests({ questions }: Dialogue): Readonly<Record<string, Verb>> {
  return {
    ask: verb(askSchema, async (ask) => ({ ...(await questions.ask(ask)) })),
    asked: verb(z.strictObject({ ask: z.string() }), ({ ask }) =>
      questions
        .of(ask)
        .map(({ person: id, status, answer = null }) => ({ person: id, status, answer })),
    ),
  };
}

/** What only the owner of the data may ask: secrets, and what people have done. */
export function privateDialogueRequests(dialogue: Dialogue): Readonly<Record<string, Verb>> {
  return {
    "people-codes": verb(z.strictObject({ person }), async (params) => {
      const list = await dialogue.newList(params.person);
      const codes = Array.from({ length: codesPrinted }, (_, index) => codeAt(list, index));
      return { codes };
    }),
    "people-log": verb(
      z.strictObject({ count: z.number().int().min(1).max(500).default(20) }),
      ({ count }) => dialogue.audit(count).map((entry) => ({ ...entry })),
    ),
    "people-card": verb(
      z.strictObject({ person: person.optional(), language: z.string().optional() }),
      (params) => plain(dialogue.card(params)),
    ),
  };
}

/** A card as what a request answers. */
function plain({ headings, lines, devices, codes, ...card }: Card): Scalar {
  return {
    ...card,
    headings: { ...headings },
    lines: lines.map((line) => ({ ...line })),
    devices: devices.map((device) => ({ ...device })),
    codes: { ...codes },
  };
}
