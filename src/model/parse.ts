import type { z } from "zod";
import { ProtocolError, reasonOf } from "../errors.ts";
import { parseScalar } from "./scalar.ts";

/**
 * Parses a JSON document from outside into a type of the model.
 * @param what names the document in the message: `command`
 * @throws ProtocolError naming the first thing that is wrong
 */
export function parseDocument<T>(schema: z.ZodType<T>, text: string, what: string): T {
  const parsed = schema.safeParse(parseJson(text, what));
  if (parsed.success) return parsed.data;
  throw new ProtocolError(`Cannot read ${what}: ${firstIssue(parsed.error)}`);
}

/** An object schema whose keys must all match, in its JSON Schema too. */
export function withKeys<S extends z.ZodType<object>>(schema: S, keys: RegExp): S {
  return schema
    .superRefine((object, context) => {
      const odd = Object.keys(object).find((key) => !keys.test(key));
      if (odd !== undefined) context.addIssue({ code: "custom", message: `"${odd}" is no key` });
    })
    .meta({ propertyNames: { pattern: keys.source } });
}

/** @throws ProtocolError when the text is not JSON */
export function parseJson(text: string, what: string): unknown {
  try {
    return parseScalar(text);
  } catch (cause) {
    throw new ProtocolError(`Cannot read ${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** The first thing that is wrong, with its place. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "not valid";
  const path = issue.path.map(String).join(".");
  const message = issue.message
    .replace("Invalid input: ", "")
    .replace(", received undefined", ", it is missing");
  return path === "" ? message : `${path}: ${message}`;
}
