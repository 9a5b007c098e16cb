import { existsSync } from "node:fs";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { configJsonSchema } from "../config/json-schema.ts";
import { loadConfig } from "../config/load.ts";
import { CommandError, LinkError, reasonOf } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { servicePaths } from "../service/names.ts";
import { configText, schemaFile, type Choices, type Owner } from "../setup/config-text.ts";
import { detect, type Detected, type Found } from "../setup/detect.ts";
import { Questions } from "../setup/questions.ts";
import { localConfigFile, systemConfigFile } from "./configuration.ts";
import type { Context } from "./context.ts";
import { table } from "./style.ts";
import { addUser } from "./user.ts";

export interface InitOptions {
  readonly config?: string;
  /** Ask nothing: take all that is there. */
  readonly yes?: true;
  /** Let other machines in, and make this user, an administrator. */
  readonly user?: string;
}

/**
 * `koine init`: looks at what is plugged in, asks a few questions, and writes a first configuration.
 * One that is there already is never touched.
 */
export async function init(options: InitOptions, context: Context): Promise<ExitCode> {
  const { print, kinds, env } = context;
  const surroundings = context.surroundings();
  const isSystem = options.config === undefined && surroundings.user.id === 0;
  const file = resolve(options.config ?? (isSystem ? systemConfigFile(env) : localConfigFile));
  if (existsSync(file)) {
    throw new CommandError(
      "not_allowed",
      `"${file}" is there already: change it with an editor, or name another with --config`,
    );
  }
  const detected = await detect(surroundings, kinds);
  tell(detected, context);
  const asking = new AbortController();
  const lines = options.yes ? undefined : context.readLines(asking.signal);
  const questions = new Questions(print, lines);
  const chosen = await choose(detected, options, questions);
  asking.abort();
  const { user, ...choices } = chosen;
  const text = configText({ ...choices, data: isSystem ? servicePaths.data : undefined });
  // What is written must be what can be used.
  await loadConfig({ text, env, kinds });
  // Numbers of people are nobody else's; "koine service install" lets the service read it.
  await write(file, text, choices.owner === undefined ? 0o644 : 0o600, context);
  if (user !== undefined) {
    await addUser(user, { config: file, role: "admin", generate: true }, context);
  }
  sayNext(file, isSystem, choices, context);
  return exitCode.ok;
}

function tell({ sticks, modems, others, controllers }: Detected, { print }: Context): void {
  const all = [...sticks, ...modems, ...others];
  for (const { name, port } of all) print(`Found  ${name}: ${port}`);
  for (const name of controllers) print(`Found  Bluetooth controller ${name}`);
  if (all.length + controllers.length === 0) {
    print("Nothing is plugged in that Koine knows: it begins with WiFi devices.");
  }
}

type Chosen = Omit<Choices, "data"> & { readonly user: string | undefined };

async function choose(
  { sticks, modems, controllers }: Detected,
  { user: named }: InitOptions,
  questions: Questions,
): Promise<Chosen> {
  const stick = await oneOf(sticks, "Use it for Zigbee devices", questions);
  const [first] = controllers;
  const wantsBluetooth =
    first !== undefined && (await questions.yes("Listen to Bluetooth sensors?", true));
  const modem = await oneOf(modems, "Use it to send and receive texts", questions);
  const owner = modem && (await questions.text(ownerQuestion, readOwner));
  const broker = await questions.text(
    "Another MQTT broker with WiFi devices on it, such as mqtt://192.0.2.20:1883 (empty: none)",
    (text) => (/^mqtts?:\/\/[^/@?#\s]+$/.test(text) && URL.canParse(text) ? text : undefined),
  );
  const isOpen =
    named !== undefined ||
    (await questions.yes("Let other machines connect, encrypted and with a password?", false));
  return {
    isOpen,
    user: named ?? (isOpen ? "admin" : undefined),
    broker,
    stick,
    controller: wantsBluetooth ? first : undefined,
    modem,
    owner,
  };
}

/** The first that is wanted; of several, each is asked for. */
async function oneOf(
  found: readonly Found[],
  question: string,
  questions: Questions,
): Promise<Found | undefined> {
  for (const one of found) {
    if (await questions.yes(`${one.name}. ${question}?`, true)) return one;
  }
  return undefined;
}

const ownerQuestion =
  "Who may text it, and is told of alarms: a name and a number, such as Amina +254712345678 (empty: nobody yet)";

function readOwner(text: string): Owner | undefined {
  const [, name, number] = /^(\S.*?)\s+(\+[1-9][\d\s-]{6,18})$/.exec(text) ?? [];
  if (name === undefined || number === undefined) return undefined;
  return { name, number: number.replaceAll(/[\s-]/g, "") };
}

/** Writes the configuration, and the schema beside it. */
async function write(
  file: string,
  text: string,
  mode: number,
  { kinds, print }: Context,
): Promise<void> {
  const loaded = await Promise.all(kinds.names.map((name) => kinds.load(name, ".")));
  const schema = JSON.stringify(configJsonSchema(loaded.flatMap((kind) => kind ?? [])), null, 2);
  try {
    const directory = dirname(file);
    if (!existsSync(directory)) {
      await mkdir(directory, { recursive: true });
      await chmod(directory, 0o755);
    }
    await put(join(directory, schemaFile), schema, 0o644);
    await put(file, text, mode);
  } catch (cause) {
    throw new LinkError(`Cannot write "${file}": ${reasonOf(cause)}`, { cause });
  }
  print(`Wrote  ${file}`);
}

/** At no time is there half of it. */
async function put(file: string, text: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, text);
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}

function sayNext(
  file: string,
  isSystem: boolean,
  { stick }: Pick<Choices, "stick">,
  { print }: Context,
): void {
  const isLocal = file === resolve(localConfigFile);
  const option = isSystem || isLocal ? "" : ` --config ${file}`;
  const start = isSystem ? "koine service install" : `koine run${option}`;
  const first = stick ? `koine zigbee permit-join${option}` : `koine watch${option}`;
  print("Next");
  const rows = [
    ["  1", `koine doctor${option}`, "what is missing, and what to do about it"],
    ["  2", start, isSystem ? "start it, now and with the machine" : "start it"],
    ["  3", first, stick ? "let Zigbee devices join" : "what happens"],
  ];
  for (const line of table(rows)) print(line);
}
