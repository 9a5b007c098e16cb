import type { Token } from "./lexer.ts";
import { isOperationName } from "./operations.ts";
import { TemplateError } from "./template-error.ts";
import type { Expression } from "./tree.ts";

/** What `loop` tells inside a `for`. */
export const loopFields = [
  "index",
  "index0",
  "revindex",
  "revindex0",
  "first",
  "last",
  "length",
] as const;

/** Names that Home Assistant gives a meaning that Koine cannot: its own world. */
const foreignNames: ReadonlySet<string> = new Set([
  "caller",
  "e",
  "entity_id",
  "hass",
  "inf",
  "kwargs",
  "loop",
  "name",
  "now",
  "pi",
  "self",
  "state_attr",
  "states",
  "tau",
  "this",
  "trigger",
  "utcnow",
  "varargs",
]);

const keywords: ReadonlySet<string> = new Set(["and", "else", "if", "in", "is", "not", "or"]);

/**
 * A name may be one of the scope or one the template itself gave to a value.
 * @throws TemplateError when it means something else
 */
export function checkName({ text, at }: Token, ownNames: ReadonlySet<string>): void {
  if (keywords.has(text)) throw new TemplateError(`Unexpected '${text}'`, at);
  if (ownNames.has(text)) return;
  if (foreignNames.has(text) || isOperationName(text)) {
    throw new TemplateError(`Unknown name '${text}'`, at);
  }
}

/** @throws TemplateError when a `loop` tells no such thing */
export function checkAttribute({ text, at }: Token, of: Expression): void {
  if (of.kind !== "name" || of.name !== "loop") return;
  if (!loopFields.some((field) => field === text)) {
    throw new TemplateError(`Unknown attribute 'loop.${text}'`, at);
  }
}

/** @throws TemplateError when it cannot be the name of a value */
export function checkNewName({ text, at }: Token): string {
  const isTaken = keywords.has(text) || text === "loop" || /^(?:true|false|none)$/i.test(text);
  if (isTaken) throw new TemplateError(`Unexpected '${text}'`, at);
  return text;
}
