import { loadConfig } from "../config/load.ts";
import { CommandError, ConfigError, LinkError } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { planInstallation, type Plan, type PlannedFile } from "../service/installation.ts";
import { Machine } from "../service/machine.ts";
import { closedProgram, hiddenProgram, hidingFolder } from "../service/reach.ts";
import { servicePaths } from "../service/names.ts";
import { serviceFiles, type ServiceFile } from "../service/service-files.ts";
import { hasProgram, typed } from "../service/programs.ts";
import { checkUnit, mostExposure } from "../service/unit-check.ts";
import type { Context } from "./context.ts";
import { mustBeRoot, runAll, type ServiceOptions } from "./service-options.ts";

/** `koine service install`: makes the daemon a service of this machine, or brings that up to date. */
export async function installService(options: ServiceOptions, context: Context): Promise<ExitCode> {
  const { complain } = context;
  const machine = new Machine(options.root);
  const isDry = options.dryRun === true;
  if (!isDry) mustBeRoot("service install", machine, context);
  if (machine.isThis) await mustBeInReach(context);
  const { files, data, isNamed } = await wantedService(machine, context);
  if (!isNamed) {
    complain(`Add "data: ${servicePaths.data}" to ${servicePaths.config}: commands such as`);
    complain('  "koine devices" look there for the running gateway');
  }
  const plan = await planInstallation(machine, files, data);
  if (isDry) return showPlan(plan, context);
  mustBeOurs(plan.files);
  if (machine.isThis) await mustHaveSystemd();
  await check(files, context);
  return carryOut(plan, machine, context);
}

export interface WantedService {
  readonly files: readonly ServiceFile[];
  /** The data directory of the service. */
  readonly data: string;
  /** Whether the configuration names it. */
  readonly isNamed: boolean;
}

/**
 * What the service consists of, by the configuration and the machine.
 * @throws ConfigError when there is no configuration that can be used
 */
export async function wantedService(machine: Machine, context: Context): Promise<WantedService> {
  const { version, env, kinds, program } = context;
  if ((await machine.text(servicePaths.config)) === undefined) {
    const init = typed(["sudo", program.node, program.main, "init"]);
    throw new ConfigError(
      `There is no ${machine.at(servicePaths.config)}, which the service runs with; make it with: ${init}`,
    );
  }
  const { config, adapters } = await loadConfig({
    file: machine.at(servicePaths.config),
    env,
    kinds,
  });
  const data = config.data === undefined ? servicePaths.data : machine.inside(config.data);
  const folder = hidingFolder(data);
  if (folder !== undefined) {
    throw new ConfigError(
      `The service cannot keep its data in "${data}": it does not see ${folder}; write "data: ${servicePaths.data}" in ${servicePaths.config}`,
    );
  }
  const groups = new Set((await machine.names("group")).keys());
  const { node, main } = program;
  const totalMemoryBytes = context.surroundings().memoryBytes;
  const facts = { version, node, main, data, adapters, groups, totalMemoryBytes };
  return { files: serviceFiles(facts), data, isNamed: config.data !== undefined };
}

/** @throws CommandError when the service could not run the program, with how to make it so */
async function mustBeInReach({ program }: Context): Promise<void> {
  const problem = hiddenProgram(program) ?? (await closedProgram(program));
  if (problem !== undefined) throw new CommandError("not_allowed", problem);
}

function mustBeOurs(files: readonly PlannedFile[]): void {
  const foreign = files.find(({ change }) => change === "foreign");
  if (foreign === undefined) return;
  const { path } = foreign;
  throw new CommandError(
    "not_allowed",
    `"${path}" was not made by "koine service install" and is left alone; put it aside: sudo mv ${path} ${path}.old`,
  );
}

async function mustHaveSystemd(): Promise<void> {
  const isBooted = (await new Machine().rights("/run/systemd/system")) !== undefined;
  if (isBooted && (await hasProgram("systemctl"))) return;
  throw new LinkError(
    'systemd does not run this machine; let what starts programs here start "koine run", or see what a service is with: koine service install --dry-run',
  );
}

async function check(
  files: readonly ServiceFile[],
  { print, complain, throwAwayDirectory }: Context,
): Promise<void> {
  const unit = files.find(({ path }) => path === servicePaths.unit)?.text ?? "";
  const directory = await throwAwayDirectory();
  try {
    const verdict = await checkUnit(unit, directory.path);
    if (verdict === undefined) return complain("  no systemd-analyze: the unit was not checked");
    const { exposure } = verdict;
    print(`  check  systemd takes the unit; exposure ${exposure ?? "not told"} of 10`);
    if (exposure !== undefined && exposure > mostExposure)
      complain(`  That is more open than meant: at most ${mostExposure}`);
  } finally {
    await directory.remove();
  }
}

async function carryOut(plan: Plan, machine: Machine, context: Context): Promise<ExitCode> {
  const { print } = context;
  const { commands } = plan;
  const changes = plan.files.filter(({ change }) => change !== "none");
  for (const file of changes) {
    await machine.write(file);
    print(`  wrote  ${machine.at(file.path)}`);
  }
  if (!machine.isThis) {
    print(`Installed below ${machine.at("/")}. To be run there:`);
    for (const command of commands) print(`  ${typed(command)}`);
    return exitCode.ok;
  }
  await runAll(commands, context, "; why: sudo journalctl -u koine -n 30");
  const isSame = changes.length === 0 && commands.length === 0;
  print(isSame ? "Nothing to change: the service is installed, and runs." : "The service runs.");
  print("  koine service status    how it does");
  print("  journalctl -u koine -f  what it says");
  return exitCode.ok;
}

function showPlan({ files, commands }: Plan, { print }: Context): ExitCode {
  for (const { path, text, change } of files) {
    print(`# ${path} (0644, ${changeWords[change]})`);
    print(text);
  }
  print(commands.length === 0 ? "# No command to be run" : "# Commands, in this order");
  for (const command of commands) print(typed(command));
  return exitCode.ok;
}

const changeWords: Readonly<Record<PlannedFile["change"], string>> = {
  new: "new",
  changed: "another version is there",
  none: "as it is",
  foreign: "somebody else's file is there",
};
