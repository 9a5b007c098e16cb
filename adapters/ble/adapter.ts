import {
  CommandError,
  type Adapter,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
} from "koine/adapter";
import type { BleConfig } from "./config.ts";
import { Session } from "./session.ts";

/** What is heard and done over Bluetooth LE: with a controller, with relays, or both. */
export class BleAdapter implements Adapter {
  readonly #config: BleConfig;
  #session: Session | undefined;

  constructor(config: BleConfig) {
    this.#config = config;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
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

  forget(ref: Ref): void {
    this.#session?.forget(ref);
  }
}
