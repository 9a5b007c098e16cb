import type { Decision, Said, Surroundings } from "./decision.ts";
import { languageOf, type Language } from "./language.ts";
import { isEcho, mayAnswer, withAnswer, withHeard, wordsOf } from "./manners.ts";
import type { Memory } from "./memory.ts";
import type { Person } from "./person.ts";
import { isWho } from "./rights.ts";
import { Turn } from "./turn.ts";
import { understand } from "./understand.ts";

/** What is meant so clearly that it is no answer to any question. */
const commands: ReadonlySet<string> = new Set([
  "act",
  "add",
  "all_off",
  "guess",
  "language",
  "menu",
  "mute",
  "off",
  "ok",
  "status",
  "unwarn",
  "warn",
]);

/** Decides what follows from a text of a person. Opens nothing and sends nothing. */
export class Conversation {
  readonly #options: Surroundings;

  constructor(options: Surroundings) {
    this.#options = options;
  }

  languageFor(person: Person, memory: Memory): Language {
    return languageOf(memory.language ?? person.language ?? this.#options.language);
  }

  isOwner(person: Person): boolean {
    return this.#options.owners.some((owner) => isWho(owner, person));
  }

  /** Whether a text says what is to be done, whatever was asked. */
  isCommand(person: Person, memory: Memory, body: string): boolean {
    const { lexicon, targets } = this.#options;
    const { tag } = this.languageFor(person, memory);
    const meaning = understand(body, lexicon, targets(), tag);
    if (meaning.type === "which") return meaning.choices.some(({ type }) => type === "act");
    return commands.has(meaning.type);
  }

  /** Whether a text switches off: that is obeyed, whatever else it may be. */
  isOff(person: Person, memory: Memory, body: string): boolean {
    const { lexicon, targets } = this.#options;
    const { type } = understand(body, lexicon, targets(), this.languageFor(person, memory).tag);
    return type === "off" || type === "all_off";
  }

  /** What follows; without an answer where none may be sent any more. */
  decide(person: Person, before: Memory, said: Said): Decision {
    const { nowMs, body } = said;
    const memory = withHeard(before, wordsOf(body), nowMs);
    if (isEcho(memory, body, nowMs)) return { memory };
    const language = this.languageFor(person, memory);
    const { lexicon, targets } = this.#options;
    const turn = new Turn(this.#options, { person, memory, said, language });
    const meaning = understand(body, lexicon, targets(), language.tag);
    return answered(turn.take(meaning, this.isOwner(person)), nowMs);
  }
}

/** Counts the answer, or leaves it out where there were too many. */
function answered(decision: Decision, nowMs: number): Decision {
  const { answer, ...rest } = decision;
  if (!answer) return decision;
  if (!mayAnswer(decision.memory, nowMs)) return rest;
  return { ...decision, memory: withAnswer(decision.memory, answer.text, nowMs) };
}
