import { Command, CommanderError } from "commander";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";
import { declareDevices } from "./declare-devices.ts";
import { declareGateway } from "./declare-gateway.ts";
import { declareUsers } from "./declare-users.ts";

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
    .helpCommand(false);
  declareGateway(program, context, done);
  declareDevices(program, context, done);
  declareUsers(program, context, done);
  program
    .command("version")
    .description("print the version")
    .action(() => print(context.version));
  return program;
}
