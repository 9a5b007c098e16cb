import { exitCode, type ExitCode } from "../exit-code.ts";
import { descriptionSchema, type Description } from "../model/description.ts";
import type { Seen } from "./client.ts";
import { withClient, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { painter, type Paint } from "./style.ts";
import { valueText } from "./value-text.ts";

export interface WatchOptions extends ConnectionOptions {
  readonly json?: boolean;
  /** Only properties and events with this name. */
  readonly property?: string;
}

/** `koine watch [filter]`: everything that happens, as it happens, until it is asked to stop. */
export async function watch(
  filter: string | undefined,
  options: WatchOptions,
  context: Context,
): Promise<ExitCode> {
  const stopRequested = context.stopRequested();
  return withClient(options, context, async (client) => {
    const viewer = new Viewer(filter?.toLowerCase(), options, context);
    await client.listen("#", (seen) => viewer.see(seen));
    await client.orLost(stopRequested);
    return exitCode.ok;
  });
}

class Viewer {
  readonly #filter: string | undefined;
  readonly #options: WatchOptions;
  readonly #context: Context;
  readonly #paint: Paint;
  readonly #descriptions = new Map<string, Description>();

  constructor(filter: string | undefined, options: WatchOptions, context: Context) {
    this.#filter = filter;
    this.#options = options;
    this.#context = context;
    this.#paint = painter(context.colours);
  }

  see(seen: Seen): void {
    const { address, body } = seen;
    if (address.kind === "description") this.#describe(address.device, body);
    if (!("device" in address) || !this.#isWanted(address.device)) return;
    const what = this.#what(seen, address.device);
    if (!what) return;
    const { device } = address;
    const time = new Date(this.#context.clock(1).now()).toISOString();
    if (this.#options.json === true) {
      this.#context.print(JSON.stringify({ time, device, ...what, body }));
      return;
    }
    const name = (this.#descriptions.get(device)?.name ?? device).padEnd(20);
    const label = this.#paint("dim", time.slice(11, 19));
    this.#context.print(
      `${label}  ${this.#paint("bold", name)}  ${what.name.padEnd(20)}  ${what.text}`,
    );
  }

  #describe(device: string, body: unknown): void {
    const parsed = descriptionSchema.safeParse(body);
    if (parsed.success) this.#descriptions.set(device, parsed.data);
    else this.#descriptions.delete(device);
  }

  #isWanted(device: string): boolean {
    if (this.#filter === undefined) return true;
    const name = this.#descriptions.get(device)?.name.toLowerCase() ?? "";
    return device.includes(this.#filter) || name.includes(this.#filter);
  }

  #what({ address, body }: Seen, device: string): { name: string; text: string } | undefined {
    const { property: only } = this.#options;
    switch (address.kind) {
      case "value": {
        if (only !== undefined && address.property !== only) return undefined;
        const property = this.#descriptions.get(device)?.properties[address.property];
        return { name: address.property, text: valueText(property, body) };
      }
      case "event":
        return only === undefined || address.name === only
          ? { name: `event ${address.name}`, text: JSON.stringify(body) }
          : undefined;
      case "availability":
      case "result":
      case "set":
        return only === undefined ? { name: address.kind, text: textOf(body) } : undefined;
      default:
        return undefined;
    }
  }
}

function textOf(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}
