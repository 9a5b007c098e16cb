import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { Backoff } from "../../core/backoff.ts";
import type { Logger } from "../../core/logger.ts";
import { isKoineError, type LinkError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { Session, type SessionOptions } from "./session.ts";

export interface LinkOptions {
  /** Opens a stream to the broker. Throws LinkError when it cannot. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  readonly session: SessionOptions;
  readonly filters: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** The broker has accepted the client and its subscriptions. */
  readonly connected: (session: Session) => void;
  readonly disconnected: () => void;
}

/** The connection to a broker, opened again whenever it is lost. */
export class Link {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #session: Session | undefined;
  /** What the log was told last. */
  #told: "connected" | "lost" | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
    this.#running = this.#run(this.#stopped.signal);
  }

  /** Says goodbye to the broker, and waits a moment for it to close the connection. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.#session?.close();
    const late = this.#options.clock.after(limits.mqttGoodbyeMs, () => this.#session?.destroy());
    await this.#running;
    late.cancel();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const reason = await this.#connection(signal);
      if (signal.aborted) return;
      const delayMs = this.#backoff.next();
      this.#tellLost(reason, delayMs);
      // Only the signal ends the sleep early.
      await clock.sleep(delayMs, signal).catch(() => {});
    }
  }

  /** Opens the connection; resolves, to the reason, when it could not or when it is gone again. */
  async #connection(signal: AbortSignal): Promise<LinkError> {
    const { dial, session: options, filters, clock } = this.#options;
    try {
      const session = new Session(await dial(signal), options);
      this.#session = session;
      const refused = await session.open(filters);
      const openedMs = clock.monotonic();
      this.#tellConnected(refused);
      this.#options.connected(session);
      const reason = await session.gone;
      if (clock.monotonic() - openedMs >= limits.retryProvenMs) this.#backoff.reset();
      return reason;
    } catch (error) {
      if (!isKoineError(error, "link")) throw error;
      return error;
    } finally {
      this.#session?.destroy();
      this.#session = undefined;
      this.#options.disconnected();
    }
  }

  #tellConnected(refused: readonly string[]): void {
    const { log } = this.#options;
    this.#told = "connected";
    log.info({}, "MQTT broker connected");
    if (refused.length > 0) log.warn({ filters: refused }, "MQTT broker refuses subscriptions");
  }

  /** The first time in a row it is news. */
  #tellLost(err: LinkError, delayMs: number): void {
    const { log } = this.#options;
    if (this.#told === "lost") log.debug({ err, delayMs }, "MQTT broker still away");
    else log.warn({ err }, "MQTT broker unreachable");
    this.#told = "lost";
  }
}
