import type { Command } from "commander";
import type { Context } from "./context.ts";
import { health, type HealthOptions } from "./health.ts";
import { control, examples, type Done } from "./options.ts";

/** What a supervisor runs again and again: with `--data` it loads little. */
export function declareHealth(program: Command, context: Context, done: Done): void {
  control(program, "health", "say whether the running gateway works, for whoever supervises it")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine health", "koine health --data /var/lib/koine"))
    .action(async (options: HealthOptions) => done(await health(options, context)));
}
