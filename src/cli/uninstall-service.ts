import { exitCode, type ExitCode } from "../exit-code.ts";
import { planRemoval } from "../service/installation.ts";
import { Machine } from "../service/machine.ts";
import { servicePaths, serviceUser } from "../service/names.ts";
import { typed } from "../service/programs.ts";
import type { Context } from "./context.ts";
import { mustBeRoot, runAll, type ServiceOptions } from "./service-options.ts";

/** `koine service uninstall`: removes what `install` made; data and settings stay. */
export async function uninstallService(
  options: ServiceOptions,
  context: Context,
): Promise<ExitCode> {
  const { print } = context;
  const machine = new Machine(options.root);
  const { stop, files, foreign, after } = await planRemoval(machine);
  for (const path of foreign) print(`  left   ${path}: not made by "koine service install"`);
  if (files.length === 0) {
    print("Nothing to remove: the service is not installed.");
    return exitCode.ok;
  }
  if (options.dryRun) {
    const remove = files.map((path) => ["rm", machine.at(path)] as const);
    for (const command of [...stop, ...remove, ...after]) print(typed(command));
    return exitCode.ok;
  }
  mustBeRoot("service uninstall", machine, context);
  if (machine.isThis) await runAll(stop, context);
  for (const path of files) {
    await machine.remove(path);
    print(`  gone   ${machine.at(path)}`);
  }
  if (machine.isThis) await runAll(after, context);
  print(`The service is removed. Data (${servicePaths.data}, or "data:" of the configuration),`);
  print(
    `  settings (${servicePaths.settings}) and the user "${serviceUser}" stay. To remove these, too:`,
  );
  print(`  sudo rm -r ${servicePaths.data} ${servicePaths.settings}; sudo userdel ${serviceUser}`);
  return exitCode.ok;
}
