import type { Clock } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Found, Outgoing, Progress, Route, Sent } from "../routes/route.ts";
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
    if (find) this.find = async (text, triedAtMs) => this.#find(find, text, triedAtMs);
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
      return general(exchanged.answer) ?? dialect.sent(exchanged.answer, text);
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
    triedAtMs: number,
  ): Promise<Found | undefined> {
    const { clock, signal } = this.#options;
    const exchanged = await exchange(request(text), clock, signal);
    return exchanged.type === "answered" ? read(exchanged.answer, text, triedAtMs) : undefined;
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

/** What HTTP says by itself, whoever says it; undefined when the provider is to be heard. */
function general({ status, headers }: HttpAnswer): Sent | undefined {
  const message = `It answers with status ${status}`;
  switch (status) {
    case 401:
    case 403:
    case 407:
      return { outcome: "refused", refusal: "route", message };
    case 429: {
      const retryAfterMs = waitOf(headers.get("retry-after"));
      return { outcome: "refused", refusal: "temporary", message, retryAfterMs };
    }
    case 500:
    case 503:
      return { outcome: "refused", refusal: "temporary", message };
    default:
      // A server in between has had no answer; somewhere else it is not ours to go.
      if (status >= 500) return { outcome: "unknown", message };
      return status >= 300 && status < 400
        ? { outcome: "refused", refusal: "route", message }
        : undefined;
  }
}

/** What `Retry-After` says, in ms (RFC 9110, 10.2.3). */
function waitOf(text: string | null): number {
  const seconds = Number(text ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : limits.breakerMs;
}
