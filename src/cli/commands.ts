import type { Command } from "commander";
import type { Context } from "./context.ts";
import { declareAlerts } from "./declare-alerts.ts";
import { declareDevices } from "./declare-devices.ts";
import { declareGateway } from "./declare-gateway.ts";
import { declarePeople } from "./declare-people.ts";
import { declareService } from "./declare-service.ts";
import { declareUsers } from "./declare-users.ts";
import type { Done } from "./options.ts";

export { declareAdapter } from "./declare-adapter.ts";

/** Every command that has to do with a gateway. */
export function declareGatewayCommands(program: Command, context: Context, done: Done): void {
  declareGateway(program, context, done);
  declareDevices(program, context, done);
  declareUsers(program, context, done);
  declareAlerts(program, context, done);
  declarePeople(program, context, done);
  declareService(program, context, done);
  program
    .command("version")
    .description("print the version")
    .action(() => context.print(context.version));
}
