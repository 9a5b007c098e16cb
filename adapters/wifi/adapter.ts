import {
  CommandError,
  reasonOf,
  type Adapter,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
} from "koine/adapter";
import { createCaller, type Caller } from "./caller.ts";
import type { WifiConfig } from "./config.ts";
import { Pending, PendingRead } from "./confirmations.ts";
import type { Peer } from "./dialect.ts";
import { dialects } from "./dialects/index.ts";
import type { Frame, Request } from "../mqtt/frame.ts";
import { Identification } from "./identification.ts";
import { limits } from "./limits.ts";
import { Link } from "../mqtt/link.ts";
import { Normaliser, type Reception } from "./normalise.ts";
import { Peers } from "./peers.ts";
import type { Known } from "./topic-index.ts";

/** All WiFi devices on one broker. */
export class WifiAdapter implements Adapter {
  readonly #config: WifiConfig;
  #session: Session | undefined;

  constructor(config: WifiConfig) {
    this.#config = config;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const peers = new Peers(dialects);
    await peers.load(host.store, () => host.count("peers_unreadable"));
    if (signal.aborted) return;
    const { source, username, password, filters } = this.#config;
    const url = source === "own" ? source : new URL(source);
    const stream = await host.openMqtt(url, signal);
    if (signal.aborted) {
      stream.destroy();
      return;
    }
    const caller = createCaller(() => host.random());
    const link = new Link(stream, { clientId: caller.name, username, password });
    const session = new Session({ config: this.#config, host, link, peers, caller });
    const close = (): void => void link.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      await link.open(withAnswers(filters, caller), (frame) =>
        session.take({ ...frame, receivedMs: host.clock.monotonic() }),
      );
      this.#session = session;
      session.introduce();
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

type SetCommand = Extract<Command, { type: "set" }>;
type GetCommand = Extract<Command, { type: "get" }>;

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
  #saidFull = false;

  constructor({ config, host, link, peers, caller }: SessionOptions) {
    this.#host = host;
    this.#link = link;
    this.#peers = peers;
    this.#caller = caller;
    const count = (name: string): void => host.count(name);
    this.#normaliser = new Normaliser({ dialects, peers, config, caller, count });
    this.#identification = new Identification({
      clock: host.clock,
      emit: (event) => host.emit(event),
      count,
      questions: ({ dialect, peer }) => dialect.identify(peer, caller),
      ask: (questions) => this.#send(questions),
      isOvershadowed: (known) => this.#normaliser.isOvershadowed(known),
    });
  }

  /** Tells of the devices that the configuration names. */
  introduce(): void {
    for (const { events } of this.#normaliser.introduce()) {
      for (const event of events) this.#host.emit(event);
    }
  }

  forget(ref: Ref): void {
    this.#normaliser.forget(ref);
    this.#save([]);
  }

  /** The link is gone: nothing more comes for whoever waits. */
  end(): void {
    this.#identification.stop();
    const reason = new CommandError("unreachable", "The broker of the device is gone");
    for (const pending of this.#pending) pending.fail(reason);
  }

  /** Takes a frame. A mistake of ours with it costs the frame, not the link or the daemon. */
  take(frame: Frame): void {
    try {
      this.#read(frame);
    } catch (err) {
      this.#host.count("frames_failed");
      this.#host.log.error({ err, topic: frame.topic }, "message could not be handled");
    }
  }

  async write(command: SetCommand, signal: AbortSignal): Promise<CommandResult> {
    const { dialect, peer } = this.#known(command);
    const encoded = dialect.encode(command, peer, this.#caller);
    const pending = new Pending(peer, encoded, command.writes);
    const { clock } = this.#host;
    const readBack = clock.after(limits.readBackMs, () => {
      if (!pending.isSettled) this.#send(dialect.poll(peer, this.#caller));
    });
    const enough = clock.after(limits.acknowledgedMs, () => {
      if (pending.isAcknowledged || pending.isUnchanged) pending.settle();
    });
    try {
      return await this.#perform(pending, encoded.requests, command.timeoutMs, signal);
    } finally {
      readBack.cancel();
      enough.cancel();
    }
  }

  async read(command: GetCommand, signal: AbortSignal): Promise<CommandResult> {
    const { dialect, peer } = this.#known(command);
    const pending = new PendingRead(peer, command.reads, this.#host.clock);
    const requests = dialect.poll(peer, this.#caller);
    if (requests.length === 0) {
      throw new CommandError("unsupported", "The device cannot be asked; it reports by itself");
    }
    return this.#perform(pending, requests, command.timeoutMs, signal);
  }

  /** Sends requests and waits until what they are for has settled, or for as long as it may take. */
  async #perform(
    pending: Pending | PendingRead,
    requests: readonly Request[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<CommandResult> {
    if (this.#pending.size >= limits.pending) {
      this.#host.count("commands_refused");
      throw new CommandError("rate_limited", "Too many commands wait for their devices");
    }
    signal.throwIfAborted();
    this.#pending.add(pending);
    const settle = (): void => pending.settle();
    const late = this.#host.clock.after(timeoutMs - limits.marginMs, settle);
    signal.addEventListener("abort", settle, { once: true });
    try {
      await this.#publish(requests);
      if (pending.isSettled) pending.settle();
      await pending.settled;
      return pending.result();
    } finally {
      late.cancel();
      pending.settle();
      signal.removeEventListener("abort", settle);
      this.#pending.delete(pending);
    }
  }

  #read(frame: Frame): void {
    for (const reception of this.#normaliser.read(frame)) this.#receive(frame, reception);
  }

  #receive(frame: Frame, reception: Reception): void {
    const { from, changed = [], events } = reception;
    if (!from) {
      for (const event of events) this.#host.emit(event);
      if (events.some(isRefusal)) this.#sayFull();
      return;
    }
    this.#identification.pass(from, events);
    if (changed.length > 0) this.#save(changed);
    if (this.#normaliser.isOvershadowed(from)) return;
    if (!frame.retained) this.#confirm(from.peer, reception);
    if (!events.some(isOffline)) this.#pollOnce(from);
  }

  #known({ ref }: Command): Known {
    const known = this.#peers.findByRef(ref);
    if (known) return known;
    throw new CommandError("unreachable", "Nothing is known of this device on its broker");
  }

  /** Once in the life of a link: what is refused comes again and again. */
  #sayFull(): void {
    if (this.#saidFull) return;
    this.#saidFull = true;
    this.#host.log.warn(
      { limit: limits.peers },
      "no room for another WiFi device; remove some that are no more with: koine devices remove",
    );
  }

  #confirm(peer: Peer, { observations = [], answer }: Reception): void {
    for (const pending of this.#pending) {
      if (pending.peer !== peer.key) continue;
      pending.observe(observations);
      if (answer && pending instanceof Pending) pending.answer(answer);
    }
  }

  #pollOnce({ dialect, peer }: Known): void {
    const key = `${dialect.name}/${peer.key}`;
    if (dialect.tellsAll === true || this.#polled.has(key)) return;
    this.#polled.add(key);
    this.#send(dialect.poll(peer, this.#caller));
  }

  #save(changed: readonly Known[]): void {
    this.#peers.save(changed, this.#host.store).catch((err: unknown) => {
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

function isRefusal(event: Reception["events"][number]): boolean {
  return event.type === "diagnostic" && event.code === "too_many_devices";
}

/** What is to be listened to: the user's choice, and the answers to what we ask. */
function withAnswers(filters: readonly string[], { name }: Caller): readonly string[] {
  return filters.includes("#") ? filters : [...filters, `${name}/#`];
}
