import { Command, CommanderError } from "commander";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { AdapterKind } from "../core/adapter.ts";
import type { Context } from "./context.ts";
import { declareHealth } from "./declare-health.ts";
import { declareLeak } from "./declare-leak.ts";
import type { Done } from "./options.ts";

/**
 * Reads the command line and runs its command.
 * @param args without the program itself
 * @throws KoineError of whatever the command could not do
 */
export async function runProgram(args: readonly string[], context: Context): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const done = (result: ExitCode): void => {
    code = result;
  };
  const program = bareProgram(context);
  await declareCommands(args[0], program, context, done);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  }
  return code;
}

/** All commands, or those that are named alone where they need little: the others are not loaded. */
async function declareCommands(
  word: string | undefined,
  program: Command,
  context: Context,
  done: Done,
): Promise<void> {
  declareLeak(program, context, done);
  declareHealth(program, context, done);
  if (word === "leak" || word === "health") return;
  const { declareAdapter, declareGatewayCommands } = await import("./commands.ts");
  declareGatewayCommands(program, context, done);
  const kind = await kindNamed(word, context);
  if (kind) declareAdapter(program, kind, context, done);
}

/** The kind of adapter whose commands are meant; the others are not even loaded. */
async function kindNamed(
  word: string | undefined,
  { kinds }: Context,
): Promise<AdapterKind<unknown> | undefined> {
  if (word === undefined || !kinds.names.includes(word)) return undefined;
  const kind = await kinds.load(word, ".");
  return kind?.requests || kind?.tools ? kind : undefined;
}

function bareProgram(context: Context): Command {
  const { print, complain } = context;
  return new Command("koine")
    .description("One common language for ZigBee, Bluetooth LE, WiFi/MQTT and phones")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => complain(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .helpCommand(false)
    .addHelpText("after", "\nAn adapter has commands of its own: koine zigbee --help");
}
