import { LinkError, ProtocolError, z, type AdapterHost } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Arrival, Dialect, HttpAnswer, Page } from "./dialect.ts";
import { exchange } from "./exchange.ts";
import { jsonOf } from "./reading.ts";

export interface PollerOptions {
  readonly use: string;
  readonly name: string;
  readonly poll: NonNullable<Dialect["poll"]>;
  readonly host: AdapterHost;
  readonly signal: AbortSignal;
  readonly everyMs: number;
  /** Each resolves when it is on the disk. */
  readonly take: (arrival: Arrival) => Promise<void>;
  /** It came before the gateway was there: it is known from now on, and nobody is told. */
  readonly pass: (arrival: Arrival) => Promise<void>;
}

/** Where it got to. */
const placeSchema = z.object({
  cursor: z.string(),
  /** The page that is next, while a round is not over. */
  path: z.string().optional(),
  /** When the gateway asked for the first time, in ms since 1970, and whether that round goes on. */
  startMs: z.number(),
  isFirst: z.boolean(),
});
type Place = z.infer<typeof placeSchema>;

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
    const { host, signal, poll } = this.#options;
    const { clock } = host;
    let place = await this.#place();
    for (let count = 0; count < limits.pollPages; count++) {
      const { cursor, path } = place;
      const request = path === undefined ? poll.first(cursor) : poll.page(path);
      const exchanged = await exchange(request, clock, signal);
      if (exchanged.type !== "answered") throw new LinkError(`Cannot ask: ${exchanged.reason}`);
      const page = await this.#read(exchanged.answer, place);
      if (page.odd > 0) host.count("arrivals_odd", page.odd);
      for (const arrival of page.arrivals) await this.#take(arrival, place);
      const isFirst = place.isFirst && page.next !== undefined;
      const { startMs } = place;
      place = { startMs, isFirst, cursor: page.cursor, path: page.next };
      // After a crash, and after too many pages, it goes on from here.
      await this.#keep(place);
      if (page.next === undefined) return;
    }
    host.count("polls_cut");
  }

  /** A page in the middle may be there no more: the next round begins anew. */
  async #read(answer: HttpAnswer, place: Place): Promise<Page> {
    const { poll, host } = this.#options;
    const { cursor, path, startMs, isFirst } = place;
    try {
      return poll.read(answer, cursor, host.clock.now(), path);
    } catch (error) {
      if (path !== undefined) await this.#keep({ cursor, startMs, isFirst });
      throw error;
    }
  }

  #keep(place: Place): Promise<void> {
    return this.#options.host.store.write([{ key: this.#key, value: JSON.stringify(place) }]);
  }

  get #key(): string {
    const { use, name } = this.#options;
    return `poll/${use}/${name}`;
  }

  async #place(): Promise<Place> {
    const { store, clock } = this.#options.host;
    const { data } = placeSchema.safeParse(jsonOf((await store.get(this.#key)) ?? ""));
    if (data) return data;
    const now = clock.now();
    const place = { cursor: String(now), startMs: now, isFirst: true };
    // Whatever becomes of the first questions: what comes from now on is told.
    await this.#keep(place);
    return place;
  }

  /** Of what is there when it asks for the first time, what is old is nobody's business. */
  async #take(arrival: Arrival, { startMs, isFirst }: Place): Promise<void> {
    const { take, pass } = this.#options;
    const isOld = (arrival.sentAtMs ?? startMs) < startMs - limits.clocksApartMs;
    await (isFirst && isOld ? pass(arrival) : take(arrival));
  }
}
