import { exitCode, type ExitCode } from "../../exit-code.ts";
import { withClient, type ConnectionOptions } from "../connection.ts";
import type { Context } from "../context.ts";
import { size } from "./words.ts";

export interface LeakWatchOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** `koine leak watch`: what the running gateway thinks of its own memory, whenever it thinks anew. */
export async function leakWatch(options: LeakWatchOptions, context: Context): Promise<ExitCode> {
  const stopRequested = context.stopRequested();
  return withClient(options, context, async (client) => {
    await client.listen("#", ({ address, body }) => {
      if (address.kind !== "value" || !address.device.startsWith("gateway-")) return;
      const { property } = address;
      if (!property.startsWith("heap_")) return;
      const time = new Date(context.clock(1).now()).toISOString();
      if (options.json === true) context.print(JSON.stringify({ time, property, value: body }));
      else
        context.print(
          `${time.slice(11, 19)}  ${property.padEnd(32)}  ${valueText(property, body)}`,
        );
    });
    await client.orLost(stopRequested);
    return exitCode.ok;
  });
}

function valueText(property: string, body: unknown): string {
  if (typeof body !== "number") return typeof body === "string" ? body : JSON.stringify(body);
  if (/^heap_(?:trend|least)/.test(property))
    return `${body < 0 ? "−" : ""}${size(Math.abs(body))} an hour`;
  return /^heap_(?:used|limit|floor)/.test(property) ? size(body) : String(body);
}
