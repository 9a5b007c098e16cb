import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { z } from "zod";
import { userRequests } from "../bus/access/user-requests.ts";
import { Users } from "../bus/access/users.ts";
import type { UserRole } from "../bus/access/role.ts";
import { CommandError, isKoineError } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Scalar } from "../model/scalar.ts";
import { openStore } from "../store/level-store.ts";
import type { Context } from "./context.ts";
import { ask, findDirectory, type ControlOptions } from "./control.ts";

export interface UserOptions extends ControlOptions {
  /** Make a password and print it, instead of asking for one. */
  readonly generate?: true;
}

export interface AddOptions extends UserOptions {
  readonly role: UserRole;
  /** Topic filters of a device. */
  readonly topic?: readonly string[];
}

const listSchema = z.array(
  z.object({ user: z.string(), role: z.string(), topics: z.array(z.string()).optional() }),
);

const generatedBytes = 12;

/** `koine user add`: somebody, or some device, that may connect from another machine. */
export async function addUser(
  user: string,
  options: AddOptions,
  context: Context,
): Promise<ExitCode> {
  const { role, topic } = options;
  const { password, show } = await choosePassword(options, context);
  const topics = topic && { topics: [...topic] };
  await askOrDo("add", { user, role, password, ...topics }, options, context);
  show();
  context.print(`${user} may connect as ${role}`);
  return exitCode.ok;
}

/** `koine user remove`: its connections end, and it may not come back. */
export async function removeUser(
  user: string,
  options: UserOptions,
  context: Context,
): Promise<ExitCode> {
  await askOrDo("remove", { user }, options, context);
  context.print(`${user} is removed`);
  return exitCode.ok;
}

/** `koine user passwd`: gives a user another password; its connections end. */
export async function changePassword(
  user: string,
  options: UserOptions,
  context: Context,
): Promise<ExitCode> {
  const { password, show } = await choosePassword(options, context);
  await askOrDo("passwd", { user, password }, options, context);
  show();
  context.print(`${user} has a new password`);
  return exitCode.ok;
}

/** `koine user list`: who may connect, as what. */
export async function listUsers(options: UserOptions, context: Context): Promise<ExitCode> {
  const users = listSchema.parse(await askOrDo("list", {}, options, context));
  for (const { user, role, topics } of users) {
    context.print([user.padEnd(24), role.padEnd(12), ...(topics ?? [])].join(" ").trimEnd());
  }
  return exitCode.ok;
}

/** A password, and what tells it to the person once it holds. */
async function choosePassword(
  { generate }: UserOptions,
  { readSecret, print }: Context,
): Promise<{ readonly password: string; readonly show: () => void }> {
  if (generate === undefined) return { password: await readSecret("Password: "), show: () => {} };
  const password = randomBytes(generatedBytes).toString("base64url");
  return { password, show: () => print(`Password: ${password}`) };
}

/** Asks the running daemon; when none runs, does it in its data. */
async function askOrDo(
  verb: "add" | "remove" | "passwd" | "list",
  params: Readonly<Record<string, Scalar>>,
  options: UserOptions,
  context: Context,
): Promise<Scalar> {
  const name = `users/${verb}`;
  try {
    return await ask(name, params, options, context);
  } catch (error) {
    if (!isKoineError(error, "link")) throw error;
    const directory = await findDirectory(options, context);
    if (verb !== "add" && !existsSync(directory)) throw error;
    const answer = await inData(directory, name, params, context);
    context.complain(`No gateway runs; this is about the data directory "${directory}"`);
    return answer;
  }
}

async function inData(
  directory: string,
  name: string,
  params: Readonly<Record<string, Scalar>>,
  { becomeOwnerOf }: Context,
): Promise<Scalar> {
  becomeOwnerOf(directory);
  const { store } = await openStore(directory, "damaged");
  try {
    const one = userRequests(await Users.load(store))[name];
    if (!one) throw new CommandError("unsupported", `There is no request "${name}"`);
    return await one.answer(params, new AbortController().signal);
  } finally {
    await store.close();
  }
}
