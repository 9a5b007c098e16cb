import { InvalidArgumentError, type Command } from "commander";
import {
  acknowledge,
  listAlerts,
  maintain,
  mute,
  type AcknowledgeOptions,
  type AlertsOptions,
  type ForOptions,
} from "./alerts.ts";
import { askPeople, type AskOptions } from "./ask.ts";
import type { Context } from "./context.ts";
import { control, examples, seconds, type Done } from "./options.ts";

const [weekS, hourS, answerS] = [604_800, 3_600, 600];

/** The commands about what is wrong, and about asking people. */
export function declareAlerts(program: Command, context: Context, done: Done): void {
  const alerts = control(program, "alerts", "list what is wrong now; exit code 1 when something is")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine alerts", "koine alerts ack 12"))
    .action(async (options: AlertsOptions) => done(await listAlerts(options, context)));
  control(alerts, "ack", "take an alarm: nobody else is told any more")
    .argument("<number>", "its number", numberOf)
    .option("--by <name>", "who takes it", "command line")
    .action(async (number: number, options: AcknowledgeOptions) =>
      done(await acknowledge(number, options, context)),
    );
  control(alerts, "mute", "tell nobody of an alarm for a while; it stays open")
    .argument("<number>", "its number", numberOf)
    .option("--for <seconds>", "how long", seconds(weekS), hourS)
    .action(async (number: number, options: ForOptions) =>
      done(await mute(number, options, context)),
    );
  control(alerts, "maintenance", "tell nobody of a device for a while; 0 seconds ends that")
    .argument("[device]", "id or name; without, of anything", "*")
    .option("--for <seconds>", "how long", seconds(weekS), hourS)
    .action(async (device: string, options: ForOptions) =>
      done(await maintain(device, options, context)),
    );
  control(program, "ask", "ask people something by text, and print what they answer")
    .argument("<who>", "name or id of a person, or of a group with --group")
    .argument("<question>", "the words of the text")
    .option("--group", "everybody of a group")
    .option("--options <list>", "answers to choose from: open,closed")
    .option("--number", "the answer is a number")
    .option("--code", "the person sends back a code that stands behind the question")
    .option("--timeout <seconds>", "how long they have", seconds(weekS), answerS)
    .addHelpText(
      "after",
      examples(
        'koine ask Amina "Water level at the gate in cm?" --number',
        'koine ask farm "Who is coming?" --group --options yes,no --timeout 3600',
      ),
    )
    .action(async (who: string, question: string, options: AskOptions) =>
      done(await askPeople(who, question, options, context)),
    );
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 99) return number;
  throw new InvalidArgumentError("Expected 1 to 99.");
}
