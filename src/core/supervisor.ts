import type { Timer } from "../clock.ts";
import {
  CommandError,
  ConfigError,
  isKnown,
  isKoineError,
  LinkError,
  reasonOf,
} from "../errors.ts";
import type { HeapFigures } from "../heap-floor.ts";
import { limits } from "../limits.ts";
import type { CommandResult } from "../model/adapter-event.ts";
import type { Command } from "../model/command.ts";
import type { Ref } from "../model/identity.ts";
import type { AdapterState } from "../model/bridge.ts";
import type { Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import { openHost, type HostServices, type OpenHost } from "./adapter-host.ts";
import { checkedAnswer, checkedError, checkedResult } from "./adapter-words.ts";
import type { Adapter, LinkStatus } from "./adapter.ts";
import { Backoff } from "./backoff.ts";
import type { Bus } from "./bus.ts";
import type { Executor } from "./executor.ts";
import type { Logger } from "./logger.ts";

export interface SupervisorOptions {
  /** Names the instance: `wifi`, or `barn` when there are several. */
  readonly name: string;
  readonly kind: string;
  readonly adapter: Adapter;
  /** How full the adapter's own heap is, where it has one. */
  readonly heap?: (() => HeapFigures | undefined) | undefined;
  readonly services: HostServices;
  readonly bus: Bus;
  /** Told when the link is gone, so that nothing heard over it counts as current. */
  readonly linkLost: (name: string) => void;
}

/** Instead of `invariant`, of an adapter that failed by a mistake of its own, whoever has written it. */
export const internalCode = "internal";

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
  readonly #log: Logger;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  #status: Status = { state: "stopped" };
  #open: OpenHost | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Monotonic ms when the link came up; undefined while it is down. */
  #upSince: number | undefined;
  /** A link that goes and stays away is logged once. */
  #lossLogged = false;

  constructor(options: SupervisorOptions) {
    const { name, services } = options;
    this.name = name;
    this.#options = options;
    this.#log = services.log.child({ adapter: name });
    this.#backoff = new Backoff(services.random);
  }

  get state(): AdapterState {
    return this.#status.state;
  }

  /** Why it is in that state, for programs and for people. */
  get cause(): Pick<Status, "code" | "reason"> {
    return { code: this.#status.code, reason: this.#status.reason };
  }

  get online(): boolean {
    return this.state === "online" || this.state === "degraded" || this.state === "attention";
  }

  /** How full the adapter's own heap is; undefined when it lives in that of the daemon. */
  get heap(): HeapFigures | undefined {
    return this.#options.heap?.();
  }

  start(): void {
    this.#running = this.#superviseUntilStopped();
  }

  /** Resolves when the adapter has closed its link, or was given up after its time. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#enter({ state: "stopped" });
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const result = await this.#asked(async (adapter) => adapter.execute(command, signal));
    return checkedResult(result);
  }

  /**
   * Asks the adapter something that its kind declares.
   * @throws CommandError when it does not run now; otherwise whatever it throws
   */
  async request(verb: string, params: Scalar, signal: AbortSignal): Promise<Scalar> {
    if (!this.#open) throw new CommandError("unreachable", "The adapter is not running");
    const answer = await this.#asked(async (adapter) => {
      if (adapter.request) return adapter.request(verb, params, signal);
      throw new CommandError("unsupported", "The adapter answers no requests");
    });
    return checkedAnswer(answer);
  }

  /** Tells the adapter that a device is not known any more. */
  forget(ref: Ref): void {
    const { adapter } = this.#options;
    // One written in JavaScript may be asynchronous.
    const forgetting = async (): Promise<void> => adapter.forget?.(ref);
    forgetting().catch((err: unknown) => {
      this.#log.error({ err: checkedError(err) }, "adapter failed to forget a device");
    });
  }

  /** What the adapter answers, after everything it emitted before was taken. */
  async #asked(ask: (adapter: Adapter) => Promise<unknown>): Promise<unknown> {
    try {
      const answer = await ask(this.#options.adapter);
      await this.#open?.taken();
      return answer;
    } catch (error) {
      throw checkedError(error);
    }
  }

  async #superviseUntilStopped(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      this.#enter({ state: "opening" });
      const error = await this.#runOnce();
      if (signal.aborted) return;
      if (isKoineError(error, "config")) return this.#fail(error);
      await this.#waitAfter(error, signal);
    }
  }

  /** Runs the adapter until its link is gone and it has closed everything; resolves to why. */
  async #runOnce(): Promise<unknown> {
    const { name, services, adapter } = this.#options;
    const run = new AbortController();
    const stop = (): void => run.abort();
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    let failure: unknown;
    const open = openHost(name, services, {
      status: (status) => this.#reported(status),
      fail: (error) => {
        failure ??= error;
        run.abort();
      },
    });
    this.#open = open;
    const reason = await this.#untilEnded(startRun(adapter, open, run.signal), run.signal);
    await open.taken();
    open.close();
    this.#open = undefined;
    this.#abort.signal.removeEventListener("abort", stop);
    this.#status = { state: "stopped" };
    this.#options.linkLost(name);
    return isKoineError(reason, "config") ? reason : (failure ?? reason);
  }

  /** Why a run ended; or that it did not, in the time it may take to stop. */
  async #untilEnded(running: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    const { clock } = this.#options.services;
    const timers: Timer[] = [];
    const abandoned = new Promise<unknown>((resolve) => {
      const wait = (): void => {
        timers.push(clock.after(limits.adapterStopMs, () => resolve(this.#abandon())));
      };
      signal.addEventListener("abort", wait, { once: true });
    });
    const reason = await Promise.race([running, abandoned]);
    for (const timer of timers) timer.cancel();
    return reason;
  }

  /** An adapter that cannot be stopped must not be run a second time beside itself. */
  #abandon(): ConfigError {
    this.#log.error({ afterMs: limits.adapterStopMs }, "adapter did not stop and is abandoned");
    this.#options.services.counters.add("adapter.abandoned");
    return new ConfigError("The adapter did not stop; the gateway has to be started again");
  }

  #fail(error: ConfigError): void {
    this.#log.error({ err: error }, "adapter cannot work");
    this.#enter({ state: "failed", code: error.code, reason: error.message });
  }

  async #waitAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const { services } = this.#options;
    if (this.#hasProved()) this.#backoff.reset();
    this.#upSince = undefined;
    const delayMs = Math.round(this.#backoff.next());
    const isExpected = isKnown(error) && error.code !== "invariant";
    if (this.#lossLogged) this.#log.debug({ err: error, delayMs }, "link still gone");
    else if (isExpected) this.#log.warn({ err: error, delayMs }, "link gone");
    else this.#log.error({ err: error, delayMs }, "adapter failed");
    this.#lossLogged = true;
    services.counters.add(`adapter.${this.name}.link_lost`);
    const code = isExpected ? error.code : internalCode;
    this.#enter({ state: "waiting", code, reason: reasonOf(error), retry_s: delayMs / 1_000 });
    try {
      await services.clock.sleep(delayMs, signal);
    } catch {
      // Stopped while waiting: the loop ends.
    }
  }

  /** Whether the link was up long enough; one that is cut at once is opened ever more slowly. */
  #hasProved(): boolean {
    const { clock } = this.#options.services;
    return this.#upSince !== undefined && clock.monotonic() - this.#upSince >= limits.retryProvenMs;
  }

  #reported({ state, code, reason }: LinkStatus): void {
    if (this.#abort.signal.aborted) return;
    if (state === "online") {
      this.#upSince ??= this.#options.services.clock.monotonic();
      if (this.#lossLogged) this.#log.info({}, "link is back");
      else if (!this.online) this.#log.info({}, "adapter online");
      this.#lossLogged = false;
    } else {
      this.#log.warn({ state, code, reason }, "adapter needs attention");
    }
    this.#enter({ state, code, reason });
  }

  #enter(status: Status): void {
    const { bus, kind, services } = this.#options;
    this.#status = status;
    const since = timestamp(services.clock.now());
    bus.publish({ kind: "bridge_adapter", adapter: this.name, body: { kind, since, ...status } });
  }
}

/** Runs an adapter to its end; resolves to why it ended. */
async function startRun(adapter: Adapter, open: OpenHost, signal: AbortSignal): Promise<unknown> {
  try {
    await adapter.run(open.host, signal);
    return new LinkError("The adapter ended by itself");
  } catch (error) {
    return checkedError(error);
  }
}
