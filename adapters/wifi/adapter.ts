import {
  CommandError,
  reasonOf,
  type Adapter,
  type AdapterHost,
  type Clock,
  type Command,
  type CommandResult,
  type Ref,
} from "koine/adapter";
import type { WifiConfig } from "./config.ts";
import { Pending, PendingRead } from "./confirmations.ts";
import type { Caller, Peer } from "./dialect.ts";
import { dialects } from "./dialects/index.ts";
import type { Frame, Request } from "./frame.ts";
import { Identification } from "./identification.ts";
import { Link } from "./link.ts";
import { Normaliser, type Reception } from "./normalise.ts";
import { Peers, type Known } from "./peers.ts";

/** When a wish is not confirmed by itself, the device is asked after this long, in ms. */
const readBackMs = 1_500;
/** A wish that the device took but never reports counts as acknowledged after this long, in ms. */
const acknowledgedMs = 4_000;
/** A read of everything is complete when nothing more comes for this long, in ms. */
const quietMs = 500;
/** What the last word needs to reach the asker before the asker gives up, in ms. */
const marginMs = 100;
/** Commands under way at once. */
const maxPending = 1_000;

/** All WiFi devices on one broker. */
export class WifiAdapter implements Adapter {
  readonly #config: WifiConfig;
  #session: Session | undefined;

  constructor(config: WifiConfig) {
    this.#config = config;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const peers = new Peers(dialects);
    await peers.load(host.store);
    if (signal.aborted) return;
    const { source, username, password, filters } = this.#config;
    const stream = await host.openMqtt(source, signal);
    if (signal.aborted) {
      stream.destroy();
      return;
    }
    const caller = callerOf(host);
    const link = new Link(stream, { clientId: caller.name, username, password });
    const session = new Session({ config: this.#config, host, link, peers, caller });
    const close = (): void => void link.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      await link.open(filters, (frame) => session.take(frame));
      this.#session = session;
      host.status({ state: "online" });
      throw await link.gone;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#session = undefined;
      session.end();
      signal.removeEventListener("abort", close);
      await link.close();
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const session = this.#session;
    if (!session)
      throw new CommandError("unreachable", "The broker of the device is not connected");
    return command.type === "set" ? session.write(command, signal) : session.read(command, signal);
  }

  forget(ref: Ref): void {
    this.#session?.forget(ref);
  }
}

interface SessionOptions {
  readonly config: WifiConfig;
  readonly host: AdapterHost;
  readonly link: Link;
  readonly peers: Peers;
  readonly caller: Caller;
}

/** One life of the link: what is heard over it and what waits to be confirmed over it. */
class Session {
  readonly #host: AdapterHost;
  readonly #link: Link;
  readonly #peers: Peers;
  readonly #caller: Caller;
  readonly #normaliser: Normaliser;
  readonly #identification: Identification;
  readonly #pending = new Set<Pending | PendingRead>();
  /** Devices asked for their whole state in this life. */
  readonly #polled = new Set<string>();

  constructor({ config, host, link, peers, caller }: SessionOptions) {
    this.#host = host;
    this.#link = link;
    this.#peers = peers;
    this.#caller = caller;
    this.#normaliser = new Normaliser(config, dialects, peers);
    this.#identification = new Identification({
      clock: host.clock,
      emit: (event) => host.emit(event),
      count: (name) => host.count(name),
      ask: ({ dialect, peer }) => this.#send(dialect.identify(peer, caller)),
    });
  }

  forget(ref: Ref): void {
    this.#normaliser.forget(ref);
  }

  /** Forgets what is held back; the link is gone. */
  end(): void {
    this.#identification.stop();
  }

  take(frame: Frame): void {
    const reception = this.#normaliser.read(frame);
    const { from, changed, events } = reception;
    if (!from) {
      for (const event of events) this.#host.emit(event);
      return;
    }
    this.#identification.pass(from, events);
    if (changed === true) this.#save(from);
    if (!frame.retained) this.#confirm(from.peer, reception);
    if (!events.some(isOffline)) this.#pollOnce(from);
  }

  async write(
    command: Extract<Command, { type: "set" }>,
    signal: AbortSignal,
  ): Promise<CommandResult> {
    const { dialect, peer } = this.#known(command);
    const encoded = dialect.encode(command, peer, this.#caller);
    const pending = new Pending(peer, encoded);
    const waiting = this.#wait(pending, command.timeoutMs - marginMs, signal, (check) => [
      this.#host.clock.after(readBackMs, () => {
        if (!pending.isSettled) this.#send(dialect.poll(peer, this.#caller));
      }),
      this.#host.clock.after(acknowledgedMs, () => check(pending.isAcknowledged)),
    ]);
    await this.#publish(encoded.requests);
    await waiting;
    return pending.result();
  }

  async read(
    command: Extract<Command, { type: "get" }>,
    signal: AbortSignal,
  ): Promise<CommandResult> {
    const { dialect, peer } = this.#known(command);
    const pending = new PendingRead(peer, command.reads);
    const { clock } = this.#host;
    const waiting = this.#wait(pending, command.timeoutMs - marginMs, signal, (check) => {
      const quiet = quietTimer(clock, () => check(command.reads.length === 0));
      const settle = pending.changed;
      pending.changed = () => {
        settle();
        quiet.restart();
      };
      return [quiet];
    });
    await this.#publish(dialect.poll(peer, this.#caller));
    await waiting;
    return pending.result();
  }

  #known({ ref }: Command): Known {
    const known = this.#peers.findByRef(ref);
    if (known) return known;
    throw new CommandError("unsupported", "Commands to this device are not carried by its gateway");
  }

  /**
   * Resolves when the command is settled, the time is up or the asker lost interest.
   * @param arm starts timers, which may end the waiting by calling `check(true)`
   */
  async #wait(
    pending: Pending | PendingRead,
    ms: number,
    signal: AbortSignal,
    arm: (check: (isEnough: boolean) => void) => readonly { cancel(): void }[],
  ): Promise<void> {
    if (this.#pending.size >= maxPending) {
      throw new CommandError("rate_limited", "Too many commands wait for their devices");
    }
    this.#pending.add(pending);
    const timers: { cancel(): void }[] = [];
    await new Promise<void>((resolve) => {
      const check = (isEnough: boolean): void => {
        if (isEnough || pending.isSettled) resolve();
      };
      pending.changed = () => check(false);
      timers.push(this.#host.clock.after(ms, resolve), ...arm(check));
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    for (const timer of timers) timer.cancel();
    this.#pending.delete(pending);
  }

  #confirm(peer: Peer, { observations = [], answer }: Reception): void {
    for (const pending of this.#pending) {
      if (pending.peer !== peer.key) continue;
      pending.observe(observations);
      if (answer && answer.to === this.#caller.name && pending instanceof Pending) {
        pending.answer(answer);
      }
    }
  }

  #pollOnce({ dialect, peer }: Known): void {
    const key = `${dialect.name}/${peer.key}`;
    if (this.#polled.has(key)) return;
    this.#polled.add(key);
    this.#send(dialect.poll(peer, this.#caller));
  }

  #save(known: Known): void {
    this.#peers.save(known, this.#host.store).catch((err: unknown) => {
      this.#host.count("store_failed");
      this.#host.log.warn({ err }, "device not remembered");
    });
  }

  /** Sends what nobody waits for. */
  #send(requests: readonly Request[]): void {
    this.#publish(requests).catch((err: unknown) => {
      this.#host.count("requests_failed");
      this.#host.log.debug({ err }, "request not sent");
    });
  }

  async #publish(requests: readonly Request[]): Promise<void> {
    try {
      for (const request of requests) await this.#link.publish(request);
    } catch (cause) {
      throw new CommandError("unreachable", `Cannot send to the device: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
}

function isOffline(event: Reception["events"][number]): boolean {
  return event.type === "availability" && event.value === "offline";
}

/** A name that no other gateway on the broker has, and numbers for its requests. */
function callerOf(host: AdapterHost): Caller {
  const name = `koine-${Math.floor(host.random() * 2 ** 40).toString(36)}`;
  let last = 0;
  return { name, number: () => (last += 1) };
}

/** Fires when it was not restarted for a while. */
function quietTimer(clock: Clock, fire: () => void): { restart(): void; cancel(): void } {
  let timer = clock.after(2 ** 30, fire);
  return {
    restart() {
      timer.cancel();
      timer = clock.after(quietMs, fire);
    },
    cancel: () => timer.cancel(),
  };
}
