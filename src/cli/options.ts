import { InvalidArgumentError, type Command } from "commander";
import type { ExitCode } from "../exit-code.ts";
import { parseScalar, type Scalar } from "../model/scalar.ts";

/** Says with which code a command ended. */
export type Done = (code: ExitCode) => void;

/** One `key=value` of the command line, as key and text. */
export type Assignment = readonly [key: string, text: string];

/** One more of several `property=value`. */
export function assignment(
  text: string,
  before: readonly Assignment[] = [],
): readonly Assignment[] {
  const [, key, value] = /^([^=_][^=]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError("Expected property=value.");
  }
  return [...before, [key, value]];
}

/** A value as JSON, or a word without quotes, such as `toggle`. */
export function bareValue(text: string): Scalar {
  try {
    return parseScalar(text);
  } catch {
    // A word without quotes.
    return text;
  }
}

export function seconds(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= 0 && value <= most)) throw new InvalidArgumentError(`Expected 0 to ${most}.`);
    return value;
  };
}

export function tcpPort(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw new InvalidArgumentError("Expected 1 to 65535.");
}

/** A command that talks to the running gateway over MQTT. */
export function client(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option("-c, --config <file>", "configuration file of the gateway")
    .option("-u, --url <url>", "where the gateway listens, such as mqtt://127.0.0.1:1883");
}

/** A command that asks the running gateway through its control socket. */
export function control(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option("-c, --config <file>", "configuration file of the gateway")
    .option("-d, --data <directory>", "data directory of the gateway");
}

export function timeScale(program: Command): ReturnType<Command["createOption"]> {
  return program
    .createOption("--time-scale <factor>", "for tests: let time run this much faster")
    .argParser(factor)
    .default(1)
    .hideHelp();
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

function factor(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 100_000)) throw new InvalidArgumentError("Expected 1 to 100000.");
  return value;
}
