import { reasonOf } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Machine } from "../service/machine.ts";
import { servicePaths } from "../service/names.ts";
import { serviceState, type ServiceState } from "../service/service-state.ts";
import type { Context } from "./context.ts";
import { wantedService } from "./install-service.ts";
import type { ServiceOptions } from "./service-options.ts";

export interface StatusOptions extends ServiceOptions {
  readonly json?: true;
}

/** How the files of the service compare with what this version would write. */
type Files =
  | { readonly isInstalled: false }
  | { readonly isInstalled: true; readonly isUpToDate: boolean }
  | { readonly isInstalled: true; readonly isUpToDate: undefined; readonly reason: string };

/** `koine service status`: exit 0 when it runs, 1 when not. */
export async function printServiceStatus(
  options: StatusOptions,
  context: Context,
): Promise<ExitCode> {
  const machine = new Machine(options.root);
  const files = await filesOf(machine, context);
  const state = machine.isThis ? await serviceState() : undefined;
  if (options.json) context.print(JSON.stringify({ ...files, ...state }, undefined, 2));
  else
    for (const [name, text] of linesOf(files, state)) context.print(`${name.padEnd(10)} ${text}`);
  return state?.state === "active" ? exitCode.ok : exitCode.negative;
}

async function filesOf(machine: Machine, context: Context): Promise<Files> {
  if ((await machine.text(servicePaths.unit)) === undefined) return { isInstalled: false };
  try {
    const { files } = await wantedService(machine, context);
    const isSame = async (file: (typeof files)[number]): Promise<boolean> =>
      (await machine.text(file.path)) === file.text;
    const same = await Promise.all(files.map(isSame));
    return { isInstalled: true, isUpToDate: same.every(Boolean) };
  } catch (error) {
    return { isInstalled: true, isUpToDate: undefined, reason: reasonOf(error) };
  }
}

function linesOf(
  files: Files,
  state: ServiceState | undefined,
): readonly (readonly [name: string, text: string])[] {
  const lines: (readonly [string, string | undefined])[] = [["Unit", filesText(files)]];
  if (state) lines.push(...stateLines(state));
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
}

function filesText(files: Files): string {
  if (!files.isInstalled) return "not installed: sudo koine service install";
  if (files.isUpToDate === undefined)
    return `${servicePaths.unit}; whether it is up to date cannot be told: ${files.reason}`;
  return files.isUpToDate
    ? `${servicePaths.unit}, up to date`
    : `${servicePaths.unit}, not as this version makes it: sudo koine service install`;
}

function stateLines(state: ServiceState): readonly (readonly [string, string | undefined])[] {
  const { substate, since, pid, restarts, watchdogS, isEnabled, lastExit, status } = state;
  const detail = substate === undefined ? "" : ` (${substate})`;
  const starts = isEnabled ? "starts with the machine" : "does not start with the machine";
  return [
    ["State", `${state.state}${detail}${since === undefined ? "" : `, since ${since}`}`],
    ["Says", status],
    ["Process", pid?.toString()],
    ["Restarts", restarts?.toString()],
    ["Last exit", lastExit],
    ["Watchdog", watchdogS === undefined ? undefined : `${watchdogS} s`],
    ["Enabled", isEnabled === undefined ? undefined : starts],
  ];
}
