import { z } from "zod";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";
import { ask, type ControlOptions } from "./control.ts";
import { painter, table } from "./style.ts";

export interface AlertsOptions extends ControlOptions {
  readonly json?: boolean;
}

export interface AcknowledgeOptions extends ControlOptions {
  readonly by: string;
}

export interface ForOptions extends ControlOptions {
  /** Seconds. */
  readonly for: number;
}

const alertsSchema = z.array(
  z.object({
    number: z.number(),
    device: z.string(),
    alert: z.string(),
    severity: z.string(),
    state: z.string(),
    since: z.string(),
    by: z.string().nullable(),
  }),
);

/** `koine alerts`: what is wrong now. Exit code 1 when something is. */
export async function listAlerts(options: AlertsOptions, context: Context): Promise<ExitCode> {
  const { print } = context;
  const open = alertsSchema.parse(await ask("alerts", {}, options, context));
  const code = open.length > 0 ? exitCode.negative : exitCode.ok;
  if (options.json === true) {
    print(JSON.stringify(open));
    return code;
  }
  if (open.length === 0) print("Nothing is wrong.");
  const rows = open.map(({ number, severity, device, alert, since, state, by }) => [
    String(number),
    severity,
    device,
    alert,
    since,
    by === null ? state : `${state} by ${by}`,
  ]);
  const heads = ["NO", "SEVERITY", "DEVICE", "ALERT", "SINCE", "STATE"];
  const [head = "", ...lines] = table([heads, ...rows]);
  if (rows.length > 0) print(painter(context.colours)("bold", head));
  for (const line of lines) print(line);
  return code;
}

/** `koine alerts ack <number>`: takes an alarm, and tells those who were told of it. */
export async function acknowledge(
  alarm: number,
  { by, ...options }: AcknowledgeOptions,
  context: Context,
): Promise<ExitCode> {
  await ask("alert-ack", { alarm, by }, options, context);
  context.print(`Alarm ${alarm} is taken.`);
  return exitCode.ok;
}

/** `koine alerts mute <number>`: tells nobody of an alarm for a while. */
export async function mute(
  alarm: number,
  { for: seconds, ...options }: ForOptions,
  context: Context,
): Promise<ExitCode> {
  await ask("alert-mute", { alarm, seconds }, options, context);
  context.print(`Alarm ${alarm} is silent for ${seconds} s.`);
  return exitCode.ok;
}

/** `koine alerts maintenance <device>`: tells nobody of a device for a while. */
export async function maintain(
  device: string,
  { for: seconds, ...options }: ForOptions,
  context: Context,
): Promise<ExitCode> {
  await ask("alert-maintenance", { device, seconds }, options, context);
  context.print(`Nobody is told of ${device === "*" ? "anything" : device} for ${seconds} s.`);
  return exitCode.ok;
}
