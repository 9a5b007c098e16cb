import { CommandError, type AdapterHost, type CommandResult } from "koine/adapter";
import { limits } from "./limits.ts";
import type { ModemKeeper } from "./modem/keeper.ts";
import type { Called } from "./modem/ringing.ts";

const prefix = "call/";

export interface CallsOptions {
  readonly host: AdapterHost;
  /** The run is over. */
  readonly signal: AbortSignal;
  /** The modem that calls a number, of those that can now. */
  readonly modemFor: (number: string) => ModemKeeper | undefined;
}

/** A phone that is to ring. */
interface Call {
  /** Of the command. */
  readonly id: string;
  readonly number: string;
  readonly ringMs: number;
  /** Nobody wants it any more. */
  readonly signal: AbortSignal;
}

type Stage = "waiting" | "calling";

const noModem = "No modem can call now";
const noModemResult: CommandResult = { status: "failed", code: "unreachable", message: noModem };

/**
 * Lets phones ring: each modem makes one call at a time, in the order they came. A call that a
 * restart came between is not made later, when nobody expects it any more; all that is kept of it is
 * that somebody waits for the last word.
 */
export class Calls {
  readonly #options: CallsOptions;
  readonly #stages = new Map<Call, Stage>();
  /** Modems that call. */
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Tells the last word of what an earlier run left. */
  async load(): Promise<void> {
    const { host } = this.#options;
    for (const [key, stage] of await host.store.entries(prefix)) {
      const message = "The gateway started anew";
      const result: CommandResult =
        stage === "calling"
          ? { status: "timeout", code: "no_answer", message: `${message} while it called` }
          : { status: "failed", code: "unreachable", message: `${message} before it called` };
      await this.#tell(key.slice(prefix.length), result);
    }
  }

  /**
   * Takes a call; resolves when it waits for its turn.
   * @throws CommandError `unreachable` without a modem, `rate_limited` when too many wait
   */
  async add(call: Call): Promise<void> {
    const { host, modemFor } = this.#options;
    if (!modemFor(call.number)) throw new CommandError("unreachable", noModem);
    if (this.#stages.size >= limits.calls) {
      host.count("calls_over_limit");
      throw new CommandError("rate_limited", "Too many calls wait");
    }
    call.signal.addEventListener("abort", () => void this.#cancel(call), { once: true });
    await this.#note(call, "waiting");
    if (call.signal.aborted) await this.#cancel(call);
    this.#next();
  }

  /** Resolves when those that were under way are hung up, after the signal. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
  }

  #next(): void {
    const { modemFor, signal } = this.#options;
    if (signal.aborted) return;
    for (const [call, stage] of this.#stages) {
      if (stage !== "waiting") continue;
      const keeper = modemFor(call.number);
      if (!keeper) this.#run(this.#end(call, noModemResult));
      else if (!this.#busy.has(keeper.name)) this.#run(this.#callOver(keeper, call));
    }
  }

  #run(work: Promise<void>): void {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #callOver(keeper: ModemKeeper, call: Call): Promise<void> {
    const { host } = this.#options;
    this.#busy.add(keeper.name);
    await this.#note(call, "calling");
    const { number, ringMs, signal } = call;
    const called = await keeper.modem?.call(number, ringMs, signal);
    if (called) host.count(`calls_${called.outcome}`);
    await this.#end(call, called ? resultOf(called) : noModemResult);
    this.#busy.delete(keeper.name);
    this.#next();
  }

  async #end(call: Call, result: CommandResult): Promise<void> {
    this.#stages.delete(call);
    if (call.signal.aborted) await this.#forget(call.id);
    else await this.#tell(call.id, result);
  }

  /** One that is being made is hung up by its modem. */
  async #cancel(call: Call): Promise<void> {
    if (this.#stages.get(call) === "calling" || !this.#stages.delete(call)) return;
    await this.#forget(call.id);
  }

  async #tell(commandId: string, result: CommandResult): Promise<void> {
    const { host } = this.#options;
    host.emit({ type: "result", commandId, result });
    await this.#attempt(async () => {
      await host.settled();
      await this.#write(commandId, undefined);
    });
  }

  async #note(call: Call, stage: Stage): Promise<void> {
    this.#stages.set(call, stage);
    await this.#attempt(() => this.#write(call.id, stage));
  }

  async #forget(id: string): Promise<void> {
    await this.#attempt(() => this.#write(id, undefined));
  }

  #write(id: string, value: Stage | undefined): Promise<void> {
    return this.#options.host.store.write([{ key: prefix + id, value }]);
  }

  /** A phone rings all the same where the disk refuses: it may be about just that. */
  async #attempt(write: () => Promise<void>): Promise<void> {
    const { host } = this.#options;
    try {
      await write();
    } catch (err) {
      host.count("calls_unwritten");
      host.log.warn({ err }, "what becomes of a call is not written");
    }
  }
}

/** How a call ended: that a phone has rung, only the network knows. */
function resultOf(called: Called): CommandResult {
  switch (called.outcome) {
    case "made": {
      const { message } = called;
      return { status: "done", confirmedBy: "ack", ...(message !== undefined && { message }) };
    }
    case "refused":
      return { status: "failed", code: "device_error", message: called.message };
    case "not_made":
      return { status: "failed", code: "unreachable", message: called.message };
    case "unknown":
      return { status: "timeout", code: "no_answer", message: called.message };
  }
}
