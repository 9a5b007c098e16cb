import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";
import { ask, type ControlOptions } from "./control.ts";
import { bareValue, type Assignment } from "./options.ts";

/** `koine request <verb>`: asks the daemon anything it answers, and prints the answer as JSON. */
export async function request(
  verb: string,
  assignments: readonly Assignment[],
  options: ControlOptions,
  context: Context,
): Promise<ExitCode> {
  const params = Object.fromEntries(assignments.map(([key, text]) => [key, bareValue(text)]));
  context.print(JSON.stringify(await ask(verb, params, options, context)));
  return exitCode.ok;
}
