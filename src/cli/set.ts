import { randomUUID } from "node:crypto";
import { CommandError } from "../errors.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Description, Property } from "../model/description.ts";
import { withClient, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { findDevice } from "./find-device.ts";
import { awaitResult, exitCodeOf } from "./results.ts";

export interface SetOptions extends ConnectionOptions {
  /** Seconds over which a light changes. */
  readonly transition?: number;
}

/** `koine set <device> <property>=<value>…`: commands a device and tells how it ended. */
export async function set(
  device: string,
  assignments: readonly string[],
  options: SetOptions,
  context: Context,
): Promise<ExitCode> {
  return withClient(options, context, async (client) => {
    const description = await findDevice(client, device);
    const commandId = randomUUID();
    const document = {
      ...Object.fromEntries(assignments.map((text) => parseAssignment(text, description))),
      ...(options.transition !== undefined && { _transition: options.transition }),
      _id: commandId,
    };
    const { id } = description;
    const patienceS = client.commandTimeoutS + (options.transition ?? 0);
    const sent = { device: id, id: commandId, patienceS };
    const result = await awaitResult(client, sent, context, () =>
      client.publish({ kind: "set", device: id }, JSON.stringify(document)),
    );
    if (!result) context.complain("No answer from the gateway");
    return exitCodeOf(result);
  });
}

const yes = new Set(["on", "true", "yes", "1"]);
const no = new Set(["off", "false", "no", "0"]);

/** `brightness=40` as key and value, the value as the property's type asks. */
function parseAssignment(text: string, { properties }: Description): [string, unknown] {
  const equals = text.indexOf("=");
  if (equals < 1) {
    throw new CommandError("bad_payload", `Expected property=value, got "${text}"`);
  }
  const key = text.slice(0, equals);
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
  return [key, parseValue(text.slice(equals + 1), property)];
}

/** What cannot be read as the type goes as it is: the gateway says what it would take. */
function parseValue(text: string, property: Property | undefined): unknown {
  const word = text.toLowerCase();
  if (property?.type === "boolean" && yes.has(word)) return true;
  if (property?.type === "boolean" && no.has(word)) return false;
  if (property?.type === "string" || property?.type === "enum") return text;
  try {
    return JSON.parse(text);
  } catch {
    // A word without quotes, such as toggle.
    return text;
  }
}
