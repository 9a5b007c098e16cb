import { z } from "zod";
import { CommandError, isKoineError } from "../errors.ts";
import { parseDocument } from "./parse.ts";
import { pattern } from "./pattern.ts";
import { scalarSchema } from "./state.ts";
import { parseScalar, type Scalar } from "./scalar.ts";

const options = {
  _id: z.string().min(1).max(64).optional().describe("Correlates the results; made up when absent"),
  _by: z.string().max(128).optional().describe("Who asks, for the log: `sms:…`, `peer:…`"),
  _transition: z
    .number()
    .min(0)
    .max(3600)
    .optional()
    .describe("Seconds over which a light changes"),
  _expires: z
    .number()
    .min(0)
    .max(604_800)
    .optional()
    .describe("Seconds after which the command is void"),
  _dry_run: z.boolean().optional().describe("Check only; nothing is sent"),
};

/** `…/set`: the wished values by property key, and options behind `_`. */
export const commandDocumentSchema = z.object(options).catchall(scalarSchema);

/** `…/get`: which properties to read from the device now; all when absent. */
export const getDocumentSchema = z.strictObject({
  _id: options._id,
  _by: options._by,
  properties: z.array(z.string()).max(256).optional(),
});
export type GetDocument = Readonly<z.infer<typeof getDocumentSchema>>;

/** A command as someone published it, keys not yet held against the device. */
export interface CommandDocument {
  readonly id?: string | undefined;
  readonly by?: string | undefined;
  readonly transitionS?: number | undefined;
  readonly expiresS?: number | undefined;
  readonly dryRun: boolean;
  readonly values: Readonly<Record<string, Scalar>>;
}

/**
 * Reads the payload of `…/set`.
 * @throws CommandError `bad_payload` when it is no command document, `no_property` when it is empty
 */
export function parseCommandDocument(text: string): CommandDocument {
  const document = orBadPayload(() => parseDocument(commandDocumentSchema, text, "command"));
  const { _id, _by, _transition, _expires, _dry_run, ...values } = document;
  const odd = Object.keys(values).find((key) => !pattern.propertyKey.test(key));
  if (odd !== undefined) {
    throw new CommandError("bad_payload", `Cannot read command: "${odd}" is no property key`);
  }
  if (Object.keys(values).length === 0) {
    throw new CommandError("no_property", "The command names no property");
  }
  return {
    id: _id,
    by: _by,
    transitionS: _transition,
    expiresS: _expires,
    dryRun: _dry_run ?? false,
    values,
  };
}

/**
 * Reads the payload of `…/set/<property>`: a bare JSON value, or a bare word such as `toggle`.
 * @throws CommandError `no_property` when it is empty
 */
export function parseBareValue(property: string, text: string): CommandDocument {
  if (text.trim() === "") throw new CommandError("no_property", "The command has no value");
  return { dryRun: false, values: { [property]: bareValue(text) } };
}

function bareValue(text: string): Scalar {
  try {
    return parseScalar(text);
  } catch {
    // Not JSON: a word typed without quotes, which the property's type then judges.
    return text.trim();
  }
}

/**
 * Reads the payload of `…/get`; an empty payload asks for everything.
 * @throws CommandError `bad_payload`
 */
export function parseGetDocument(text: string): GetDocument {
  if (text.trim() === "") return {};
  return orBadPayload(() => parseDocument(getDocumentSchema, text, "read request"));
}

/** The `_id` of a document that could not be read as a whole, so that its asker can be answered. */
export function salvageId(text: string): string | undefined {
  return /"_id"\s*:\s*"([^"\\]{1,64})"/.exec(text)?.[1];
}

function orBadPayload<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!isKoineError(cause, "protocol")) throw cause;
    throw new CommandError("bad_payload", cause.message, { cause });
  }
}
