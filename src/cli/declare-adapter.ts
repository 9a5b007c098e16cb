import type { Command } from "commander";
import { z } from "zod";
import type { AdapterKind, RequestSpec, Tool } from "../core/adapter.ts";
import { adapterDirectory } from "../core/adapter-directory.ts";
import { CommandError, isKoineError } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Context } from "./context.ts";
import { ask, findDirectory, type ControlOptions } from "./control.ts";
import { bareValue, control, type Done } from "./options.ts";

interface AdapterOptions extends ControlOptions {
  /** Name of the instance. */
  readonly adapter: string;
  readonly force?: boolean;
  readonly [param: string]: unknown;
}

/** What stands in the JSON Schema of a request's parameters. */
const paramsSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ type: z.string().optional() })).default({}),
  required: z.array(z.string()).default([]),
});

/** The commands of one kind of adapter: `koine zigbee permit-join`. */
export function declareAdapter(
  program: Command,
  kind: AdapterKind<unknown>,
  context: Context,
  done: Done,
): void {
  const { kind: name, requests = {}, tools = {} } = kind;
  const group = program
    .command(name)
    .description(`ask the ${name} adapter, and look after its files`);
  for (const [word, spec] of Object.entries(requests)) {
    declareRequest(instance(group, word, spec.description, name), word, spec, context, done);
  }
  for (const [word, tool] of Object.entries(tools)) {
    declareTool(instance(group, word, tool.description, name), tool, context, done);
  }
}

function instance(group: Command, word: string, description: string, name: string): Command {
  return control(group, word, description).option(
    "--adapter <name>",
    "which one, where there are several",
    name,
  );
}

/** Required parameters are arguments, in order; the others options. */
function declareRequest(
  command: Command,
  word: string,
  { params }: RequestSpec,
  context: Context,
  done: Done,
): void {
  const { properties, required } = paramsSchema.parse(z.toJSONSchema(params, { io: "input" }));
  for (const param of required) command.argument(`<${param}>`);
  const optional = Object.entries(properties).filter(([param]) => !required.includes(param));
  for (const [param, { type }] of optional) {
    command.option(type === "boolean" ? `--${param}` : `--${param} <${type ?? "value"}>`);
  }
  const isText = (param: string): boolean => properties[param]?.type === "string";
  command.action(async (...given: readonly unknown[]) => {
    const options = command.opts<AdapterOptions>();
    const values = [
      ...required.map((param, index) => [param, given[index]] as const),
      ...optional.map(([param]) => [param, options[param]] as const),
    ].flatMap(([param, value]) => {
      if (value === true) return [[param, value] as const];
      if (typeof value !== "string") return [];
      return [[param, isText(param) ? value : bareValue(value)] as const];
    });
    done(await request(`${options.adapter}/${word}`, Object.fromEntries(values), options, context));
  });
}

async function request(
  verb: string,
  params: Readonly<Record<string, Scalar>>,
  options: ControlOptions,
  context: Context,
): Promise<ExitCode> {
  const answer = await ask(verb, params, options, context);
  context.print(typeof answer === "string" ? answer : JSON.stringify(answer));
  return exitCode.ok;
}

function declareTool(command: Command, tool: Tool, context: Context, done: Done): void {
  const [name, description] = tool.argument;
  command.argument(`<${name}>`, description);
  if (tool.usesFiles !== false) {
    command.option("--force", "even where something is replaced by it");
  }
  command.action(async (argument: string, options: AdapterOptions) =>
    done(await useTool(tool, argument, options, context)),
  );
}

async function useTool(
  tool: Tool,
  argument: string,
  options: AdapterOptions,
  context: Context,
): Promise<ExitCode> {
  if (tool.usesFiles !== false && (await isRunning(options, context))) {
    throw new CommandError("not_allowed", "The gateway runs and uses these files: stop it first");
  }
  const data = await findDirectory(options, context);
  if (tool.usesFiles !== false) context.becomeOwnerOf(data);
  const lines = await tool.run({
    argument,
    directory: adapterDirectory(data, options.adapter),
    force: options.force === true,
    nowMs: context.clock(1).now(),
  });
  for (const line of lines) context.print(line);
  return exitCode.ok;
}

async function isRunning(options: ControlOptions, context: Context): Promise<boolean> {
  try {
    await ask("info", {}, options, context);
    return true;
  } catch (error) {
    if (isKoineError(error, "link")) return false;
    throw error;
  }
}
