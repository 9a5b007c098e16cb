import { connect, type Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { CommandError, isKoineError, LinkError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import { parseDocument } from "../model/parse.ts";
import { responseSchema, type Response } from "../model/request.ts";
import type { Scalar } from "../model/scalar.ts";
import { controlPath } from "./control-socket.ts";

export interface AskOptions {
  /** Data directory of the daemon. */
  readonly directory: string;
  readonly verb: string;
  readonly params?: Readonly<Record<string, Scalar>>;
  readonly clock: Clock;
  /** How long it may take to answer, in ms. */
  readonly timeoutMs?: number;
}

/**
 * Asks the daemon that uses a data directory, and resolves to its answer, good or bad.
 * @throws LinkError when no daemon listens there
 * @throws CommandError `no_answer` when one does, and says nothing in time
 */
export async function askDaemon(options: AskOptions): Promise<Response> {
  const { directory, verb, params, clock } = options;
  const path = controlPath(directory);
  const socket = connect({ path, allowHalfOpen: true });
  const timeoutMs = options.timeoutMs ?? limits.requestMs + limits.cliMarginMs;
  const timer = clock.after(timeoutMs, () => socket.destroy(noAnswer(path, timeoutMs)));
  try {
    socket.end(`${JSON.stringify({ ...params, verb })}\n`);
    return parseDocument(responseSchema, await readAll(socket), "response");
  } catch (cause) {
    if (isKoineError(cause, "command")) throw cause;
    throw new LinkError(`No Koine answers at "${path}": ${reasonOf(cause)}`, { cause });
  } finally {
    timer.cancel();
    socket.destroy();
  }
}

function noAnswer(path: string, timeoutMs: number): CommandError {
  const seconds = timeoutMs / 1_000;
  return new CommandError("no_answer", `Koine at "${path}" did not answer within ${seconds} s`);
}

async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8");
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.length > limits.controlAnswerLength) throw new Error("the answer is too long");
  }
  return text;
}
