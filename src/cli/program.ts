import { Command, CommanderError, InvalidArgumentError } from "commander";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { checkConfig, type CheckOptions } from "./config-check.ts";
import type { Context } from "./context.ts";
import { demo, type DemoOptions } from "./demo.ts";
import { devices, type DevicesOptions } from "./devices.ts";
import { get, type GetOptions } from "./get.ts";
import { run, type RunOptions } from "./run.ts";
import { parseAssignment, set, type Assignment, type SetOptions } from "./set.ts";
import { watch, type WatchOptions } from "./watch.ts";

/**
 * Reads the command line and runs its command.
 * @param args without the program itself
 * @throws KoineError of whatever the command could not do
 */
export async function runProgram(args: readonly string[], context: Context): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const program = declare(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  }
  return code;
}

/** Says with which code a command ended. */
type Done = (code: ExitCode) => void;

function declare(context: Context, done: Done): Command {
  const { print, complain } = context;
  const program = new Command("koine")
    .description("One common language for ZigBee, Bluetooth LE, WiFi/MQTT and phones")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => complain(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .helpCommand(false);
  declareDaemon(program, context, done);
  declareReaders(program, context, done);
  declareSet(program, context, done);
  program
    .command("version")
    .description("print the version")
    .action(() => print(context.version));
  return program;
}

function declareDaemon(program: Command, context: Context, done: Done): void {
  program
    .command("run")
    .description("run the gateway until it is stopped")
    .option("-c, --config <file>", "configuration file (default: koine.yaml, if there is one)")
    .addOption(timeScaleOption(program))
    .addHelpText("after", examples("koine run", "koine run --config /etc/koine/koine.yaml"))
    .action(async (options: RunOptions) => done(await run(options, context)));
  program
    .command("demo")
    .description("run the gateway with simulated devices and throw-away data")
    .addOption(timeScaleOption(program))
    .addHelpText("after", examples("koine demo"))
    .action(async (options: DemoOptions) => done(await demo(options, context)));
  program
    .command("config")
    .description("look at the configuration")
    .command("check")
    .description("say whether the configuration can be used, and all that is wrong with it")
    .option("-c, --config <file>", "configuration file")
    .addHelpText("after", examples("koine config check", "koine config check -c barn.yaml"))
    .action(async (options: CheckOptions) => done(await checkConfig(options, context)));
}

function declareReaders(program: Command, context: Context, done: Done): void {
  client(program, "devices", "list the devices of the running gateway")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine devices", "koine devices --json | jq '.[].id'"))
    .action(async (options: DevicesOptions) => done(await devices(options, context)));
  client(program, "watch", "show what happens, as it happens")
    .argument("[filter]", "only devices whose id or name contains this")
    .option("-p, --property <key>", "only this property or event")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", examples("koine watch", "koine watch kitchen -p power"))
    .action(async (filter: string | undefined, options: WatchOptions) =>
      done(await watch(filter, options, context)),
    );
  client(program, "get", "show the values of a device")
    .argument("<device>", "id or name")
    .argument("[property...]", "only these properties")
    .option("--now", "ask the device, rather than show what was heard last")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine get Greenhouse", "koine get pump power --now"))
    .action(async (device: string, keys: string[], options: GetOptions) =>
      done(await get(device, keys, options, context)),
    );
}

function declareSet(program: Command, context: Context, done: Done): void {
  client(program, "set", "command a device and wait for the result")
    .argument("<device>", "id or name")
    .argument("<property=value...>", "what to set", assignment)
    .option("--transition <seconds>", "change a light over this time", seconds(3_600))
    .option("--expires <seconds>", "void when the device was not reached by then", seconds(604_800))
    .option("--dry-run", "only check; nothing is sent")
    .addHelpText(
      "after",
      examples("koine set pump onoff=on", 'koine set "Hall light" brightness=40 --transition 2'),
    )
    .action(async (device: string, assignments: Assignment[], options: SetOptions) =>
      done(await set(device, assignments, options, context)),
    );
}

/** A command that talks to the running gateway. */
function client(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("-c, --config <file>", "configuration file of the gateway")
    .option("-u, --url <url>", "where the gateway listens, such as mqtt://127.0.0.1:1883");
}

function timeScaleOption(program: Command): ReturnType<Command["createOption"]> {
  return program
    .createOption("--time-scale <factor>", "for tests: let time run this much faster")
    .argParser(factor)
    .default(1)
    .hideHelp();
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

function factor(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 100_000)) throw new InvalidArgumentError("Expected 1 to 100000.");
  return value;
}

function seconds(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= 0 && value <= most)) throw new InvalidArgumentError(`Expected 0 to ${most}.`);
    return value;
  };
}

/** One more of several `property=value`. */
function assignment(text: string, before: readonly Assignment[] = []): readonly Assignment[] {
  const parsed = parseAssignment(text);
  if (!parsed) throw new InvalidArgumentError("Expected property=value.");
  return [...before, parsed];
}
