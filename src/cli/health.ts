import { z } from "zod";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { limits } from "../limits.ts";
import type { Context } from "./context.ts";
import { ask, type ControlOptions } from "./control.ts";
import { painter } from "./style.ts";

export interface HealthOptions extends ControlOptions {
  readonly json?: boolean;
}

const healthSchema = z.looseObject({
  healthy: z.boolean(),
  troubles: z.array(z.string()),
  warnings: z.array(z.string()),
  loop_lag_ms: z.number(),
  bus_ms: z.number().nullable(),
  store_ms: z.number().nullable(),
});

/**
 * `koine health`: whether the running gateway works, for whoever supervises it. What a new start would
 * not mend, such as a stick that is pulled out, is a warning. Exit code 1 when it does not work.
 */
export async function health(options: HealthOptions, context: Context): Promise<ExitCode> {
  const { print } = context;
  const timeoutMs = limits.cliHealthMs;
  const found = healthSchema.parse(await ask("health", {}, { ...options, timeoutMs }, context));
  const code = found.healthy ? exitCode.ok : exitCode.negative;
  if (options.json === true) {
    print(JSON.stringify(found));
    return code;
  }
  const paint = painter(context.colours);
  const { loop_lag_ms: lagMs, bus_ms: busMs, store_ms: storeMs } = found;
  const times = [`event loop ${time(lagMs)}`, `broker ${time(busMs)}`, `store ${time(storeMs)}`];
  print(
    `${found.healthy ? paint("green", "healthy") : paint("red", "unhealthy")}: ${times.join(", ")}`,
  );
  for (const trouble of found.troubles) print(`  ${paint("red", "trouble")}  ${trouble}`);
  for (const warning of found.warnings) print(`  ${paint("yellow", "warning")}  ${warning}`);
  return code;
}

function time(ms: number | null): string {
  return ms === null ? "-" : `${ms.toFixed(1)} ms`;
}
