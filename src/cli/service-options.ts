import { CommandError, LinkError } from "../errors.ts";
import type { Machine } from "../service/machine.ts";
import type { SystemCommand } from "../system-command.ts";
import { run, typed } from "../service/programs.ts";
import type { Context } from "./context.ts";

export interface ServiceOptions {
  /** Only show what would be done. */
  readonly dryRun?: true;
  /** The machine whose root is this folder, and not this one. */
  readonly root?: string;
}

/**
 * @param words what was wanted: `service install`
 * @throws CommandError when it takes the rights of root, which the user has not
 */
export function mustBeRoot(words: string, machine: Machine, context: Context): void {
  const { program } = context;
  if (!machine.isThis || context.surroundings().user.id === 0) return;
  throw new CommandError(
    "not_allowed",
    `Only root may do that: sudo ${typed([program.node, program.main, ...words.split(" ")])}`,
  );
}

/**
 * Runs commands of the system one by one, each of them told.
 * @throws LinkError at the first that fails
 */
export async function runAll(
  commands: readonly SystemCommand[],
  { print }: Context,
  hint = "",
): Promise<void> {
  for (const command of commands) {
    print(`  ran    ${typed(command)}`);
    const { code, text } = await run(command);
    if (code === 0) continue;
    throw new LinkError(`"${typed(command)}" ended with ${code ?? "no exit code"}: ${text}${hint}`);
  }
}
