import {
  CommandError,
  type Adapter,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
  type Scalar,
} from "koine/adapter";
import type { BleConfig } from "./config.ts";
import { countedHost } from "./counted-host.ts";
import { Session } from "./session.ts";

/** What is heard and done over Bluetooth LE: with a controller, with relays, or both. */
export class BleAdapter implements Adapter {
  readonly #config: BleConfig;
  #session: Session | undefined;
  /** What was counted since this process was started. */
  readonly #counts = new Map<string, number>();

  constructor(config: BleConfig) {
    this.#config = config;
  }

  async run(given: AdapterHost, signal: AbortSignal): Promise<void> {
    const host = countedHost(given, this.#counts);
    const over = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      const session = await Session.open({ host, config: this.#config, signal: over.signal });
      this.#session = session;
      if (signal.aborted) return;
      await session.run();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      over.abort();
      signal.removeEventListener("abort", end);
      await this.#session?.close();
      this.#session = undefined;
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    if (!this.#session) throw new CommandError("unreachable", "Bluetooth is not ready");
    return this.#session.execute(command, signal);
  }

  async request(verb: string): Promise<Scalar> {
    if (verb !== "status") throw new CommandError("unsupported", `There is no request "${verb}"`);
    return { ...this.#session?.status(), counts: Object.fromEntries(this.#counts) };
  }

  forget(ref: Ref): void {
    this.#session?.forget(ref);
  }
}
