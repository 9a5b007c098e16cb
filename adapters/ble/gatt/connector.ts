import { CommandError, type AdapterHost } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Connection, Peer, Radio } from "../radio/radio.ts";

export interface ConnectorOptions {
  readonly host: Pick<AdapterHost, "clock" | "mayStall" | "store" | "count">;
  /** The radio; undefined while there is none. */
  readonly radio: () => Radio | undefined;
  /** Where a device is now; undefined when it was not heard lately. */
  readonly whereabouts: (address: string) => Peer | undefined;
}

/** Nothing is kept there. */
const roundTrip = "round-trip";

/** Where a device is heard: that of a phone changes. */
type Address = () => string;
type Use<T> = (connection: Connection) => Promise<T>;

/** Connections, one after the other: controllers and libraries make one at a time. */
export class Connector {
  readonly #options: ConnectorOptions;
  #turn: Promise<unknown> = Promise.resolve();
  /** The last of what nobody waits for. */
  #later: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /**
   * Connects to a device and lets `use` work with the connection, which is closed afterwards; other
   * devices wait for their turn.
   * @throws CommandError `unreachable`, `no_answer`, or what `use` throws
   */
  async visit<T>(address: Address, signal: AbortSignal, use: Use<T>): Promise<T> {
    return this.#counted(() =>
      this.#whenInReach(address, signal, async (peer) =>
        this.#with(await this.#connect(peer, signal), use),
      ),
    );
  }

  /** The same, for a connection that stays: others only wait until it is made. Caller closes. */
  async open(address: Address, signal: AbortSignal): Promise<Connection> {
    return this.#counted(() =>
      this.#whenInReach(address, signal, (peer) => this.#connect(peer, signal)),
    );
  }

  /** Work with a device that nobody waits for: one at a time, so that commands find the queue short. */
  async later<T>(address: Address, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#find(address, signal);
    const done = this.#later.then(work);
    this.#later = done.catch(() => {});
    return done;
  }

  /** In its turn, and again when it went out of reach while it waited for that. */
  async #whenInReach<T>(
    address: Address,
    signal: AbortSignal,
    work: (peer: Peer) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      await this.#find(address, signal);
      const done = await this.#inTurn(async () => {
        const peer = this.#options.whereabouts(address());
        return peer && { result: await work(peer) };
      });
      if (done) return done.result;
    }
  }

  async #with<T>(connection: Connection, use: Use<T>): Promise<T> {
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  /**
   * Lets somebody wait for an answer: no more than a few at a time.
   * @throws CommandError `rate_limited` when too many wait, or what `work` throws
   */
  async admit<T>(work: () => Promise<T>): Promise<T> {
    const { host } = this.#options;
    if (this.#waiting >= limits.waiting) {
      host.count("connections_refused");
      const message = `${limits.waiting} connections are waiting already`;
      throw new CommandError("rate_limited", message);
    }
    this.#waiting += 1;
    try {
      return await work();
    } finally {
      this.#waiting -= 1;
    }
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    const { host } = this.#options;
    host.count("connections");
    try {
      return await work();
    } catch (error) {
      host.count("connections_failed");
      throw error;
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #connect(peer: Peer, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const radio = this.#options.radio();
    if (!radio) throw new CommandError("unreachable", "The Bluetooth controller is not ready");
    const reason = new CommandError("no_answer", "The device could not be connected to in time");
    return this.#within(signal, reason, limits.connectMs, (deadline) =>
      this.#openWith(radio, peer, deadline),
    );
  }

  /**
   * Waits for a device that is not heard now: to connect to nobody would only block the radio. Others
   * have their turn meanwhile.
   */
  async #find(address: Address, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.host;
    await this.#within(signal, notInReach(), limits.findMs, async (deadline) => {
      while (!this.#options.whereabouts(address())) await clock.sleep(limits.lookMs, deadline);
    });
  }

  /** Lets `work` go on until the signal aborts, or its time is over. */
  async #within<T>(
    signal: AbortSignal,
    reason: CommandError,
    ms: number,
    work: (deadline: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController();
    const end = (): void => deadline.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    const timer = this.#options.host.clock.after(ms, () => deadline.abort(reason));
    try {
      return await work(deadline.signal);
    } catch (error) {
      if (!deadline.signal.aborted) throw error;
      const why: unknown = deadline.signal.reason;
      throw why instanceof CommandError ? why : reason;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", end);
    }
  }

  /** The system may block the whole process until it gives up, so that is announced before. */
  async #openWith(radio: Radio, peer: Peer, signal: AbortSignal): Promise<Connection> {
    const { host } = this.#options;
    host.mayStall(limits.stallMs);
    try {
      // An answer from the other side proves that the announcement was read there.
      await host.store.get(roundTrip);
      return await radio.connect(peer, signal);
    } finally {
      host.mayStall(0);
    }
  }
}

function notInReach(): CommandError {
  const seconds = limits.findMs / 1_000;
  return new CommandError(
    "unreachable",
    `The device is not in reach, or takes no connections: nothing was heard of it for ${seconds} s`,
  );
}
