import { InvalidArgumentError, type Command } from "commander";
import type { Context } from "./context.ts";
import type { AttachOptions } from "./leak/attach.ts";
import { judgeTraces, type ReportOptions } from "./leak/judge-trace.ts";
import { leakRun, type LeakRunOptions } from "./leak/run.ts";
import type { LeakWatchOptions } from "./leak/watch.ts";
import { client, examples, tcpPort, type Done } from "./options.ts";

/** The commands that judge whether a program leaks memory. */
export function declareLeak(program: Command, context: Context, done: Done): void {
  const leak = reporting(program.command("leak"))
    .description("judge whether a Node program leaks memory")
    .argument("<file...>", 'what "node --trace-gc" printed, packed or not; - for standard input')
    .enablePositionalOptions()
    .addHelpText(
      "after",
      `${examples("koine leak app.log", "node --trace-gc app.js | koine leak -", "koine leak run -- node app.js", "koine leak attach 1234")}\n\nEnds with 0 when there is no leak, 1 when there is one, 2 when it is not decided.`,
    )
    .action(async (files: string[], options: ReportOptions) =>
      done(await judgeTraces(files, options, context)),
    );
  reporting(leak.command("run"))
    .description("run a program, record it, and judge it when it ends")
    .argument("<command...>", "the program and its arguments, behind --")
    .option("--record <file>", "keep the recording")
    .option("--every <time>", "how often a full collection is forced", time, 5_000)
    .option("--for <time>", "ask the program to stop after this time", time)
    .passThroughOptions()
    .addHelpText("after", examples("koine leak run --for 5m -- node app.js"))
    .action(async (command: string[], options: LeakRunOptions) =>
      done(await leakRun(command, options, context)),
    );
  reporting(leak.command("attach"))
    .description("judge a program that is running, without restarting it")
    .argument("<pid>", "its process number", pid)
    .option("--record <file>", "keep the recording")
    .option("--for <time>", "how long to look", time, 180_000)
    .option("--every <time>", "how often a full collection is forced", time, 5_000)
    .option("--port <port>", "where its inspector listens", tcpPort, usualInspectorPort)
    .addHelpText("after", examples("koine leak attach 1234 --for 10m --every 20s"))
    .action(async (number: number, options: AttachOptions) => {
      const { attach } = await import("./leak/attach.ts");
      done(await attach(number, options, context));
    });
  client(leak, "watch", "show what the running gateway thinks of its own memory")
    .option("--json", "one JSON object a line")
    .addHelpText("after", examples("koine leak watch"))
    .action(async (options: LeakWatchOptions) => {
      const { leakWatch } = await import("./leak/watch.ts");
      done(await leakWatch(options, context));
    });
}

function reporting(command: Command): Command {
  return command
    .option("--json", "print the verdict as one JSON object")
    .option("--svg <file>", "draw what was judged into a file");
}

/** Where Node opens its inspector when it is asked by SIGUSR1. */
const usualInspectorPort = 9_229;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A time such as `90s`, `5m` or `2h`, in ms. */
function time(text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? 0);
  if (ms > 0 && ms <= longestMs) return ms;
  throw new InvalidArgumentError("Expected a time such as 30s, 5m or 2h.");
}

/** 24 days: a timer of Node waits no longer. */
const longestMs = 24 * 86_400_000;

function pid(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Expected a process number.");
}
