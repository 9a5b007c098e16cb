import { Option, type Command } from "commander";
import type { Context } from "./context.ts";
import { installService } from "./install-service.ts";
import { examples, type Done } from "./options.ts";
import { printServiceStatus, type StatusOptions } from "./service-status.ts";
import type { ServiceOptions } from "./service-options.ts";
import { uninstallService } from "./uninstall-service.ts";

/** The commands about the daemon as a service of the system. */
export function declareService(program: Command, context: Context, done: Done): void {
  const service = program.command("service").description("run the gateway with systemd");
  const declare = (name: string, description: string): Command =>
    service
      .command(name)
      .description(description)
      .addOption(
        new Option("--root <folder>", "another machine, whose root is this folder").hideHelp(),
      );
  declare("install", "start the gateway with the machine, and again whenever it ends")
    .option("--dry-run", "only show the files and the commands")
    .addHelpText("after", examples("sudo koine service install", "koine service install --dry-run"))
    .action(async (options: ServiceOptions) => done(await installService(options, context)));
  declare("uninstall", "remove what install has made; data and settings stay")
    .option("--dry-run", "only show the commands")
    .addHelpText("after", examples("sudo koine service uninstall"))
    .action(async (options: ServiceOptions) => done(await uninstallService(options, context)));
  declare("status", "say whether it runs, since when, and how often it was started again")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine service status"))
    .action(async (options: StatusOptions) => done(await printServiceStatus(options, context)));
}
