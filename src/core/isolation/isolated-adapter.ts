import type { Clock, Timer } from "../../clock.ts";
import type { Counters } from "../../counters.ts";
import { CommandError, decodeError, encodeError, InvariantError, reasonOf } from "../../errors.ts";
import type { HeapFigures } from "../../heap-floor.ts";
import { limits } from "../../limits.ts";
import type { CommandResult } from "../../model/adapter-event.ts";
import type { Command } from "../../model/command.ts";
import type { Ref } from "../../model/identity.ts";
import type { Scalar } from "../../model/scalar.ts";
import type { Adapter, AdapterHost } from "../adapter.ts";
import { answer, Calls } from "./calls.ts";
import { join, Tunnels } from "./tunnels.ts";
import type { Spawn, SpawnedGuest } from "./spawn.ts";
import type { GuestCall, GuestOptions, ToGuest, ToHost } from "./wire.ts";

export interface IsolatedAdapterOptions {
  readonly guest: GuestOptions;
  readonly spawn: Spawn;
  readonly counters: Counters;
  /** Real time: a thread that hangs does not hang faster. */
  readonly clock: Clock;
}

/**
 * An adapter in a thread or process of its own, as the supervisor sees it. Each run starts a new one:
 * what an earlier one left behind, a full heap included, is gone.
 */
export class IsolatedAdapter implements Adapter {
  readonly #options: IsolatedAdapterOptions;
  #visit: Visit | undefined;

  constructor(options: IsolatedAdapterOptions) {
    this.#options = options;
  }

  /** How full the guest's heap is; undefined while there is none. */
  get heap(): HeapFigures | undefined {
    return this.#visit?.heap;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const visit = new Visit(this.#options, host);
    this.#visit = visit;
    try {
      await visit.run(signal);
    } finally {
      this.#visit = undefined;
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a guest answers
    return (await this.#present().ask({ type: "execute", command }, signal)) as CommandResult;
  }

  async request(verb: string, params: Scalar, signal: AbortSignal): Promise<Scalar> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a guest answers
    return (await this.#present().ask({ type: "request", verb, params }, signal)) as Scalar;
  }

  forget(ref: Ref): void {
    this.#visit?.forget(ref);
  }

  #present(): Visit {
    if (this.#visit) return this.#visit;
    throw new CommandError("unreachable", "The adapter is not running");
  }
}

type Question =
  | Omit<Extract<ToGuest, { type: "execute" }>, "call">
  | Omit<Extract<ToGuest, { type: "request" }>, "call">;

/** The life of one guest. */
class Visit {
  heap: HeapFigures | undefined;
  readonly #options: IsolatedAdapterOptions;
  readonly #host: AdapterHost;
  readonly #guest: SpawnedGuest;
  readonly #calls = new Calls();
  readonly #tunnels: Tunnels;
  readonly #aborted = new AbortController();
  /** Monotonic ms until which silence is no reason to worry: of itself, and as it announced. */
  #deadline: number;
  #stallsUntil = 0;
  /** Events that were taken and not told yet. */
  #taken = 0;
  #ended: ((error: Error | undefined) => void) | undefined;

  constructor(options: IsolatedAdapterOptions, host: AdapterHost) {
    this.#options = options;
    this.#host = host;
    this.#deadline = options.clock.monotonic() + limits.guestStartMs;
    this.#guest = options.spawn({
      guest: options.guest,
      output: (text) => host.log.info({ text }, "adapter wrote to its output"),
    });
    this.#tunnels = new Tunnels((message) => this.#guest.post(message));
  }

  /** Resolves when the guest has ended as it was asked to; rejects with why it ended otherwise. */
  async run(signal: AbortSignal): Promise<void> {
    const settled = new Promise<Error | undefined>((resolve) => {
      this.#ended = resolve;
    });
    this.#guest.listen((message) => this.#tryToTake(message));
    const watch = this.#watch();
    const timers: Timer[] = [watch];
    const stop = (): void => {
      this.#guest.post({ type: "abort" });
      timers.push(this.#options.clock.after(limits.guestStopMs, () => this.#guest.kill()));
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const error = await Promise.race([settled, this.#guest.gone]);
    for (const timer of timers) timer.cancel();
    signal.removeEventListener("abort", stop);
    await this.#end();
    if (error && !signal.aborted) throw error;
  }

  async ask(question: Question, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const { call, reply } = this.#calls.ask((number) =>
      this.#guest.post({ ...question, call: number }),
    );
    const cancel = (): void => {
      const reason = encodeError(signal.reason);
      this.#guest.post({ type: "cancel", call, reason });
      this.#calls.giveUp(call, decodeError(reason));
    };
    // Stays after the answer: a queued command can still be ended by its asker.
    signal.addEventListener("abort", cancel, { once: true, signal: this.#aborted.signal });
    return reply;
  }

  forget(ref: Ref): void {
    this.#guest.post({ type: "forget", ref });
  }

  /** Ends the guest, waits for that but not for ever, and tells everybody who waits. */
  async #end(): Promise<void> {
    this.#aborted.abort();
    this.#guest.kill();
    const late = new AbortController();
    const patience = this.#options.clock.sleep(limits.guestEndMs, late.signal).catch(() => {});
    await Promise.race([this.#guest.gone, patience]);
    late.abort();
    this.#calls.failAll(new CommandError("unreachable", "The adapter has ended"));
    this.#tunnels.closeAll();
  }

  /** Replaces a guest that is silent for too long. */
  #watch(): Timer {
    const { clock, counters } = this.#options;
    let lookedAt = clock.monotonic();
    return clock.every(limits.guestBeatMs, () => {
      const now = clock.monotonic();
      // When this thread itself stood still, what the guest said meanwhile is not read yet.
      const stoodStill = now - lookedAt > 2 * limits.guestBeatMs;
      lookedAt = now;
      if (stoodStill) this.#deadline = Math.max(this.#deadline, now + limits.guestSilentMs);
      if (now < Math.max(this.#deadline, this.#stallsUntil)) return;
      counters.add("adapter.hung");
      const seconds = limits.guestSilentMs / 1_000;
      this.#ended?.(new InvariantError(`The adapter did not react for ${seconds} s`));
    });
  }

  /** A guest that says what cannot be read is as broken as one that says nothing. */
  #tryToTake(message: ToHost): void {
    try {
      this.#take(message);
    } catch (error) {
      const reason = reasonOf(error);
      this.#ended?.(new InvariantError(`The adapter cannot be understood: ${reason}`));
    }
  }

  #take(message: ToHost): void {
    const { counters, clock } = this.#options;
    switch (message.type) {
      case "event":
        this.#host.emit(message.event);
        this.#sayTaken();
        break;
      case "status":
        this.#host.status(message.status);
        break;
      case "log":
        this.#host.log[message.level](message.fields, message.message);
        break;
      case "count":
        this.#host.count(message.name, message.by);
        break;
      case "count_core":
        counters.add(message.name, message.by);
        break;
      case "stall":
        this.#stallsUntil = message.ms > 0 ? this.#stallEnd(message.ms) : 0;
        // Whoever says that lives.
        this.#deadline = clock.monotonic() + limits.guestSilentMs;
        break;
      case "beat":
        this.heap = message.heap;
        this.#deadline = clock.monotonic() + limits.guestSilentMs;
        break;
      case "call":
        void answer(
          message.call,
          () => this.#perform(message.ask),
          (told) => this.#guest.post(told),
        );
        break;
      case "answer":
        this.#calls.answered(message);
        break;
      case "ended":
        this.#ended?.(message.error && decodeError(message.error));
        break;
      case "chunk":
      case "more":
      case "end":
      case "close":
        this.#tunnels.receive(message);
        break;
    }
  }

  /** Only when a stall is over the silence begins that is too long. */
  #stallEnd(ms: number): number {
    const { clock } = this.#options;
    return clock.monotonic() + Math.min(ms, limits.guestStallMs) + limits.guestSilentMs;
  }

  /** Every event that is taken makes room for another; telling each would cost as much as taking it. */
  #sayTaken(): void {
    this.#taken += 1;
    if (this.#taken < limits.guestEventsTold) return;
    this.#guest.post({ type: "taken", events: this.#taken });
    this.#taken = 0;
  }

  async #perform(ask: GuestCall): Promise<unknown> {
    const { store } = this.#host;
    switch (ask.method) {
      case "settled":
        return this.#host.settled();
      case "get":
        return store.get(ask.key);
      case "entries":
        return store.entries(ask.prefix);
      case "write":
        return store.write(ask.changes);
      case "openMqtt": {
        const stream = await this.#host.openMqtt("own", this.#aborted.signal);
        join(stream, this.#tunnels.open(ask.stream));
        return undefined;
      }
    }
  }
}
