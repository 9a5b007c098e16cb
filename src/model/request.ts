import { z } from "zod";
import { commandErrorCodes, CommandError, isKoineError } from "../errors.ts";
import { parseDocument } from "./parse.ts";
import { scalarSchema, timestampSchema } from "./state.ts";
import type { Scalar } from "./scalar.ts";

/** `bridge/request/<verb>`: something asked of Koine, beside commands to devices. */
export const requestSchema = z
  .object({
    _id: z.string().min(1).max(64).optional().describe("Correlates the response"),
  })
  .catchall(scalarSchema);

/** `bridge/response/<verb>`: the answer to one request. */
export const responseSchema = z.looseObject({
  _id: z.string(),
  _ts: timestampSchema,
  status: z.enum(["ok", "error"]),
  data: scalarSchema.optional().describe("Of `ok`: what was asked for"),
  code: z.enum(commandErrorCodes).optional().describe("Of `error`: why, for programs"),
  message: z.string().optional().describe("Of `error`: why, for people"),
});
export type Response = Readonly<z.infer<typeof responseSchema>>;

/** A request as someone published it; what it holds is not yet checked. */
export interface Request {
  readonly id?: string | undefined;
  readonly params: Readonly<Record<string, Scalar>>;
}

/**
 * Reads the payload of `bridge/request/…`; an empty one has no parameters.
 * @throws CommandError `bad_payload`
 */
export function parseRequest(text: string): Request {
  if (text.trim() === "") return { params: {} };
  try {
    const { _id: id, ...params } = parseDocument(requestSchema, text, "request");
    return { id, params };
  } catch (cause) {
    if (!isKoineError(cause, "protocol")) throw cause;
    throw new CommandError("bad_payload", cause.message, { cause });
  }
}

/** A request at the control socket: the verb stands beside its parameters. */
export const controlRequestSchema = requestSchema.extend({ verb: z.string() });
