import { InvalidArgumentError, type Command } from "commander";
import { isSheetFile } from "./card/sheet.ts";
import type { Context } from "./context.ts";
import { control, examples, type Done } from "./options.ts";
import {
  printCard,
  printCodes,
  printLog,
  type CardOptions,
  type CodesOptions,
  type LogOptions,
} from "./people.ts";

/** What the daemon gives at most, and what a screen shows. */
const [mostLogged, usuallyLogged] = [500, 20];

/** The commands about people who text the gateway. */
export function declarePeople(program: Command, context: Context, done: Done): void {
  const people = program.command("people").description("help those who text the gateway");
  sheet(people, "card", "show, or print, the card of what somebody may text")
    .argument("[person]", "name or id; without, a card for all who read the language")
    .option("-l, --language <tag>", "another language: ar, en, es, fr, hi, hi-Deva, pt, sw or vi")
    .addHelpText(
      "after",
      examples("koine people card", "koine people card Amina --language sw --out card.pdf"),
    )
    .action(async (person: string | undefined, options: CardOptions) =>
      done(await printCard(person, options, context)),
    );
  const codes = people.command("codes").description("give somebody one-time codes");
  sheet(codes, "print", "make a new sheet of codes; the one before is void")
    .argument("<person>", "name or id")
    .addHelpText("after", examples("koine people codes print Amina --out codes.pdf"))
    .action(async (person: string, options: CodesOptions) =>
      done(await printCodes(person, options, context)),
    );
  control(people, "log", "show what people have had done, newest first")
    .option("-n, --count <number>", "how many", countOf, usuallyLogged)
    .addHelpText("after", examples("koine people log", "koine people log --count 100"))
    .action(async (options: LogOptions) => done(await printLog(options, context)));
}

/** A command that prints a page. */
function sheet(parent: Command, name: string, description: string): Command {
  return control(parent, name, description)
    .option("-o, --out <file>", "print a page: a file that ends in .svg or .pdf", sheetFile)
    .option("-f, --force", "replace a file that is there already");
}

function sheetFile(file: string): string {
  if (isSheetFile(file)) return file;
  throw new InvalidArgumentError("Expected a name that ends in .svg or .pdf.");
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostLogged) return count;
  throw new InvalidArgumentError(`Expected 1 to ${mostLogged}.`);
}
