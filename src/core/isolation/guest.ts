import { systemClock } from "../../clock.ts";
import { CommandError, decodeError, encodeError, InvariantError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { CommandResult } from "../../model/adapter-event.ts";
import type { Command } from "../../model/command.ts";
import type { Scalar } from "../../model/scalar.ts";
import type { Adapter } from "../adapter.ts";
import { allowAdapterImports, isForeign } from "./adapter-imports.ts";
import { answer } from "./calls.ts";
import { GuestHeap } from "./guest-heap.ts";
import { GuestHost } from "./guest-host.ts";
import { kindIn } from "./kind-module.ts";
import type { Channel, GuestOptions, ToGuest, ToHost } from "./wire.ts";

/**
 * Runs one adapter in this thread or process, for a host at the other end of the channel, until the
 * run settles. Never rejects: the host is told how it ended.
 */
export async function runGuest(
  channel: Channel<ToHost, ToGuest>,
  options: GuestOptions,
  random: () => number,
): Promise<void> {
  const clock = systemClock(options.timeScale, options.startedAtMs);
  const { directory } = options;
  const host = new GuestHost({ channel, clock, random, directory });
  const stopBeating = beat(channel, host, options);
  try {
    const adapter = await load(options);
    const guest = new Guest(adapter, host, channel);
    channel.listen((message) => guest.take(message));
    await guest.run();
    host.breathe();
    channel.post({ type: "ended" });
  } catch (error) {
    host.breathe();
    channel.post({ type: "ended", error: encodeError(error) });
  } finally {
    stopBeating();
  }
}

/** Tells the host every second that this thread lives and how full its heap is, at once if too full. */
function beat(
  channel: Channel<ToHost, ToGuest>,
  host: GuestHost,
  { probeMs, timeScale }: GuestOptions,
): () => void {
  const heap = new GuestHeap();
  const stopWatching = heap.watch((error) => {
    channel.post({ type: "ended", error: encodeError(error) });
  }, probeMs / timeScale);
  const tell = (): void => {
    host.breathe();
    channel.post({ type: "beat", heap: heap.read() });
  };
  tell();
  // Real time: whoever listens does not live faster either.
  const timer = systemClock().every(limits.guestBeatMs, tell);
  return () => {
    timer.cancel();
    stopWatching();
  };
}

async function load({ module, kind, config }: GuestOptions): Promise<Adapter> {
  if (isForeign(module)) allowAdapterImports();
  const found = kindIn(await import(module), kind);
  if (!found) throw new InvariantError(`"${module}" exports no adapter kind "${kind}"`);
  return found.create(config);
}

/** The adapter, as the host at the other end uses it. */
class Guest {
  readonly #adapter: Adapter;
  readonly #host: GuestHost;
  readonly #channel: Channel<ToHost, ToGuest>;
  readonly #stop = new AbortController();
  /** What the askers of commands and requests under way end them with, by call. */
  readonly #aborts = new Map<number, AbortController>();

  constructor(adapter: Adapter, host: GuestHost, channel: Channel<ToHost, ToGuest>) {
    this.#adapter = adapter;
    this.#host = host;
    this.#channel = channel;
  }

  async run(): Promise<void> {
    try {
      await this.#adapter.run(this.#host, this.#stop.signal);
    } finally {
      await this.#host.flushed();
      this.#host.closeStreams();
    }
  }

  take(message: ToGuest): void {
    switch (message.type) {
      case "abort":
        this.#stop.abort();
        break;
      case "execute":
        void this.#answer(message.call, (signal) => this.#execute(message.command, signal));
        break;
      case "request":
        void this.#answer(message.call, (signal) => this.#request(message, signal));
        break;
      case "cancel":
        this.#aborts.get(message.call)?.abort(decodeError(message.reason));
        this.#aborts.delete(message.call);
        break;
      case "forget":
        this.#adapter.forget?.(message.ref);
        break;
      default:
        this.#host.receive(message);
    }
  }

  /** What was emitted before is sent before the answer. */
  async #execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const result = await this.#adapter.execute(command, signal);
    await this.#host.flushed();
    return result;
  }

  async #request(
    { verb, params }: Extract<ToGuest, { type: "request" }>,
    signal: AbortSignal,
  ): Promise<Scalar> {
    if (this.#adapter.request) return this.#adapter.request(verb, params, signal);
    throw new CommandError("unsupported", `The adapter does not know "${verb}"`);
  }

  async #answer(
    call: number,
    work: (signal: AbortSignal) => Promise<CommandResult | Scalar>,
  ): Promise<void> {
    const abort = new AbortController();
    this.#aborts.set(call, abort);
    let isQueued = false;
    await answer(
      call,
      async () => {
        const value = await work(abort.signal);
        // The asker of a queued command may lose interest later; it tells when it is over.
        isQueued = isQueuedResult(value);
        return value;
      },
      (message) => this.#channel.post(message),
    );
    if (!isQueued) this.#aborts.delete(call);
  }
}

function isQueuedResult(value: CommandResult | Scalar): boolean {
  return (
    typeof value === "object" && value !== null && "status" in value && value.status === "queued"
  );
}
