import { LinkError, ProtocolError, type AdapterHost } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Arrival, Dialect } from "./dialect.ts";
import { exchange } from "./exchange.ts";

export interface PollerOptions {
  readonly name: string;
  readonly poll: NonNullable<Dialect["poll"]>;
  readonly host: AdapterHost;
  readonly signal: AbortSignal;
  readonly everyMs: number;
  /** Resolves when it is on the disk. */
  readonly take: (arrival: Arrival) => Promise<void>;
}

/** Asks a provider what came in, again and again; where it got to is on the disk. */
export class Poller {
  readonly #options: PollerOptions;
  #isSilent = false;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Resolves after the signal. */
  async run(): Promise<void> {
    const { host, signal, everyMs, name } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#round();
        this.#isSilent = false;
      } catch (err) {
        if (signal.aborted) return;
        host.count("polls_failed");
        const isExpected = err instanceof LinkError || err instanceof ProtocolError;
        // Once: it fails again and again.
        if (this.#isSilent && isExpected) continue;
        this.#isSilent = true;
        host.log.warn({ err, provider: name }, "provider cannot be asked what came in");
      } finally {
        await host.clock.sleep(everyMs, signal).catch(() => {});
      }
    }
  }

  async #round(): Promise<void> {
    const { host, signal, poll, name, take } = this.#options;
    const { store, clock } = host;
    const key = `poll/${name}`;
    const known = await store.get(key);
    const startMs = Number((await store.get(`${key}/start`)) ?? clock.now());
    if (known === undefined) {
      await store.write([{ key: `${key}/start`, value: String(startMs) }]);
    }
    let cursor = known ?? String(startMs);
    let request = poll.request(cursor);
    for (let page = 0; page < limits.pollPages; page++) {
      const exchanged = await exchange(request, clock, signal);
      if (exchanged.type !== "answered") throw new LinkError(`Cannot ask: ${exchanged.reason}`);
      const round = poll.read(exchanged.answer, cursor, clock.now());
      for (const arrival of round.arrivals) {
        // What came before the gateway was there is none of its business.
        if ((arrival.sentAtMs ?? startMs) >= startMs - limits.clocksApartMs) await take(arrival);
      }
      ({ cursor } = round);
      if (!round.next) break;
      request = round.next;
    }
    await store.write([{ key, value: cursor }]);
  }
}
