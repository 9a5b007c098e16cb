import { Argument, type Command } from "commander";
import { completion, shells, type Shell } from "./completion.ts";
import { checkConfig } from "./config-check.ts";
import { printExplainedConfig } from "./config-explain.ts";
import { printConfigSchema } from "./config-schema.ts";
import type { ConfigOptions } from "./configuration.ts";
import type { Context } from "./context.ts";
import type { ControlOptions } from "./control.ts";
import { demo, usualPhonePort, type DemoOptions } from "./demo.ts";
import { doctor, type DoctorOptions } from "./doctor.ts";
import { init, type InitOptions } from "./init.ts";
import {
  assignment,
  client,
  control,
  examples,
  seconds,
  tcpPort,
  timeScale,
  type Assignment,
  type Done,
} from "./options.ts";
import { request } from "./request.ts";
import { run, type RunOptions } from "./run.ts";
import { mapTry, type MapTryOptions } from "./map-try.ts";
import { simulatePhone, type PhoneOptions } from "./simulate-phone.ts";
import { simulate, type SimulateOptions } from "./simulate.ts";

/** The commands about the gateway itself. */
export function declareGateway(program: Command, context: Context, done: Done): void {
  program
    .command("run")
    .description("run the gateway until it is stopped")
    .option("-c, --config <file>", "configuration file (default: koine.yaml, if there is one)")
    .addOption(timeScale(program))
    .addHelpText("after", examples("koine run", "koine run --config /etc/koine/koine.yaml"))
    .action(async (options: RunOptions) => done(await run(options, context)));
  program
    .command("demo")
    .description("run the gateway with simulated devices and throw-away data")
    .addOption(timeScale(program))
    .addHelpText("after", examples("koine demo"))
    .action(async (options: DemoOptions) => done(await demo(options, context)));
  declareSimulate(program, context, done);
  program
    .command("init")
    .description("look at what is plugged in, and write a first configuration")
    .option(
      "-c, --config <file>",
      "where to (default: /etc/koine/koine.yaml for root, else koine.yaml)",
    )
    .option("-y, --yes", "ask nothing: take all that is there")
    .option("--user <name>", "let other machines connect, and make this administrator")
    .addHelpText("after", examples("sudo koine init", "koine init --yes --config koine.yaml"))
    .action(async (options: InitOptions) => done(await init(options, context)));
  control(program, "doctor", "look for what keeps a gateway from working here, and say what to do")
    .option("--json", "print JSON")
    .addHelpText("after", examples("koine doctor", "sudo koine doctor --json"))
    .action(async (options: DoctorOptions) => done(await doctor(options, context)));
  control(program, "request", "ask the running gateway something, and print its answer as JSON")
    .argument("<verb>", "what: info, explain, or <adapter>/<verb>")
    .argument("[key=value...]", "with what", assignment)
    .addHelpText("after", examples("koine request info", "koine request explain device=pump"))
    .action(async (verb: string, given: Assignment[] | undefined, options: ControlOptions) =>
      done(await request(verb, given ?? [], options, context)),
    );
  declareConfig(program, context, done);
  declareMap(program, context, done);
  program
    .command("completion")
    .description("print a script that completes koine's commands in a shell")
    .addArgument(new Argument("<shell>", "which").choices(shells))
    .addHelpText("after", examples("source <(koine completion bash)"))
    .action((shell: Shell) => done(completion(shell, program, context)));
}

function declareSimulate(program: Command, context: Context, done: Done): void {
  const worlds = client(program, "simulate", "run the simulated devices of one world alone")
    .addArgument(new Argument("<world>", "which").choices(context.simulatedWorlds))
    .addOption(timeScale(program))
    .addHelpText("after", examples("koine simulate wifi --url mqtt://127.0.0.1:1883"))
    .action(async (world: string, options: SimulateOptions) =>
      done(await simulate(world, options, context)),
    );
  worlds
    .command("phone")
    .description('text with the gateway of "koine demo" from a simulated phone')
    .argument("[person]", "whose phone: a name, or a number such as +254700000009", "Amina")
    .option("--port <port>", "where the simulated network is", tcpPort, usualPhonePort)
    .option(
      "--wait <seconds>",
      "how long to wait for answers when the input has ended (default: 5 when it is piped in)",
      seconds(3_600),
    )
    .addHelpText(
      "after",
      examples("koine simulate phone", "echo '?' | koine simulate phone Joseph"),
    )
    .action(async (person: string, options: PhoneOptions) =>
      done(await simulatePhone(person, options, context)),
    );
}

function declareMap(program: Command, context: Context, done: Done): void {
  const map = program.command("map").description("see how messages of devices are read");
  client(map, "try", "show what Koine makes of a message; nothing is published")
    .argument("<topic>", "its topic; without a payload, or a filter, the next message there")
    .argument("[payload]", "what it says")
    .option("-m, --mapping <yaml>", "one generic mapping, in place of those of the configuration")
    .option("--for <seconds>", "how long to wait for a message", seconds(3_600), 60)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples(
        "koine map try /ESP_BOX/BM280/Pressure 1010.09",
        "koine map try 'tank/+/level' 412 -m '{topic: tank/+/level, device: \"tank-{1}\", property: distance, unit: mm}'",
        "koine map try 'tank/#'",
      ),
    )
    .action(async (topic: string, payload: string | undefined, options: MapTryOptions) =>
      done(await mapTry(topic, payload, options, context)),
    );
}

function declareConfig(program: Command, context: Context, done: Done): void {
  const config = program.command("config").description("look at the configuration");
  config
    .command("check")
    .description("say whether the configuration can be used, and all that is wrong with it")
    .option("-c, --config <file>", "configuration file")
    .addHelpText("after", examples("koine config check", "koine config check -c barn.yaml"))
    .action(async (options: ConfigOptions) => done(await checkConfig(options, context)));
  config
    .command("explain")
    .description("show every key, its value, where that comes from, and what it means")
    .argument("[key]", "only keys with this in them")
    .option("-c, --config <file>", "configuration file")
    .addHelpText("after", examples("koine config explain", "koine config explain bus"))
    .action(async (key: string | undefined, options: ConfigOptions) =>
      done(await printExplainedConfig(key, options, context)),
    );
  config
    .command("schema")
    .description("print the JSON Schema of a configuration file, for editors")
    .addHelpText("after", examples("koine config schema > koine.schema.json"))
    .action(async () => done(await printConfigSchema(context)));
}
