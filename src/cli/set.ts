import { randomUUID } from "node:crypto";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Description, Property } from "../model/description.ts";
import { withClient, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { findDevice } from "./find-device.ts";
import { bareValue, type Assignment } from "./options.ts";
import { awaitResult, exitCodeOf } from "./results.ts";

export interface SetOptions extends ConnectionOptions {
  /** Seconds over which a light changes. */
  readonly transition?: number;
  /** Seconds after which the command is void. */
  readonly expires?: number;
  /** Check only; nothing is sent. */
  readonly dryRun?: boolean;
}

/** `koine set <device> <property>=<value>…`: commands a device and tells how it ended. */
export async function set(
  device: string,
  assignments: readonly Assignment[],
  options: SetOptions,
  context: Context,
): Promise<ExitCode> {
  return withClient(options, context, async (client) => {
    const description = await findDevice(client, device);
    const commandId = randomUUID();
    const { id, properties } = description;
    const { transition, expires, dryRun } = options;
    const document = {
      ...Object.fromEntries(
        assignments.map(([key, text]) => [key, parseValue(text, propertyOf(properties, key))]),
      ),
      ...(transition !== undefined && { _transition: transition }),
      ...(expires !== undefined && { _expires: expires }),
      ...(dryRun === true && { _dry_run: true }),
      _id: commandId,
    };
    const patienceS = client.commandTimeoutS + (transition ?? 0);
    const sent = { device: id, id: commandId, patienceS, isTrial: dryRun };
    const result = await awaitResult(client, sent, context, () =>
      client.publish({ kind: "set", device: id }, JSON.stringify(document)),
    );
    if (!result) context.complain("No answer from the gateway");
    const isPassed = dryRun === true && result?.status === "accepted";
    return isPassed ? exitCode.ok : exitCodeOf(result);
  });
}

const yes = new Set(["on", "true", "yes", "1"]);
const no = new Set(["off", "false", "no", "0"]);

function propertyOf(properties: Description["properties"], key: string): Property | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** What cannot be read as the type goes as it is: the gateway says what it would take. */
function parseValue(text: string, property: Property | undefined): unknown {
  const word = text.toLowerCase();
  if (property?.type === "boolean" && yes.has(word)) return true;
  if (property?.type === "boolean" && no.has(word)) return false;
  if (property?.type === "string" || property?.type === "enum") return text;
  return bareValue(text);
}
