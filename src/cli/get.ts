import { randomUUID } from "node:crypto";
import { CommandError } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Description } from "../model/description.ts";
import type { Client } from "./client.ts";
import { withClient, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { findDevice } from "./find-device.ts";
import { awaitResult, exitCodeOf } from "./results.ts";
import { painter, table } from "./style.ts";
import { valueText } from "./value-text.ts";

export interface GetOptions extends ConnectionOptions {
  readonly json?: boolean;
  /** Ask the device now, rather than show what was heard last. */
  readonly now?: boolean;
}

/** `koine get <device> [property…]`: the values of a device. */
export async function get(
  device: string,
  keys: readonly string[],
  options: GetOptions,
  context: Context,
): Promise<ExitCode> {
  return withClient(options, context, async (client) => {
    const description = await findDevice(client, device);
    const unknown = keys.find((key) => !Object.hasOwn(description.properties, key));
    if (unknown !== undefined) {
      const known = Object.keys(description.properties).join(", ");
      throw new CommandError("unknown_property", `${device} has no "${unknown}", but ${known}`);
    }
    if (options.now === true) {
      const code = await ask(client, description, keys, context);
      if (code !== exitCode.ok) return code;
    }
    show(await stateOf(client, description), keys, description, options, context);
    return exitCode.ok;
  });
}

async function ask(
  client: Client,
  { id }: Description,
  keys: readonly string[],
  context: Context,
): Promise<ExitCode> {
  const commandId = randomUUID();
  const properties = keys.length > 0 ? { properties: keys } : {};
  const sent = { device: id, id: commandId, patienceS: client.commandTimeoutS };
  const result = await awaitResult(client, sent, context, () =>
    client.publish({ kind: "get", device: id }, JSON.stringify({ _id: commandId, ...properties })),
  );
  return exitCodeOf(result);
}

type Values = Readonly<Record<string, unknown>>;

async function stateOf(client: Client, { id }: Description): Promise<Values> {
  const state = await client.retained(`${id}/state`);
  return typeof state === "object" && state !== null ? { ...state } : {};
}

function show(
  state: Values,
  keys: readonly string[],
  description: Description,
  { json }: GetOptions,
  { print, colours }: Context,
): void {
  const wanted = keys.length > 0 ? keys : Object.keys(state).filter((key) => !key.startsWith("_"));
  if (json === true) {
    const meta = Object.keys(state).filter((key) => key.startsWith("_"));
    print(JSON.stringify(Object.fromEntries([...wanted, ...meta].map((key) => [key, state[key]]))));
    return;
  }
  if (wanted.length === 0) print(`Nothing was heard from ${description.name} since the start.`);
  const paint = painter(colours);
  const doubts = fieldOf(state, "_q");
  const times = fieldOf(state, "_t");
  const rows = wanted.map((key) => [
    key,
    valueText(description.properties[key], state[key]),
    textOf(doubts[key]),
    textOf(times[key] ?? state["_ts"]),
  ]);
  for (const line of table(rows)) print(line.includes("stale") ? paint("dim", line) : line);
}

function fieldOf(state: Values, key: string): Values {
  const value = state[key];
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
