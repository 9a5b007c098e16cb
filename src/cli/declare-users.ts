import { Option, type Command } from "commander";
import { userRoles } from "../bus/access/role.ts";
import { printCertificate, type CertOptions } from "./cert.ts";
import type { Context } from "./context.ts";
import { control, examples, type Done } from "./options.ts";
import {
  addUser,
  changePassword,
  listUsers,
  removeUser,
  type AddOptions,
  type UserOptions,
} from "./user.ts";

/** The commands about who may connect. */
export function declareUsers(program: Command, context: Context, done: Done): void {
  const user = program.command("user").description("say who may connect from other machines");
  control(user, "add", "let somebody, or a device, connect; asks for the password")
    .argument("<name>", "letters, digits, . _ @ -")
    .addOption(
      new Option("-r, --role <role>", "what it may do").choices(userRoles).makeOptionMandatory(),
    )
    .option("-t, --topic <filter...>", "topics of a device, instead of those with its name in them")
    .option("-g, --generate", "make a password and print it")
    .addHelpText(
      "after",
      examples(
        "koine user add anna --role admin",
        "koine user add plug --role device --generate",
        "koine user add barn --role device --topic 'barn/#' 'homeassistant/#'",
      ),
    )
    .action(async (name: string, options: AddOptions) =>
      done(await addUser(name, options, context)),
    );
  control(user, "remove", "end what a user has open, and let it in no more")
    .argument("<name>")
    .addHelpText("after", examples("koine user remove anna"))
    .action(async (name: string, options: UserOptions) =>
      done(await removeUser(name, options, context)),
    );
  control(user, "passwd", "give a user another password; asks for it")
    .argument("<name>")
    .option("-g, --generate", "make a password and print it")
    .addHelpText("after", examples("koine user passwd anna", "koine user passwd plug --generate"))
    .action(async (name: string, options: UserOptions) =>
      done(await changePassword(name, options, context)),
    );
  control(user, "list", "show the users and their roles")
    .addHelpText("after", examples("koine user list"))
    .action(async (options: UserOptions) => done(await listUsers(options, context)));
  control(program, "cert", "show the certificate by which clients know this gateway")
    .option("--pem", "print the certificate itself")
    .addHelpText("after", examples("koine cert", "koine cert --pem > koine-ca.pem"))
    .action(async (options: CertOptions) => done(await printCertificate(options, context)));
}
