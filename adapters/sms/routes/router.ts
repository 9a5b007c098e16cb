import type { Clock } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Route, Sent } from "./route.ts";

/** How a route has done lately. */
interface Record {
  readonly route: Route;
  /** Since when it cannot take a text, in ms since 1970; undefined while it can. */
  downSinceMs: number | undefined;
  /** Since when it can, in ms since 1970; undefined while it cannot. */
  upSinceMs: number | undefined;
  /** Texts in a row that it did not take. */
  failures: number;
  /** Until when it is left alone, in ms since 1970, and how often in a row it was. */
  restsUntilMs: number;
  rests: number;
}

/** Which routes a text may take, best first, and what it knows of them. */
export interface Wish {
  /** Names, best first. */
  readonly order: readonly string[];
  /** How often each has refused this very text. */
  readonly refusals: Readonly<{ [route: string]: number }>;
}

/** The route for a text, or in how many ms there may be one. */
export type Choice = { readonly route: Route } | { readonly waitMs: number | undefined };

/**
 * Chooses routes. One that is down holds a text back for a while before the next one takes it, for a
 * modem that is pulled out and put in again costs nothing; one that has failed several times in a row
 * is left alone for a time that grows.
 */
export class Router {
  readonly #clock: Clock;
  readonly #takeoverMs: number;
  readonly #records: ReadonlyMap<string, Record>;

  /** @param takeoverMs how long a route may be down before the next one takes over */
  constructor(routes: readonly Route[], clock: Clock, takeoverMs: number) {
    this.#clock = clock;
    this.#takeoverMs = takeoverMs;
    const now = clock.now();
    this.#records = new Map(
      routes.map((route) => {
        const since = route.isReady
          ? { upSinceMs: now, downSinceMs: undefined }
          : { upSinceMs: undefined, downSinceMs: now };
        return [route.name, { route, ...since, failures: 0, restsUntilMs: 0, rests: 0 }];
      }),
    );
  }

  routeNamed(name: string): Route | undefined {
    return this.#records.get(name)?.route;
  }

  all(): readonly Route[] {
    return [...this.#records.values()].map(({ route }) => route);
  }

  /** Whether a route that was down is to be waited for no longer. */
  isGivenUp(name: string): boolean {
    const record = this.#records.get(name);
    return !record || this.#obstacle(record) === 0;
  }

  /** Whether a route is left alone because of its failures. */
  isResting(name: string): boolean {
    const record = this.#records.get(name);
    return record !== undefined && record.restsUntilMs > this.#clock.now();
  }

  /** Looks whether routes can take texts; called whenever one may have changed. */
  look(): void {
    const now = this.#clock.now();
    for (const record of this.#records.values()) {
      const { isReady } = record.route;
      record.downSinceMs = isReady ? undefined : (record.downSinceMs ?? now);
      record.upSinceMs = isReady ? (record.upSinceMs ?? now) : undefined;
    }
  }

  /** Since when a route is there, in ms since 1970; undefined while it is not. */
  upSinceMs(name: string): number | undefined {
    this.look();
    return this.#records.get(name)?.upSinceMs;
  }

  /** A modem is there anew: what failed before says nothing about it. */
  renew(name: string): void {
    const record = this.#records.get(name);
    if (record) Object.assign(record, { failures: 0, restsUntilMs: 0, rests: 0 });
  }

  /** @param isBusy whether a route has a text in hand just now */
  choose({ order, refusals }: Wish, isBusy: (name: string) => boolean): Choice {
    this.look();
    const records = order.flatMap((name) => this.#records.get(name) ?? []);
    // One that has refused this text twice comes after those that have not.
    const ranked = records.toSorted(
      (a, b) => rankOf(refusals[a.route.name]) - rankOf(refusals[b.route.name]),
    );
    let waitMs: number | undefined;
    for (const record of ranked) {
      const { route } = record;
      if ((refusals[route.name] ?? 0) >= limits.never) continue;
      const obstacle = this.#obstacle(record);
      if (obstacle === undefined) return isBusy(route.name) ? { waitMs: undefined } : { route };
      const rest = record.restsUntilMs - this.#clock.now();
      const wait = obstacle > 0 ? obstacle : rest > 0 ? rest : undefined;
      if (wait !== undefined) waitMs = Math.min(waitMs ?? wait, wait);
      if (obstacle > 0) break;
    }
    return { waitMs };
  }

  /** What came of a text: a route that does not carry any is left alone. */
  judge(name: string, sent: Sent): void {
    const record = this.#records.get(name);
    if (!record) return;
    if (sent.outcome === "sent" || sent.outcome === "accepted") return this.renew(name);
    if (sent.outcome === "refused" && ["final", "not_here"].includes(sent.refusal)) return;
    record.failures += 1;
    const isRoute = sent.outcome === "refused" && sent.refusal === "route";
    const asked = sent.outcome === "refused" ? sent.retryAfterMs : undefined;
    if (!isRoute && asked === undefined && record.failures < limits.breakerFailures) return;
    const grown = limits.breakerMs * 2 ** record.rests;
    const rest = isRoute ? limits.breakerCeilingMs : (asked ?? grown);
    record.restsUntilMs = this.#clock.now() + Math.min(rest, limits.breakerCeilingMs);
    record.rests += 1;
    record.failures = 0;
  }

  /**
   * What keeps texts from a route: nothing; or for how many ms more it is waited for before the next
   * one takes over, 0 when that is over.
   */
  #obstacle({ route, downSinceMs, restsUntilMs }: Record): number | undefined {
    const now = this.#clock.now();
    if (restsUntilMs > now) return 0;
    if (route.isReady) return undefined;
    return Math.max(0, (downSinceMs ?? now) + this.#takeoverMs - now);
  }
}

/** Two refusals of one text may be the network's matter. */
function rankOf(refusals = 0): number {
  return refusals < 2 ? 0 : 1;
}
