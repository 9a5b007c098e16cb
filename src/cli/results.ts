import { exitCode, type ExitCode } from "../exit-code.ts";
import { limits } from "../limits.ts";
import { isFinal, resultSchema, type Result } from "../model/result.ts";
import type { Client } from "./client.ts";
import type { Context } from "./context.ts";
import { painter } from "./style.ts";

/** A command that was sent, and how long its last word may take. */
export interface Sent {
  readonly device: string;
  readonly id: string;
  /** As long as the device may take, in seconds; `_transition` included. */
  readonly patienceS: number;
  /** Only checked: `accepted` is the last word. */
  readonly isTrial?: boolean | undefined;
}

/**
 * Sends a command and prints each of its results, until the last word or `queued`.
 * @returns undefined when none came in time
 * @throws LinkError when the gateway goes meanwhile
 */
export async function awaitResult(
  client: Client,
  { device, id: commandId, patienceS, isTrial = false }: Sent,
  context: Context,
  send: () => Promise<void>,
): Promise<Result | undefined> {
  const answered = new Promise<Result | undefined>((resolve, reject) => {
    // The gateway itself answers in time, even when the device does not.
    const giveUpMs = patienceS * 1_000 + limits.cliMarginMs;
    const timer = context.clock(1).after(giveUpMs, () => resolve(undefined));
    const listening = client.listen(`${device}/result`, ({ body }) => {
      const parsed = resultSchema.safeParse(body);
      if (!parsed.success || parsed.data._id !== commandId) return;
      printResult(parsed.data, context);
      const { status } = parsed.data;
      if (!isFinal(status) && status !== "queued" && !isTrial) return;
      timer.cancel();
      resolve(parsed.data);
    });
    listening.then(send).catch(reject);
  });
  return client.orLost(answered);
}

function printResult(result: Result, { print, colours }: Context): void {
  const { status, confirmed_by: by, took_ms: tookMs, code, message, values, errors } = result;
  const paint = painter(colours);
  const words = [paintStatus(paint, status)];
  if (by !== undefined) words.push(`confirmed by ${by}`);
  if (tookMs !== undefined) words.push(`after ${tookMs} ms`);
  if (values !== undefined && Object.keys(values).length > 0) words.push(JSON.stringify(values));
  if (message !== undefined) words.push(message);
  else if (code !== undefined) words.push(code);
  print(words.join("  "));
  for (const [key, error] of Object.entries(errors ?? {})) {
    print(`  ${key}: ${error.message ?? error.code}`);
  }
}

function paintStatus(paint: ReturnType<typeof painter>, status: Result["status"]): string {
  if (status === "done") return paint("green", status);
  return isFinal(status) ? paint("red", status) : paint("dim", status);
}

/** 0 done, 2 not known yet or no answer, 1 any other last word. */
export function exitCodeOf(result: Result | undefined): ExitCode {
  switch (result?.status) {
    case "done":
      return exitCode.ok;
    case undefined:
    case "accepted":
    case "queued":
    case "timeout":
      return exitCode.undecided;
    case "partial":
    case "rejected":
    case "failed":
    case "expired":
    case "superseded":
      return exitCode.negative;
  }
}
