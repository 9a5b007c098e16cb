import type { Clock } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Found, Outgoing, Progress, Route, Sent, Tried } from "../routes/route.ts";
import type { Dialect, HttpAnswer } from "./dialect.ts";
import { exchange } from "./exchange.ts";

export interface ProviderRouteOptions {
  readonly name: string;
  readonly price: number;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Texts over a provider: each is one request, however long it is. */
export class ProviderRoute implements Route {
  readonly isReady = true;
  readonly find?: NonNullable<Route["find"]>;
  readonly ask?: NonNullable<Route["ask"]>;
  readonly #options: ProviderRouteOptions;

  constructor(options: ProviderRouteOptions) {
    this.#options = options;
    const { find, ask } = options.dialect;
    if (find) this.find = async (text, tried) => this.#find(find, text, tried);
    if (ask) this.ask = async (reference) => this.#ask(ask, reference);
  }

  get name(): string {
    return this.#options.name;
  }

  get price(): number {
    return this.#options.price;
  }

  pieces(): number {
    return 1;
  }

  async send(text: Outgoing): Promise<Sent> {
    const { dialect, clock, signal } = this.#options;
    const exchanged = await exchange(dialect.send(text), clock, signal);
    if (exchanged.type === "answered") {
      const said = general(exchanged.answer, clock.now(), this.find !== undefined);
      return said ?? dialect.sent(exchanged.answer, text);
    }
    const { type, reason: message } = exchanged;
    if (type === "unknown") return { outcome: "unknown", message };
    return {
      outcome: "refused",
      refusal: "temporary",
      message: `It cannot be reached: ${message}`,
    };
  }

  async #find(
    { request, read }: NonNullable<Dialect["find"]>,
    text: Outgoing,
    tried: Tried,
  ): Promise<Found | undefined> {
    const { clock, signal } = this.#options;
    const exchanged = await exchange(request(text), clock, signal);
    return exchanged.type === "answered" ? read(exchanged.answer, text, tried) : undefined;
  }

  async #ask(
    { request, read }: NonNullable<Dialect["ask"]>,
    reference: string,
  ): Promise<Progress | undefined> {
    const { name: route, clock, signal } = this.#options;
    const exchanged = await exchange(request(reference), clock, signal);
    const said = exchanged.type === "answered" ? read(exchanged.answer) : undefined;
    return said && { ...said, route, reference };
  }
}

/**
 * What HTTP says by itself, whoever says it; undefined when the provider is to be heard.
 * @param canFind whether the provider can be asked for a text it may have
 */
function general(
  { status, headers }: HttpAnswer,
  nowMs: number,
  canFind: boolean,
): Sent | undefined {
  const message = `It answers with status ${status}`;
  const refused = { outcome: "refused", message } as const;
  const retryAfterMs = waitOf(headers.get("retry-after"), nowMs);
  switch (status) {
    case 401:
    case 403:
    case 407:
      return { ...refused, refusal: "route" };
    case 429:
      return { ...refused, refusal: "temporary", retryAfterMs: retryAfterMs ?? limits.breakerMs };
    case 500:
      // It may have stumbled after it had taken the text.
      if (canFind) return { outcome: "unknown", message };
      return { ...refused, refusal: "temporary", isDoubtful: true };
    case 503:
      return {
        ...refused,
        refusal: "temporary",
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    default:
      // A server in between has had no answer; somewhere else it is not ours to go.
      if (status >= 500) return { outcome: "unknown", message };
      return status >= 300 && status < 400 ? { ...refused, refusal: "route" } : undefined;
  }
}

/** What `Retry-After` says, in ms: seconds, or a time (RFC 9110, 10.2.3). */
function waitOf(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
