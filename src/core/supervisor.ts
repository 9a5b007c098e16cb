import { ConfigError, KoineError, LinkError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import type { CommandResult } from "../model/adapter-event.ts";
import type { Command } from "../model/command.ts";
import type { Ref } from "../model/identity.ts";
import type { AdapterState } from "../model/message.ts";
import { timestamp } from "../model/state.ts";
import { createHost, type HostServices } from "./adapter-host.ts";
import type { Adapter, AdapterHost, LinkStatus } from "./adapter.ts";
import { Backoff } from "./backoff.ts";
import type { Bus } from "./bus.ts";
import type { Executor } from "./executor.ts";
import type { Logger } from "./logger.ts";

export interface SupervisorOptions {
  /** Names the instance: `wifi`, or `wifi-barn` when there are several. */
  readonly name: string;
  readonly kind: string;
  readonly adapter: Adapter;
  readonly services: HostServices;
  readonly bus: Bus;
  /** Told when the link is gone, so that nothing heard over it counts as current. */
  readonly linkLost: (name: string) => void;
}

interface Status {
  readonly state: AdapterState;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly retry_s?: number | undefined;
}

/**
 * Keeps one adapter running for as long as the daemon lives: opens its link again after a delay
 * that grows, says on the bus how it stands, and lets none of its failures out.
 */
export class Supervisor implements Executor {
  readonly name: string;
  readonly #options: SupervisorOptions;
  readonly #host: AdapterHost;
  readonly #log: Logger;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  #status: Status = { state: "stopped" };
  #running: Promise<void> = Promise.resolve();
  /** A link that goes and stays away is logged once. */
  #lossLogged = false;

  constructor(options: SupervisorOptions) {
    const { name, services } = options;
    this.name = name;
    this.#options = options;
    this.#log = services.log.child({ adapter: name });
    this.#backoff = new Backoff(services.random);
    this.#host = createHost(name, services, (status) => this.#reported(status));
  }

  get state(): AdapterState {
    return this.#status.state;
  }

  get online(): boolean {
    return this.state === "online" || this.state === "degraded" || this.state === "attention";
  }

  start(): void {
    this.#running = this.#superviseUntilStopped();
  }

  /** Resolves when the adapter has closed its link, or was given up after its time. */
  async stop(): Promise<void> {
    this.#abort.abort();
    const late = new Promise<true>((resolve) => {
      this.#options.services.clock.after(limits.adapterStopMs, () => resolve(true));
    });
    if (await Promise.race([this.#running.then(() => false), late])) {
      this.#log.error({ afterMs: limits.adapterStopMs }, "adapter did not stop and is abandoned");
    }
    this.#lost({ state: "stopped" });
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const result = await this.#options.adapter.execute(command, signal);
    await this.#host.settled();
    return result;
  }

  /** Tells the adapter that the user removed a device. */
  forget(ref: Ref): void {
    this.#options.adapter.forget?.(ref);
  }

  async #superviseUntilStopped(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      this.#enter({ state: "opening" });
      const error = await this.#runOnce(signal);
      if (signal.aborted) return;
      if (error instanceof ConfigError) return this.#fail(error);
      await this.#waitAfter(error, signal);
    }
  }

  /** Runs the adapter until its link is gone; resolves to why. */
  async #runOnce(signal: AbortSignal): Promise<unknown> {
    try {
      await this.#options.adapter.run(this.#host, signal);
      return new LinkError("The adapter ended by itself");
    } catch (error) {
      return error;
    }
  }

  #fail(error: ConfigError): void {
    this.#log.error({ err: error }, "adapter cannot work with its configuration");
    this.#lost({ state: "failed", code: error.code, reason: error.message });
  }

  async #waitAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const delayMs = Math.round(this.#backoff.next());
    const known = error instanceof KoineError;
    if (this.#lossLogged) this.#log.debug({ err: error, delayMs }, "link still gone");
    else if (known) this.#log.warn({ err: error, delayMs }, "link gone");
    else this.#log.error({ err: error, delayMs }, "adapter failed");
    this.#lossLogged = true;
    this.#options.services.counters.add(`adapter.${this.name}.link_lost`);
    const code = known ? error.code : "internal";
    this.#lost({ state: "waiting", code, reason: reasonOf(error), retry_s: delayMs / 1_000 });
    try {
      await this.#options.services.clock.sleep(delayMs, signal);
    } catch {
      // Stopped while waiting: the loop ends.
    }
  }

  #reported({ state, code, reason }: LinkStatus): void {
    if (this.#abort.signal.aborted) return;
    if (state === "online") {
      this.#backoff.reset();
      if (this.#lossLogged) this.#log.info({}, "link is back");
      else if (!this.online) this.#log.info({}, "adapter online");
      this.#lossLogged = false;
    } else {
      this.#log.warn({ state, code, reason }, "adapter needs attention");
    }
    this.#enter({ state, code, reason });
  }

  #lost(status: Status): void {
    const wasOnline = this.online;
    this.#enter(status);
    if (wasOnline) this.#options.linkLost(this.name);
  }

  #enter(status: Status): void {
    const { bus, kind, services } = this.#options;
    this.#status = status;
    const since = timestamp(services.clock.now());
    bus.publish({ kind: "bridge_adapter", adapter: this.name, body: { kind, since, ...status } });
  }
}
