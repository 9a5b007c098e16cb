import { exitCode, type ExitCode } from "../exit-code.ts";
import { withClient, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { listDevices } from "./find-device.ts";
import { painter, table } from "./style.ts";

export interface DevicesOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** `koine devices`: every device the gateway knows. */
export async function devices(options: DevicesOptions, context: Context): Promise<ExitCode> {
  const { print } = context;
  const found = await withClient(options, context, listDevices);
  if (options.json === true) {
    print(JSON.stringify(found));
    return exitCode.ok;
  }
  if (found.length === 0) print("No devices yet: they appear when they are heard.");
  const paint = painter(context.colours);
  const rows = found.map(({ id, name, classes, availability, adapter, simulated }) => [
    id,
    name,
    classes.join(", "),
    availability,
    adapter ?? "",
    simulated === true ? "simulated" : "",
  ]);
  const [head, ...lines] = table([["ID", "NAME", "CLASS", "AVAILABILITY", "ADAPTER", ""], ...rows]);
  if (rows.length > 0) print(paint("bold", head ?? ""));
  for (const line of lines) print(line);
  return exitCode.ok;
}
