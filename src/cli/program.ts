import { Command, CommanderError } from "commander";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { AdapterKind } from "../core/adapter.ts";
import type { Context } from "./context.ts";
import { declareAdapter } from "./declare-adapter.ts";
import { declareAlerts } from "./declare-alerts.ts";
import { declareDevices } from "./declare-devices.ts";
import { declareGateway } from "./declare-gateway.ts";
import { declareLeak } from "./declare-leak.ts";
import { declarePeople } from "./declare-people.ts";
import { declareUsers } from "./declare-users.ts";

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
  const program = declare(context, done);
  const kind = await kindNamed(args[0], context);
  if (kind) declareAdapter(program, kind, context, done);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  }
  return code;
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

function declare(context: Context, done: (code: ExitCode) => void): Command {
  const { print, complain } = context;
  const program = new Command("koine")
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
  declareGateway(program, context, done);
  declareDevices(program, context, done);
  declareUsers(program, context, done);
  declareAlerts(program, context, done);
  declarePeople(program, context, done);
  declareLeak(program, context, done);
  program
    .command("version")
    .description("print the version")
    .action(() => print(context.version));
  return program;
}
