import { limits } from "../limits.ts";
import { runCommand, type CommandOutcome, type SystemCommand } from "../system-command.ts";

/** Runs a command that may have to wait for the service to start. Never throws. */
export function run(command: SystemCommand): Promise<CommandOutcome> {
  return runCommand(command, limits.serviceCommandMs);
}

/** Whether the system has a program. */
export async function hasProgram(program: string): Promise<boolean> {
  return (await run([program, "--version"])).code !== undefined;
}

/** A command as it is typed. */
export function typed(command: SystemCommand): string {
  return command
    .map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
