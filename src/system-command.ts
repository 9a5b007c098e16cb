import { execFile, type ExecFileException } from "node:child_process";

/** A program of the system, and what it is told. */
export type SystemCommand = readonly [program: string, ...args: readonly string[]];

/** How a command ended: what it wrote, and its exit code; undefined when it is not there, or did not end. */
export interface CommandOutcome {
  readonly code: number | undefined;
  readonly text: string;
}

/** Runs a command to its end, or until it has taken too long. Never throws. */
export function runCommand(
  [program, ...args]: SystemCommand,
  timeoutMs: number,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: "SIGKILL" } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`.trim();
      if (error === null) resolve({ code: 0, text });
      else resolve({ code: exitCodeOf(error), text: text === "" ? error.message : text });
    });
  });
}

/** Of a program that is not there, or was ended, the code is none of its own. */
function exitCodeOf({ code }: ExecFileException): number | undefined {
  return typeof code === "number" ? code : undefined;
}
