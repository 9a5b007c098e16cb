import type { AdapterHost, Timer } from "koine/adapter";
import type { Budget, Cost } from "./budget.ts";
import { limits } from "./limits.ts";
import {
  changeOf,
  hasBegun,
  outgoing,
  rankOf,
  waitingPart,
  type Item,
  type Part,
} from "./outbox-item.ts";
import { segment } from "./pdu/segments.ts";
import type { Route, Sent } from "./routes/route.ts";
import type { Choice, Router } from "./routes/router.ts";

/** A piece of a text that is sent over a route. */
export interface Attempt {
  readonly route: Route;
  readonly key: string;
  readonly item: Item;
  readonly index: number;
}

export interface SendingOptions {
  readonly host: AdapterHost;
  readonly router: Router;
  readonly budget: Budget;
  /** The routes to a number, best first. */
  readonly orderFor: (number: string) => readonly string[];
  /** Texts that go out, by key, in the order they came. */
  readonly items: ReadonlyMap<string, Item>;
  /** A text waits for money. */
  readonly held: (item: Item, message: string) => void;
  /** An attempt has ended, and what it cost is settled. */
  readonly concluded: (attempt: Attempt, part: Part, sent: Sent) => Promise<void>;
}

/**
 * Gives texts to routes, the most urgent first. Each route has one in hand at a time, and none waits
 * for another. That a text is tried, and what it costs, is on the disk before its route gets it.
 */
export class Sending {
  readonly #options: SendingOptions;
  /** Routes that have a text in hand. */
  readonly #busy = new Set<string>();
  /** When it looks again by itself, in ms since 1970. */
  #wakesAtMs = Infinity;
  #alarm: Timer | undefined;
  #isOver = false;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isOver = true;
    this.#alarm?.cancel();
  }

  /** Gives every route that is free the next text it may take. */
  send(): void {
    for (let next = this.#next(); next && !this.#isOver; next = this.#next()) {
      void this.#sendOver(next);
    }
  }

  /** Looks again at that time, in ms since 1970. */
  wake(atMs: number): void {
    if (this.#wakesAtMs <= atMs) return;
    const { clock } = this.#options.host;
    this.#alarm?.cancel();
    this.#wakesAtMs = atMs;
    this.#alarm = clock.after(Math.max(0, atMs - clock.now()), () => {
      this.#wakesAtMs = Infinity;
      this.send();
      this.#wakeForNext();
    });
  }

  /** The texts that are put off come in their turn. */
  #wakeForNext(): void {
    const now = this.#options.host.clock.now();
    const times = [...this.#options.items.values()]
      .filter(({ parts }) => parts.some(({ stage }) => stage === "waiting"))
      .map(({ notBeforeMs }) => notBeforeMs)
      .filter((atMs) => atMs > now);
    const next = times.reduce((least, atMs) => Math.min(least, atMs), Infinity);
    if (next < Infinity) this.wake(next);
  }

  /** The next text that may be tried now. */
  #next(): Attempt | undefined {
    const { host, items } = this.#options;
    const now = host.clock.now();
    const due = [...items]
      .filter(([, { notBeforeMs, expiresAtMs }]) => notBeforeMs <= now && now < expiresAtMs)
      .toSorted(([, a], [, b]) => rankOf(a) - rankOf(b));
    for (const [key, item] of due) {
      const index = item.parts.findIndex(({ stage }) => stage === "waiting");
      // Its pieces leave in their order, one at a time.
      if (index < 0 || item.parts.some(({ stage }) => stage === "trying")) continue;
      const choice = this.#choose(item);
      if ("route" in choice) {
        const { route } = choice;
        if (this.#isAffordable(item, route)) return { route, key, item, index };
      } else if (choice.waitMs !== undefined) {
        item.notBeforeMs = now + choice.waitMs;
        this.wake(item.notBeforeMs);
      }
    }
    return undefined;
  }

  /** The route that may take it now: what has begun on one stays there, unless that is given up. */
  #choose(item: Item): Choice {
    const { router, orderFor } = this.#options;
    const { refusals, route: own } = item;
    const order = orderFor(item.to);
    const isBusy = (name: string): boolean => this.#busy.has(name);
    if (own === undefined || !hasBegun(item)) return router.choose({ order, refusals }, isBusy);
    const stay = router.choose({ order: [own], refusals: {} }, isBusy);
    const mayMove =
      item.class !== "code" &&
      router.isGivenUp(own) &&
      item.parts.every(({ stage }) => stage !== "unknown");
    if ("route" in stay || !mayMove) return stay;
    return router.choose({ order: order.filter((name) => name !== own), refusals }, isBusy);
  }

  /** Whether it may be spent; a text that may not waits for the next day. */
  #isAffordable(item: Item, route: Route): boolean {
    const { budget, host, held } = this.#options;
    // What has begun is not left in the middle.
    if (hasBegun(item)) return true;
    const messages = segment(item.body).length;
    const whole = { class: item.class, to: item.to, messages, money: messages * route.price };
    const spent = budget.obstacle(whole);
    if (!spent) return true;
    item.notBeforeMs = budget.nextDayMs();
    if (item.isHeld === true) return false;
    item.isHeld = true;
    host.count("texts_over_budget");
    held(item, `The budget of the ${spent.period} is spent`);
    return false;
  }

  async #sendOver(attempt: Attempt): Promise<void> {
    const { host } = this.#options;
    const { name } = attempt.route;
    this.#busy.add(name);
    let waitMs = 0;
    try {
      await this.#sendOne(attempt);
    } catch (err) {
      // The disk refuses: nothing is sent that could not be remembered.
      host.count("outbox_failed");
      host.log.warn({ err }, "texts are not sent for now");
      waitMs = limits.diskAgainMs;
      // Whatever became of it: it is not under way any more.
      for (const part of attempt.item.parts) if (part.stage === "trying") part.stage = "unknown";
    }
    host.clock.after(waitMs, () => {
      this.#busy.delete(name);
      this.send();
    });
  }

  async #sendOne(attempt: Attempt): Promise<void> {
    const { host, router, items, concluded } = this.#options;
    const { route, key, item, index } = attempt;
    const now = host.clock.now();
    const isNew = item.route !== route.name || !hasBegun(item);
    if (isNew) begin(item, route, now);
    const piece = isNew ? 0 : index;
    const part = item.parts[piece];
    if (!part) return;
    const cost = costOf(item, route);
    await this.#noteAttempt(attempt, part, `${item.uid}-${item.attempts}-${piece}`, cost);
    const sent = await route.send(outgoing(item, piece, now));
    router.judge(route.name, sent);
    const isFree = sent.outcome === "refused" && sent.isDoubtful !== true;
    if (isFree) await this.#giveBack(cost, now);
    // It may have been taken back, or be over, by now.
    if (items.has(key)) await concluded(attempt, part, sent);
  }

  /** What is not on the disk now will be with the next charge. */
  async #giveBack(cost: Cost, chargedAtMs: number): Promise<void> {
    const { host, budget } = this.#options;
    const changes = budget.refund(cost, chargedAtMs);
    await host.store.write(changes).catch((err) => {
      host.count("outbox_failed");
      host.log.warn({ err }, "what was given back is not written yet");
    });
  }

  /** Puts on the disk that it is tried, and what that costs. */
  async #noteAttempt({ key, item }: Attempt, part: Part, id: string, cost: Cost): Promise<void> {
    const { host, budget } = this.#options;
    const now = host.clock.now();
    const { stage, atMs, triedAtMs, references, attempt } = part;
    Object.assign(part, {
      stage: "trying",
      atMs: now,
      triedAtMs: now,
      references: [],
      attempt: id,
    });
    try {
      await host.store.write([...budget.charge(cost), changeOf(key, item)]);
    } catch (error) {
      // It was not tried.
      Object.assign(part, { stage, atMs, triedAtMs, references, attempt });
      budget.refund(cost, now);
      throw error;
    }
  }
}

/** Cuts a text into the pieces that a route takes. */
function begin(item: Item, route: Route, now: number): void {
  item.route = route.name;
  item.parts = Array.from({ length: route.pieces(item.body) }, () => waitingPart(now));
}

/** What one piece of it costs over a route. */
function costOf({ class: name, to, body }: Item, route: Route): Cost {
  const messages = segment(body).length / route.pieces(body);
  return { class: name, to, messages, money: messages * route.price };
}
